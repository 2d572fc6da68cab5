import { html, LitElement, nothing } from 'lit'
import { look } from '../../shared/look.ts'
import { isPlatformAdmin, type Me } from '../access.ts'
import { consoleStyle } from '../parts/style.ts'
import type { Audience } from '../parts/words.ts'
import { audienceOf, type Fields, type Kind, type ListName } from './draft.ts'

const KINDS: Record<Kind, string> = { all: 'Everyone', companies: 'Companies', roles: 'Roles, everywhere', users: 'Single users', groups: 'Groups' }

/**
 * `<console-audience>`: who a notification is for. It offers what somebody's role may address: a company admin its company,
 * roles and groups in it, and its users. Properties `me`, `heading`, `first`, `users`; event `audience-change`, whose `detail` is the audience, or undefined.
 */
export class ConsoleAudience extends LitElement {
  static override styles = [look, consoleStyle]
  static override properties = { me: { attribute: false }, heading: {}, first: {}, users: {}, fields: { state: true } }

  declare me: Me
  declare heading: string
  /** The form that it begins with. */
  declare first: Kind | undefined
  /** The ids that it begins with, for links that lead here. */
  declare users: string
  protected declare fields: Fields

  constructor () {
    super()
    this.heading = 'Audience'
    this.users = ''
    this.fields = { kind: 'companies', companies: '', roles: '', users: '', groups: '', company: '', not: '' }
  }

  /** The company of a company admin, who can address no other. */
  get #own (): string | undefined {
    return isPlatformAdmin(this.me) ? undefined : this.me.company
  }

  override firstUpdated (): void {
    this.#set({ ...(this.first && { kind: this.first }), ...(this.users !== '' && { kind: 'users' as const, users: this.users }) })
  }

  override render () {
    const { fields: { kind } } = this
    const own = this.#own
    const kinds = (Object.keys(KINDS) as Kind[]).filter(kind => own === undefined || !['all', 'roles'].includes(kind))
    return html`<fieldset class="stack">
      <legend>${this.heading}</legend>
      <div>${kinds.map(name => html`<label class="choice"><input type="radio" name="kind" .value=${name} .checked=${kind === name} @change=${() => this.#set({ kind: name })}>${name === 'companies' && own !== undefined ? `Everybody in ${own}` : KINDS[name]}</label>`)}</div>
      ${kind === 'companies' && own === undefined ? this.#renderNames('companies', 'Companies', 'Up to 50, between commas.') : nothing}
      ${kind === 'companies' ? this.#renderNames('roles', 'Only these roles (optional)', 'Up to 20. Left empty: whatever their role is.') : nothing}
      ${kind === 'roles' ? this.#renderNames('roles', 'Roles', 'Up to 20, between commas; in every company and in none.') : nothing}
      ${kind === 'users' ? this.#renderNames('users', 'User ids', 'Up to 1,000, between commas. Ids, not usernames.') : nothing}
      ${kind === 'groups' ? this.#renderNames('groups', 'Groups', 'Up to 20, between commas. Who is in several gets it once.') : nothing}
      ${kind === 'groups' && own === undefined
? html`<div><label for="company">Company of the groups (optional)</label><input id="company" autocomplete="off" aria-describedby="company-hint" .value=${this.fields.company} @input=${this.#read}><p class="hint" id="company-hint">Left empty: global groups.</p></div>`
: nothing}
      <details>
        <summary>Leave somebody out</summary>
        ${this.#renderNames('not', 'Not these user ids', 'Up to 100, for "everybody but the author".')}
      </details>
    </fieldset>`
  }

  #renderNames (name: ListName, label: string, hint: string) {
    return html`<div><label for=${name}>${label}</label><input id=${name} autocomplete="off" autocapitalize="off" spellcheck="false" .value=${this.fields[name]} aria-describedby="${name}-hint" @input=${this.#read}><p class="hint" id="${name}-hint">${hint}</p></div>`
  }

  #read = (event: Event): void => {
    const { id, value } = event.target as HTMLInputElement
    this.#set({ [id]: value })
  }

  #set (change: Partial<Fields>): void {
    this.fields = { ...this.fields, ...change }
    this.#tell()
  }

  #tell (): void {
    this.dispatchEvent(new CustomEvent<Audience | undefined>('audience-change', { detail: audienceOf(this.fields, this.#own) }))
  }
}

customElements.define('console-audience', ConsoleAudience)
