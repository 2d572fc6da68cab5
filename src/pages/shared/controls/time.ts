import { css, html, LitElement, nothing } from 'lit'

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]
]
// In the language of the pages and of their inbox, whatever the browser's is.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/**
 * How long ago a time is: "3 min. ago"; if it `mayCome`, also how long until it: "in 2 hr.". Else a time in the future is
 * now, as in the inbox: what has happened cannot be still to come, so one of the clocks is wrong.
 */
export function relativeTime (at: number, { now = Date.now(), mayCome = false } = {}): string {
  const seconds = Math.trunc(((mayCome ? at : Math.min(at, now)) - now) / 1000)
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  return seconds > 5 ? relative.format(seconds, 'second') : 'now'
}

export const absoluteTime = (at: number): string => absolute.format(at)

const shown = new Set<Time>()
let timer: ReturnType<typeof setInterval> | undefined

/** `<belfry-time>`: the time `at` (RFC 3339), relative, with the absolute one as its title; with `both`, beside it. `coming`: it may lie in the future. One timer for all of them. */
export class Time extends LitElement {
  static override properties = { at: {}, both: { type: Boolean }, coming: { type: Boolean } }
  static override styles = css`:host { white-space: nowrap } .absolute { color: var(--muted); margin-inline-start: 8px }`

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
    return html`<time datetime=${this.at} title=${absoluteTime(at)}>${relativeTime(at, { mayCome: this.coming })}</time>${this.both ? html`<span class="absolute">${absoluteTime(at)}</span>` : nothing}`
  }
}

customElements.define('belfry-time', Time)
declare global { interface HTMLElementTagNameMap { 'belfry-time': Time } }
