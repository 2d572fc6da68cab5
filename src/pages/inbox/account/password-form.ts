import { css, html, LitElement, nothing } from 'lit'
import { ApiError, type Api } from '../../shared/api.ts'
import { passwordStyle, type PasswordField } from '../../shared/controls/password.ts'

const MIN_LENGTH = 8

/** `<belfry-password-form>`: changes the user's own password, which ends their other sessions. */
export class PasswordForm extends LitElement {
  static override properties = { api: { attribute: false }, username: {}, faults: { state: true }, isBusy: { state: true } }
  static override styles = [passwordStyle, css`form { display: grid; gap: 16px; max-width: 400px } form > div { margin-top: 4px }`]

  declare api: Api
  declare username: string
  declare faults: { current?: string, next?: string, all?: string }
  declare isBusy: boolean

  constructor () {
    super()
    this.faults = {}
    this.isBusy = false
  }

  #field (name: 'current' | 'next'): HTMLInputElement {
    return this.renderRoot.querySelector<PasswordField>(`belfry-password[name=${name}]`)!.input
  }

  async #fail (faults: PasswordForm['faults']): Promise<void> {
    this.faults = faults
    await this.updateComplete
    if (faults.current || faults.next) this.#field(faults.current ? 'current' : 'next').focus()
  }

  async #submit (event: SubmitEvent): Promise<void> {
    event.preventDefault()
    if (this.isBusy) return
    const [current, next] = [this.#field('current'), this.#field('next')]
    if (current.value === '') return await this.#fail({ current: 'Enter the password you have now.' })
    if ([...next.value].length < MIN_LENGTH) return await this.#fail({ next: `Enter ${MIN_LENGTH} characters or more.` })
    this.isBusy = true
    try {
      await this.api.patch('api/users/me', { current_password: current.value, password: next.value })
      this.faults = {}
      current.value = next.value = ''
      const detail = { text: 'Your password is changed. Other sessions have ended.' }
      this.dispatchEvent(new CustomEvent('belfry-toast', { detail, bubbles: true, composed: true }))
      this.dispatchEvent(new CustomEvent('belfry-sessions-ended', { bubbles: true, composed: true }))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const ofNext = error.errors.find(({ path }) => path === '/password')
      await this.#fail(error.code === 'BLF_WRONG_PASSWORD' ? { current: 'This is not your password.' } : ofNext ? { next: `It ${ofNext.message}.` } : { all: error.message })
    } finally {
      this.isBusy = false
    }
  }

  override render () {
    const { faults, isBusy, username } = this
    return html`<form novalidate @submit=${this.#submit}>
      <div role="alert">${faults.all ? html`<p class="note error"><span aria-hidden="true">◆</span> ${faults.all}</p>` : nothing}</div>
      <input type="text" name="username" autocomplete="username" .value=${username} hidden>
      <belfry-password name="current" label="Current password" .fault=${faults.current}></belfry-password>
      <belfry-password name="next" label="New password" autocomplete="new-password" hint="8 characters or more. Your other sessions will end." .fault=${faults.next}></belfry-password>
      <div><button class="primary" aria-disabled=${isBusy}>Change password</button></div>
    </form>`
  }
}

customElements.define('belfry-password-form', PasswordForm)
declare global { interface HTMLElementTagNameMap { 'belfry-password-form': PasswordForm } }
