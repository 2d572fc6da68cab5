import { css, html, LitElement, nothing } from 'lit'
import { icon } from '../icons.ts'
import { look } from '../look.ts'

export interface Toast {
  text: string
  isError?: boolean
  /** A button in it, such as "Undo". */
  action?: { label: string, run: () => void }
}

const SHOWN_MS = 8_000

/**
 * `<belfry-toast>`: one short message at the bottom of the page, with a button at most. It leaves by itself after 8
 * seconds, which stop while the pointer or the focus is on it; an error stays until it is closed. `show` replaces the one before.
 */
export class ToastBar extends LitElement {
  static override properties = { toast: { state: true } }
  static override styles = [look, css`
    :host { position: fixed; z-index: 10; inset-inline: 16px; bottom: calc(16px + env(safe-area-inset-bottom)); display: grid; justify-items: center; pointer-events: none }
    .toast { display: flex; align-items: center; gap: 12px; max-width: 560px; padding: 8px 8px 8px 16px; border-radius: 10px; background: var(--text); color: var(--bg); box-shadow: 0 8px 24px rgb(0 0 0 / .25); font-size: 14px; pointer-events: auto; animation: rise .16s ease-out }
    .toast button { border-color: transparent; background: none; color: inherit }
    .toast button:hover { background: color-mix(in srgb, var(--bg), transparent 80%) }
    .toast button:focus-visible { outline-color: var(--bg); outline-offset: -2px }
    @keyframes rise { from { opacity: 0; transform: translateY(8px) } }
    @media (forced-colors: active) { .toast { border: 1px solid } }
  `]

  declare toast: Toast | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  show (toast: Toast): void {
    this.toast = toast
    this.#start()
  }

  hide (): void {
    clearTimeout(this.#timer)
    this.toast = undefined
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  #start (): void {
    clearTimeout(this.#timer)
    if (!this.toast?.isError) this.#timer = setTimeout(() => this.hide(), SHOWN_MS)
  }

  #stop (): void {
    clearTimeout(this.#timer)
  }

  override render () {
    const { toast } = this
    const act = () => {
      toast?.action?.run()
      this.hide()
    }
    // The regions are always there: a screen reader says what comes into them.
    return html`<div role="status">${toast && !toast.isError ? this.#bar(toast, act) : nothing}</div><div role="alert">${toast?.isError ? this.#bar(toast, act) : nothing}</div>`
  }

  #bar ({ text, action }: Toast, act: () => void) {
    return html`<div class="toast" @pointerenter=${this.#stop} @pointerleave=${this.#start} @focusin=${this.#stop} @focusout=${this.#start}>
      <span>${text}</span>
      ${action ? html`<button type="button" @click=${act}>${action.label}</button>` : nothing}
      <button type="button" class="icon" aria-label="Dismiss" @click=${this.hide}>${icon('close')}</button>
    </div>`
  }
}

customElements.define('belfry-toast', ToastBar)
declare global { interface HTMLElementTagNameMap { 'belfry-toast': ToastBar } }
