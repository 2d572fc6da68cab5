import { html, nothing } from 'lit'
import { isPlatformAdmin, pathOf, type Call, type Me } from '../access.ts'
import '../parts/curl.ts'
import { withInput } from '../parts/forms.ts'
import { ConsoleView } from '../parts/page.ts'

/** `<console-new-user>`: the form of a new user. Property `closeHref`; event `changed`. */
export class ConsoleNewUser extends ConsoleView {
  static override properties = { ...ConsoleView.properties, closeHref: {}, fields: { state: true } }

  declare closeHref: string
  protected declare fields: Record<'username' | 'name' | 'email' | 'password' | 'role' | 'company' | 'id', string>

  constructor () {
    super()
    this.fields = { username: '', name: '', email: '', password: '', role: 'user', company: '', id: '' }
  }

  get #own (): string | undefined {
    return isPlatformAdmin(this.app.me as Me) ? undefined : this.app.me.company
  }

  override render () {
    const field = (name: keyof typeof this.fields, label: string, hint = '', type = 'text') => html`<div><label for=${name}>${label}</label>
      <input id=${name} name=${name} type=${type} autocomplete=${type === 'password' ? 'new-password' : 'off'} autocapitalize="off" .value=${this.fields[name]} aria-invalid=${this.wrong(name) !== undefined} aria-describedby="${name}-hint wrong-${name}">
      ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing}${this.renderWrong(name)}</div>`
    return html`<section class="card" aria-labelledby="new"><div class="head"><h2 id="new">New user</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      ${this.renderProblem()}
      <form class="stack" novalidate @submit=${this.#create} @input=${this.#read}>
        ${field('username', 'Username')}
        ${field('name', 'Name (optional)', 'What people read.')}
        ${field('email', 'Email (optional)', 'Where mail goes.', 'email')}
        ${field('password', 'Password (optional)', 'At least 8 characters. Without one, only tokens of another backend let them in.', 'password')}
        ${field('role', 'Role', '“admin” manages its company; without a company, everything.')}
        ${this.#own === undefined ? field('company', 'Company (optional)') : html`<p class="muted">In ${this.#own}</p>`}
        ${this.#own === undefined ? field('id', 'Id (optional)', 'The subject of tokens that another backend mints. Without it, Belfry makes one.') : nothing}
        <div class="row"><button class="primary" aria-disabled=${this.isBusy}>Create</button></div>
        <console-curl .calls=${[this.#call('…')]}></console-curl>
      </form></section>`
  }

  /** The call; a password is not shown. */
  #call (password: string): Call {
    const { username, role } = this.fields
    const [name, email, company, id] = (['name', 'email', 'company', 'id'] as const).map(field => this.fields[field].trim())
    const given = Object.entries({ name, email, company: this.#own ?? company, id }).filter(([, value]) => value !== '')
    const body = { username, ...Object.fromEntries(given), role, ...(this.fields.password === '' ? {} : { password }) }
    return { method: 'POST', path: pathOf(['users']), body }
  }

  #read = (event: Event): void => {
    this.fields = withInput(this.fields, event)
  }

  #create = (event: Event): void => {
    event.preventDefault()
    this.act(async () => {
      const { id } = await this.app.call<{ id: string }>(this.#call(this.fields.password))
      this.app.say('Created.')
      this.dispatchEvent(new Event('changed'))
      this.app.go(this.app.href('users', id))
    }).catch(() => {})
  }
}

customElements.define('console-new-user', ConsoleNewUser)
