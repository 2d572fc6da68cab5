import { css, html, LitElement } from 'lit'
import { look } from '../look.ts'
import { icon } from '../icons.ts'

/**
 * `<belfry-dialog>`: a modal dialog. `heading` is its title; its content is in the default slot, its buttons in the slot
 * `actions`. `show()` opens it, and gives the focus back when it closes. Emits `close`.
 */
export class Dialog extends LitElement {
  static override properties = { heading: {} }
  static override styles = [look, css`
    :host { display: contents }
    dialog { width: min(480px, 100vw - 32px); max-height: calc(100dvh - 32px); padding: 0; border: 1px solid var(--line); border-radius: 10px; background: var(--bg); color: var(--text); box-shadow: 0 16px 48px rgb(0 0 0 / .3) }
    dialog::backdrop { background: rgb(0 0 0 / .45) }
    .inside { display: grid; gap: 16px; padding: 24px }
    header { display: flex; align-items: start; justify-content: space-between; gap: 16px }
    header button { margin: -8px -8px 0 0 }
    footer { display: flex; flex-wrap: wrap; justify-content: end; gap: 8px }
    @media (max-width: 480px) { .inside { padding: 16px } footer { flex-direction: column-reverse; align-items: stretch } }
  `]

  declare heading: string

  constructor () {
    super()
    this.heading = ''
  }

  /** Opens it. The element with the attribute `autofocus` gets the focus. */
  async show (): Promise<void> {
    await this.updateComplete
    const dialog = this.renderRoot.querySelector('dialog')!
    if (!dialog.open) dialog.showModal()
    this.querySelector<HTMLElement>('[autofocus]')?.focus()
  }

  hide (): void {
    this.renderRoot.querySelector('dialog')?.close()
  }

  override render () {
    return html`<dialog aria-labelledby="heading" @close=${() => this.dispatchEvent(new Event('close'))}>
      <div class="inside">
        <header><h2 id="heading">${this.heading}</h2><button type="button" class="quiet icon" aria-label="Close" @click=${this.hide}>${icon('close')}</button></header>
        <slot></slot>
        <footer><slot name="actions"></slot></footer>
      </div>
    </dialog>`
  }
}

customElements.define('belfry-dialog', Dialog)
declare global { interface HTMLElementTagNameMap { 'belfry-dialog': Dialog } }
