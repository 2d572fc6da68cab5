import { css, html, LitElement, nothing } from 'lit'
import { agoIn } from '../../../inbox/words/ago.ts'

// In the language of the pages and of their inbox, whatever the browser's is.
const ago = agoIn('en')
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

const absoluteTime = (at: number): string => absolute.format(at)

const shown = new Set<Time>()
let timer: ReturnType<typeof setInterval> | undefined

/** `<belfry-time>`: the time `at` (RFC 3339), relative, with the absolute one as its title; with `both`, beside it. `coming`: it may lie in the future. One timer for all of them. */
export class Time extends LitElement {
  static override properties = { at: {}, both: { type: Boolean }, coming: { type: Boolean } }
  static override styles = css`:host { white-space: nowrap } :host([both]) { display: inline-flex; flex-wrap: wrap; column-gap: 8px } .absolute { color: var(--muted) }`

  declare at: string | undefined
  declare both: boolean
  declare coming: boolean

  override connectedCallback (): void {
    super.connectedCallback()
    shown.add(this)
    timer ??= setInterval(() => { for (const time of shown) time.requestUpdate() }, 30_000)
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    shown.delete(this)
    if (shown.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  override render () {
    const at = Date.parse(this.at ?? '')
    if (Number.isNaN(at)) return nothing
    return html`<time datetime=${this.at} title=${absoluteTime(at)}>${ago(at, Date.now(), this.coming)}</time>${this.both ? html`<span class="absolute">${absoluteTime(at)}</span>` : nothing}`
  }
}

customElements.define('belfry-time', Time)
declare global { interface HTMLElementTagNameMap { 'belfry-time': Time } }
