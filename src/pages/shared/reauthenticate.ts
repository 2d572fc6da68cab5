import { css, html, LitElement } from 'lit'
import type { Api } from './api.ts'
import './controls/dialog.ts'
import type { Dialog } from './controls/dialog.ts'
import './controls/password.ts'
import { passwordStyle } from './controls/password.ts'
import { ApiError } from './problem.ts'

/** `<belfry-reauthenticate>`: asks for the password once more where the server wants that of `api`'s call. One a page. */
export class Reauthenticate extends LitElement {
  static override properties = { api: { attribute: false }, username: {}, fault: { state: true }, isBusy: { state: true } }
  static override styles = [passwordStyle, css`form { display: grid; gap: 16px }`]

  declare api: Api
  declare username: string
  declare fault: string | undefined
  declare isBusy: boolean
  #resolve: ((isConfirmed: boolean) => void) | undefined

  constructor () {
    super()
    this.username = ''
    this.isBusy = false
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    this.#resolve?.(false)
    this.#resolve = undefined
  }

  override willUpdate (): void {
    this.api.confirm = () => this.#ask()
  }

  get #dialog (): Dialog { return this.renderRoot.querySelector('belfry-dialog')! }

  async #ask (): Promise<boolean> {
    this.fault = undefined
    this.#resolve?.(false)
    const isConfirmed = new Promise<boolean>(resolve => { this.#resolve = resolve })
    await this.#dialog.show()
    const { input } = this.renderRoot.querySelector('belfry-password')!
    input.value = ''
    input.focus()
    return await isConfirmed
  }

  #settle (isConfirmed: boolean): void {
    this.#resolve?.(isConfirmed)
    this.#resolve = undefined
    this.#dialog.hide()
  }

  async #submit (event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const { input } = this.renderRoot.querySelector('belfry-password')!
    if (this.isBusy || input.value === '') return
    this.isBusy = true
    try {
      await this.api.post('api/auth/confirm', { password: input.value })
      this.#settle(true)
    } catch (error) {
      this.fault = error instanceof ApiError && error.code === 'BLF_WRONG_PASSWORD' ? 'This is not your password.' : (error as Error).message
      input.select()
    } finally {
      this.isBusy = false
    }
  }

  override render () {
    return html`<belfry-dialog heading="Is it still you?" @close=${() => this.#settle(false)}>
      <form id="form" novalidate @submit=${this.#submit}>
        <p>You gave your password more than ten minutes ago. For this it is needed once more.</p>
        <input type="text" name="username" autocomplete="username" .value=${this.username} hidden>
        <belfry-password name="confirm" .fault=${this.fault}></belfry-password>
      </form>
      <button slot="actions" type="button" @click=${() => this.#settle(false)}>Cancel</button>
      <button slot="actions" class="primary" form="form" aria-disabled=${this.isBusy}>Go on</button>
    </belfry-dialog>`
  }
}

customElements.define('belfry-reauthenticate', Reauthenticate)
declare global { interface HTMLElementTagNameMap { 'belfry-reauthenticate': Reauthenticate } }
