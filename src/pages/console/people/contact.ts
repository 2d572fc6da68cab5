import { css, html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { withInput } from '../parts/forms.ts'
import { ConsoleView } from '../parts/page.ts'
import type { UserItem } from './users.ts'

/** `<console-user-contact>`: what people call a user, and where mail goes. Property `user`; event `changed`. */
export class ConsoleUserContact extends ConsoleView {
  static override properties = { ...ConsoleView.properties, user: { attribute: false }, fields: { state: true } }
  static override styles = [...ConsoleView.styles, css`h3 { margin: 0 }`]

  declare user: UserItem
  protected declare fields: { name: string, email: string }

  override willUpdate (changed: Map<string, unknown>): void {
    if (!changed.has('user')) return
    const { name = '', email = '' } = this.user
    this.fields = { name, email }
    this.problem = undefined
  }

  override render () {
    const call = this.#call()
    const field = (name: 'name' | 'email', label: string, hint: string, type: string) => html`<div><label for=${name}>${label}</label>
      <input id=${name} name=${name} type=${type} autocomplete="off" .value=${this.fields[name]} aria-invalid=${this.wrong(name) !== undefined} aria-describedby="${name}-hint wrong-${name}">
      <p class="hint" id="${name}-hint">${hint}</p>${this.renderWrong(name)}</div>`
    return html`<form class="stack" novalidate @submit=${this.#save} @input=${this.#read}>
      <h3>Name and email</h3>
      <div class="fields">${field('name', 'Name', 'What people read. Mails are addressed with it.', 'text')}${field('email', 'Email', 'Where mail goes; without one, none goes.', 'email')}</div>
      ${this.wrong('name') === undefined && this.wrong('email') === undefined ? this.renderProblem() : nothing}
      <div class="row"><button aria-disabled=${this.isBusy} ?disabled=${!call}>Save<span class="hidden"> name and email</span></button></div>
      ${call ? html`<console-curl .calls=${[call]}></console-curl>` : nothing}
    </form>`
  }

  /** Undefined if nothing has changed. An empty field removes what was there. */
  #call (): Call | undefined {
    const changes = (['name', 'email'] as const).flatMap(name => {
      const value = this.fields[name].trim()
      return value === (this.user[name] ?? '') ? [] : [[name, value === '' ? null : value]]
    })
    return changes.length === 0 ? undefined : { method: 'PATCH', path: pathOf(['users', this.user.id]), body: Object.fromEntries(changes) as object }
  }

  #read = (event: Event): void => {
    this.fields = withInput(this.fields, event)
  }

  #save = (event: Event): void => {
    event.preventDefault()
    const call = this.#call()
    if (!call) return
    this.act(async () => {
      await this.app.call(call)
      this.app.say('Saved.')
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }
}

customElements.define('console-user-contact', ConsoleUserContact)
