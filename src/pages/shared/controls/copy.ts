import { css, html, LitElement } from 'lit'
import { icon } from '../icons.ts'
import { look } from '../look.ts'

/** `<belfry-copy>`: a button that copies `value`. Its content is its label; without, it is an icon called `label`. */
export class Copy extends LitElement {
  static override properties = { value: {}, label: {}, done: { state: true } }
  static override styles = [look, css`
    :host { display: inline-block }
    button.icon { width: 28px; min-height: 28px }
    button.icon svg { width: 16px; height: 16px }
    @media (pointer: coarse) { button.icon { width: 44px; min-height: 44px } }
  `]

  declare value: string
  declare label: string
  declare done: 'yes' | 'no' | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor () {
    super()
    this.value = ''
    this.label = 'Copy'
  }

  async copy (): Promise<void> {
    clearTimeout(this.#timer)
    // Over plain http there is no clipboard.
    this.done = await navigator.clipboard?.writeText(this.value).then(() => 'yes' as const, () => 'no' as const) ?? 'no'
    this.#timer = setTimeout(() => { this.done = undefined }, 2_000)
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  override render () {
    const said = this.done === 'yes' ? 'Copied' : this.done === 'no' ? 'This browser doesn\'t let pages copy here' : ''
    const isIcon = this.textContent.trim() === ''
    return html`<button type="button" class=${isIcon ? 'quiet icon' : 'quiet'} title=${this.label} @click=${this.copy}>
      ${icon(this.done === 'yes' ? 'check' : 'copy')}${isIcon ? html`<span class="hidden">${this.label}</span>` : html`<slot></slot>`}
    </button><span class="hidden" role="status">${said}</span>`
  }
}

customElements.define('belfry-copy', Copy)
declare global { interface HTMLElementTagNameMap { 'belfry-copy': Copy } }
