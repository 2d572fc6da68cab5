import { css, html, LitElement, nothing } from 'lit'
import './controls/password.ts'
import { passwordStyle } from './controls/password.ts'
import { demoUsers, type DemoUser } from './meta.ts'
import { bell } from './icons.ts'
import { ApiError } from './problem.ts'
import type { Session } from './session.ts'

/**
 * `<belfry-login>`: logs in at `session`. `heading` says what for. Name and password can be pasted, and filled in by a
 * password manager; in the demo a click on a user does both.
 */
export class Login extends LitElement {
  static override properties = { session: { attribute: false }, heading: {}, fault: { state: true }, isBusy: { state: true } }
  static override styles = [passwordStyle, css`
    :host { display: grid; min-height: 100dvh; padding: 32px 16px; align-content: center; justify-items: center; background: var(--surface) }
    main { width: min(400px, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 10px; background: var(--bg) }
    header { display: grid; gap: 12px; margin-bottom: 24px }
    form { display: grid; gap: 16px }
    form > button { margin-top: 8px; min-height: 44px; font-size: 16px }
    section { display: grid; gap: 8px; margin-top: 24px; padding-top: 24px; border-top: 1px solid var(--line) }
    section h2 { font-size: 14px }
    .users { display: grid; gap: 8px }
    .users button { justify-content: start; text-align: start; font-weight: 400 }
    @media (max-width: 480px) { :host { padding: 0; align-content: start; background: var(--bg) } main { padding: 48px 24px; border: 0 } }
  `]

  declare session: Session
  declare heading: string
  declare fault: string | undefined
  declare isBusy: boolean

  constructor () {
    super()
    this.heading = 'Log in'
    this.isBusy = false
  }

  override firstUpdated (): void {
    this.renderRoot.querySelector('input')?.focus()
  }

  async #login (username: string, password: string): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    this.fault = undefined
    try {
      await this.session.login(username, password)
    } catch (error) {
      this.fault = error instanceof ApiError ? wordsOf(error) : String(error)
      await this.updateComplete
      const field = this.renderRoot.querySelector<HTMLInputElement>('input[name=password]')
      field?.focus()
      field?.select()
    } finally {
      this.isBusy = false
    }
  }

  #submit (event: SubmitEvent): void {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const [username, password] = [String(fields.get('username')).trim(), String(fields.get('password'))]
    if (username === '' || password === '') {
      this.fault = username === '' ? 'Enter your username.' : 'Enter your password.'
      form.querySelector<HTMLInputElement>(username === '' ? 'input[name=username]' : 'input[name=password]')?.focus()
      return
    }
    // It shows what goes wrong.
    this.#login(username, password).catch(() => {})
  }

  /** Shows what it fills in, so that it can be learnt. */
  async #loginAs ({ username, password }: DemoUser): Promise<void> {
    const field = (name: string) => this.renderRoot.querySelector<HTMLInputElement>(`input[name=${name}]`)!
    field('username').value = username
    field('password').value = password
    await this.#login(username, password)
  }

  override render () {
    const { fault, isBusy, heading, session: { reason } } = this
    return html`<main>
      <header>${bell(40)}<h1>${heading}</h1></header>
      <form novalidate @submit=${this.#submit}>
        ${reason && !fault ? html`<p class="note info">${reason}</p>` : nothing}
        ${keepsCookies() ? nothing : html`<p class="note warning">This browser keeps no cookies of this site, so you’ll have to log in again after each reload.</p>`}
        <div role="alert">${fault ? html`<p class="note error" id="fault"><span aria-hidden="true">◆</span> ${fault}</p>` : nothing}</div>
        <div class="field">
          <label for="username">Username</label>
          <input id="username" name="username" autocomplete="username" required maxlength="128" spellcheck="false" autocapitalize="none" aria-describedby="fault">
        </div>
        <belfry-password></belfry-password>
        <button class="primary" aria-disabled=${isBusy}>${isBusy ? 'Logging in…' : 'Log in'}</button>
      </form>
      ${demoUsers.length > 0 ? this.#demo() : nothing}
    </main>`
  }

  #demo () {
    return html`<section aria-labelledby="demo">
      <h2 id="demo">This is a demo: log in as</h2>
      <div class="users">${demoUsers.map(user => html`<button type="button" aria-disabled=${this.isBusy} @click=${() => this.#loginAs(user)}><span><strong>${user.username}</strong> <span class="muted">${user.is}</span></span></button>`)}</div>
    </section>`
  }
}

/** Whether the browser keeps data of this site. It says so of cookies only where it keeps none of any site; of storages, here too. */
function keepsCookies (): boolean {
  try {
    return localStorage !== undefined && navigator.cookieEnabled
  } catch {
    return false
  }
}

function wordsOf ({ code, message }: ApiError): string {
  return code === 'BLF_BAD_CREDENTIALS' ? 'The username or the password is wrong.' : message
}

customElements.define('belfry-login', Login)
declare global { interface HTMLElementTagNameMap { 'belfry-login': Login } }
