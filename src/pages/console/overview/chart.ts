import { css, html, LitElement, nothing, svg } from 'lit'
import { look } from '../../shared/look.ts'
import { consoleStyle } from '../parts/style.ts'
import { amount, timeOfDay } from '../parts/words.ts'
import { gapSeconds, niceTop, runsOf, WINDOW_MS, type Point } from './series.ts'

const HEIGHT = 132
const TOP = 8
const BOTTOM = 20
const LEFT = 44
const RIGHT = 56
/** The table has one row for so many seconds. */
const ROW_MS = 15_000

/**
 * `<console-chart>`: one series of the last five minutes, as a line that breaks where nothing was measured. For a screen
 * reader it is a sentence; the values are in a table on demand.
 * Properties: `name`, `unit`, `points`, `now` (milliseconds since 1970).
 */
export class ConsoleChart extends LitElement {
  static override styles = [look, consoleStyle, css`
    :host { min-width: 0 }
    /* Time goes from left to right, and so do the numbers beside it. */
    svg.chart { direction: ltr; display: block; inline-size: 100%; block-size: 132px; overflow: visible }
    .grid { stroke: var(--line); stroke-width: 1 }
    .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
    .end { fill: var(--accent) }
    text { fill: var(--muted); font-size: 12px; font-variant-numeric: tabular-nums }
    text.last { fill: var(--text); font-weight: 600 }
    h3 span { font-weight: 400; color: var(--muted) }
    .scroll { max-height: 220px; margin: 0 }
    th, td { height: auto; padding: 4px 12px }
    @media (forced-colors: active) { .grid { stroke: GrayText } .line { stroke: CanvasText } .end, text, text.last { fill: CanvasText } }
  `]

  static override properties = { name: {}, unit: {}, points: { attribute: false }, now: { attribute: false }, inline: { state: true }, isOpen: { state: true } }

  declare name: string
  declare unit: string
  declare points: Point[]
  declare now: number
  protected declare inline: number
  protected declare isOpen: boolean
  #observer: ResizeObserver | undefined

  constructor () {
    super()
    this.points = []
    this.now = Date.now()
    this.inline = 320
    this.isOpen = false
  }

  override connectedCallback (): void {
    super.connectedCallback()
    this.#observer = new ResizeObserver(([entry]) => { this.inline = Math.max(200, Math.round(entry!.contentRect.width)) })
    this.#observer.observe(this)
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
  }

  override render () {
    const { name, unit } = this
    return html`<h3>${name} <span>${unit}</span></h3>
      ${this.#renderChart()}
      <details @toggle=${(event: Event) => { this.isOpen = (event.target as HTMLDetailsElement).open }}>
        <summary aria-label="${name} as a table">Table</summary>
        ${this.isOpen ? this.#renderTable() : nothing}
      </details>`
  }

  #renderChart () {
    const { points, now, inline } = this
    const runs = runsOf(points.filter(({ at }) => at > now - WINDOW_MS))
    const values = runs.flat().map(({ value }) => value)
    const top = niceTop(Math.max(0, ...values))
    const x = (at: number) => LEFT + (inline - LEFT - RIGHT) * (1 - (now - at) / WINDOW_MS)
    const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)
    const last = runs.at(-1)?.at(-1)
    const path = runs.map(run => run.map(({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('') + (run.length === 1 ? 'h.1' : '')).join('')
    const levels = [0, 0.25, 0.5, 0.75, 1].map(share => share * top)
    return html`<svg class="chart" role="img" aria-label=${this.#sentence(values)} viewBox="0 0 ${inline} ${HEIGHT}">
      ${levels.map(level => svg`<line class="grid" x1=${LEFT} x2=${inline - RIGHT} y1=${y(level)} y2=${y(level)}></line>`)}
      ${[0, top / 2, top].map(level => svg`<text x=${LEFT - 8} y=${y(level) + 4} text-anchor="end">${amount(level)}</text>`)}
      <text x=${LEFT} y=${HEIGHT - 4}>5 min ago</text>
      <text x=${inline - RIGHT} y=${HEIGHT - 4} text-anchor="end">now</text>
      <path class="line" d=${path}></path>
      ${last
? svg`<circle class="end" r="3" cx=${x(last.at)} cy=${y(last.value)}></circle>
        <text class="last" x=${inline - RIGHT + 8} y=${y(last.value) + 4}>${amount(last.value)}</text>`
: nothing}
    </svg>`
  }

  #sentence (values: number[]): string {
    const { name, unit, points, now } = this
    if (values.length === 0) return `${name}: nothing was measured in the last five minutes.`
    const gap = gapSeconds(points, now)
    const range = `now ${amount(values.at(-1)!)}, between ${amount(Math.min(...values))} and ${amount(Math.max(...values))} in the last five minutes`
    return `${name}, ${unit}: ${range}.${gap > 0 ? ` Nothing was measured for ${gap} seconds of them.` : ''}`
  }

  #renderTable () {
    const { name, unit, points, now } = this
    const rows = Array.from({ length: WINDOW_MS / ROW_MS }, (_, index) => {
      const to = now - index * ROW_MS
      const values = points.filter(({ at, value }) => value !== null && at > to - ROW_MS && at <= to).map(({ value }) => value!)
      return { to, mean: values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length }
    })
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${name} as a table"><table>
      <thead><tr><th scope="col">15 seconds up to</th><th scope="col" class="number">Mean, ${unit}</th></tr></thead>
      <tbody>${rows.map(({ to, mean }) => html`<tr><td>${timeOfDay(to)}</td><td class="number">${mean === undefined ? 'no data' : amount(mean)}</td></tr>`)}</tbody>
    </table></div>`
  }
}

customElements.define('console-chart', ConsoleChart)
