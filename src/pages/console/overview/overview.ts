import { css, html, nothing } from 'lit'
import type { ApiError } from '../access.ts'
import { icon } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { when } from '../parts/when.ts'
import { amount, bytes, counted, exact, timeOfDay } from '../parts/words.ts'
import './chart.ts'
import { followOverviews, type Overview } from './feed.ts'
import { GAP_MS, Series } from './series.ts'

/** What each thing that may be lacking means for people. */
const MEANINGS: Record<string, string> = {
  store: 'The store does not answer: sends are refused until it does.',
  bus: 'Redis cannot be reached: events of other nodes arrive a little later.',
  store_full: 'The store has no room left: nothing can be sent until there is some.'
}

const most = (values: (number | null)[]) => values.reduce<number | null>((top, value) => value === null ? top : Math.max(top ?? 0, value), null)
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** The charts: each is one series of the overview. */
const CHARTS: { key: string, name: string, unit: string, of: (overview: Overview) => number | null }[] = [
  { key: 'deliveries', name: 'Deliveries', unit: 'a second', of: ({ rates }) => rates.deliveries },
  { key: 'sends', name: 'Sends', unit: 'a second', of: ({ rates }) => rates.sends },
  { key: 'connections', name: 'Sockets and streams', unit: 'open', of: ({ nodes }) => sum(nodes.map(({ sockets, streams }) => sockets + streams)) },
  { key: 'lag', name: 'Delivery lag', unit: 'ms, slowest node', of: ({ nodes }) => most(nodes.map(node => node.lag_ms)) },
  { key: 'flush', name: 'Flush p99', unit: 'ms, slowest node', of: ({ nodes }) => most(nodes.map(node => node.flush_ms_p99)) },
  { key: 'commit', name: 'Commit p99', unit: 'ms, slowest node', of: ({ store }) => store.commit_ms_p99 },
  { key: 'loop', name: 'Loop delay p99', unit: 'ms, slowest node', of: ({ nodes }) => most(nodes.map(node => node.loop_ms_p99)) },
  { key: 'slow', name: 'Slow readers closed', unit: 'a second', of: ({ rates }) => rates.slow_closes }
]

/** `<console-overview>`: is it well? Four figures, charts of the last five minutes, every node. */
export class ConsoleOverview extends ConsoleView {
  static override styles = [...ConsoleView.styles, css`
    .figures { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; margin-bottom: 16px }
    .figures .card { margin: 0 }
    .figures h2 { font-size: 14px; margin-bottom: 4px }
    .figure { font-size: 28px; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; display: flex; gap: 8px; align-items: center }
    .figure small { font-size: 14px; font-weight: 400; color: var(--muted) }
    .figure .icon { inline-size: 24px; block-size: 24px }
    .well .icon { color: var(--success) }
    .ill .icon { color: var(--warning) }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 16px; margin-bottom: 24px }
    .charts .card { margin: 0; padding-bottom: 4px }
    @media (min-width: 480px) { .figures { grid-template-columns: repeat(2, minmax(0, 1fr)) } }
    @media (min-width: 1100px) { .figures { grid-template-columns: repeat(4, minmax(0, 1fr)) } }
  `]

  static override properties = { ...ConsoleView.properties, overview: { state: true }, lostAt: { state: true }, now: { state: true } }

  protected declare overview: Overview | undefined
  protected declare lostAt: number | undefined
  protected declare now: number
  readonly #series = new Map(CHARTS.map(({ key }) => [key, new Series()]))
  #timer: number | undefined

  constructor () {
    super()
    this.now = Date.now()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    // Charts go on when nothing comes: that is how a gap shows.
    clearInterval(this.#timer)
    this.#timer = window.setInterval(() => { this.now = Date.now() }, 1_000)
    signal.addEventListener('abort', () => clearInterval(this.#timer))
    const onLost = (refusal: ApiError | undefined) => {
      if (refusal) {
        this.problem = refusal
        this.app.recheck()
      }
      this.lostAt ??= Date.now()
    }
    followOverviews(this.app.open, { onOverview: overview => this.#take(overview), onLost }, signal).catch(() => {})
  }

  override render () {
    const { overview, lostAt } = this
    return html`<div class="head"><h1>Overview</h1>${overview ? html`<span class="muted">Belfry ${overview.version}, started ${when(overview.started_at)}</span>` : nothing}</div>
      ${this.renderProblem(this.reload)}
      ${lostAt !== undefined && !this.problem ? html`<div class="note warning" role="status">${icon('warning')}<p>The connection was lost at ${timeOfDay(lostAt)}. Trying again.</p></div>` : nothing}
      ${overview ? this.#renderOverview(overview) : this.problem ? nothing : html`<p class="muted" role="status">Measuring…</p>`}`
  }

  #renderOverview (overview: Overview) {
    const { log, store, users, notifications } = overview
    return html`<div class="figures">
        ${this.#renderHealth(overview)}
        ${this.#renderFigure('Open connections', 'connections', counted(overview.nodes.length, 'node'))}
        ${this.#renderFigure('Deliveries', 'deliveries', 'a second')}
        ${this.#renderFigure('Delivery lag', 'lag', 'ms')}
      </div>
      <h2>The last five minutes</h2>
      <div class="charts">${CHARTS.map(({ key, name, unit }) => html`<div class="card"><console-chart .name=${name} .unit=${unit} .points=${this.#series.get(key)!.points} .now=${this.now}></console-chart></div>`)}</div>
      <h2 id="nodes">Nodes</h2>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="nodes"><table>
        <thead><tr><th scope="col">Node</th><th scope="col" class="wide">Started</th><th scope="col" class="number">Sockets</th><th scope="col" class="number wide">Streams</th><th scope="col" class="number">Lag, ms</th><th scope="col" class="number wide">Flush p99, ms</th><th scope="col" class="number wide">Loop p99, ms</th></tr></thead>
        <tbody>${overview.nodes.map(node => html`<tr>
          <th scope="row" class="mono">${node.id}</th><td class="wide">${when(node.started_at)}</td><td class="number">${amount(node.sockets)}</td><td class="number wide">${amount(node.streams)}</td>
          <td class="number">${amount(node.lag_ms)}</td><td class="number wide">${node.flush_ms_p99 === null ? '–' : amount(node.flush_ms_p99)}</td><td class="number wide">${amount(node.loop_ms_p99)}</td></tr>`)}</tbody>
      </table></div>
      <div class="card"><h2>Store</h2><dl>
        <dt>Users</dt><dd>${users === null ? 'being counted' : amount(users)}</dd>
        <dt>Notifications</dt><dd>${notifications === null ? 'being counted' : amount(notifications)}</dd>
        <dt>Log</dt><dd>events ${log.floor + 1} to ${log.head}</dd>
        <dt>Engine</dt><dd>${store.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'}${store.bytes === null ? '' : `, ${bytes(store.bytes)}`}</dd>
        <dt>Redis</dt><dd>${{ none: 'not used', up: 'reachable', down: 'not reachable' }[overview.bus]}</dd>
        <dt>Started</dt><dd>${exact(Date.parse(overview.started_at))}</dd>
      </dl></div>`
  }

  #renderHealth ({ degraded }: Overview) {
    const isLost = this.lostAt !== undefined
    const isWell = degraded.length === 0 && !isLost
    const text = isLost ? 'Not known while the connection is lost.' : isWell ? 'Sends are accepted, and everything reaches its readers.' : degraded.map(name => MEANINGS[name] ?? name).join(' ')
    return html`<div class="card" role="status"><h2>Health</h2>
      <div class="figure ${isWell ? 'well' : 'ill'}">${icon(isWell ? 'success' : 'warning')}<span>${isLost ? 'Unknown' : isWell ? 'Well' : 'Degraded'}</span></div>
      <p class="hint">${text}</p></div>`
  }

  #renderFigure (name: string, key: string, unit: string) {
    const series = this.#series.get(key)!
    const { last } = series
    const before = series.meanOf(this.now - 300_000, this.now - 60_000)
    const recent = series.meanOf(this.now - 60_000, this.now)
    const isLost = this.lostAt !== undefined
    return html`<div class="card"><h2>${name}</h2>
      <div class="figure">${isLost || last === null ? '–' : amount(last)}<small>${unit}</small></div>
      <p class="hint">${trend(recent, before)}</p></div>`
  }

  #take (overview: Overview): void {
    const now = Date.now()
    // The line breaks: what came before and after a loss is not joined.
    if (this.lostAt !== undefined && now - this.lostAt < GAP_MS) for (const series of this.#series.values()) series.push(now - 1, null)
    this.lostAt = undefined
    this.problem = undefined
    for (const { key, of } of CHARTS) this.#series.get(key)!.push(now, of(overview))
    this.now = now
    this.overview = overview
  }
}

/** The last minute against those before, in words. */
function trend (recent: number | null, before: number | null): string {
  if (recent === null || before === null) return 'No trend yet'
  const change = recent - before
  if (Math.abs(change) <= Math.max(before, recent) * 0.05) return 'Steady'
  return `${change > 0 ? '↑ more' : '↓ less'} than before: ${amount(before)} on average`
}

customElements.define('console-overview', ConsoleOverview)
