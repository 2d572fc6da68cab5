import { html, nothing } from 'lit'
import { pathOf, type ApiError } from '../access.ts'
import { followOverviews, type Overview } from '../overview/feed.ts'
import { icon, typeCell, typeHead } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import type { Listed } from '../parts/list.ts'
import { amount, audienceText, senderText, timeOfDay, titleText } from '../parts/words.ts'
import type { SentNotification } from './sent.ts'

/** How many are kept: the newest. */
const KEPT = 100

/** `<console-log>`: what is sent, as it is committed. It asks for what is new when the log's head has moved, once a second at most. */
export class ConsoleLog extends ConsoleView {
  static override properties = { ...ConsoleView.properties, items: { state: true }, overview: { state: true }, isPaused: { state: true }, lostAt: { state: true } }

  protected declare items: SentNotification[] | undefined
  protected declare overview: Overview | undefined
  protected declare isPaused: boolean
  protected declare lostAt: number | undefined
  #head = -1
  #isReading = false

  constructor () {
    super()
    this.isPaused = false
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    await this.#read(signal)
    const onOverview = (overview: Overview) => {
      this.lostAt = undefined
      this.overview = overview
      if (overview.log.head !== this.#head && !this.isPaused) this.#read(signal, overview.log.head).catch(() => {})
    }
    const onLost = (refusal: ApiError | undefined) => {
      this.lostAt ??= Date.now()
      if (!refusal) return
      this.problem = refusal
      this.app.recheck()
    }
    followOverviews(this.app.open, { onOverview, onLost }, signal).catch(() => {})
  }

  override render () {
    const { overview, items, isPaused, lostAt } = this
    return html`<div class="head"><h1>Log</h1><div class="row">
        ${overview ? html`<span class="muted number">${amount(overview.rates.sends)} sends a second, event ${amount(overview.log.head)}</span>` : nothing}
        <button aria-pressed=${isPaused} @click=${this.#pause}>${isPaused ? 'Go on' : 'Pause'}</button></div></div>
      ${this.renderProblem(this.reload)}
      ${lostAt !== undefined && !this.problem ? html`<div class="note warning" role="status">${icon('warning')}<p>The connection was lost at ${timeOfDay(lostAt)}. Trying again.</p></div>` : nothing}
      ${items === undefined
? html`<p class="muted" role="status">Loading…</p>`
: items.length === 0
  ? html`<div class="empty"><p>Nothing was sent yet. What anybody sends appears here within a second.</p></div>`
  : html`<div class="scroll" tabindex="0" role="region" aria-label="The newest notifications"><table>
        <thead><tr><th scope="col">Sent</th>${typeHead}<th scope="col">Title</th><th scope="col" class="wide">Topic</th><th scope="col" class="wide">To</th><th scope="col" class="wide">By</th></tr></thead>
        <tbody>${items.map(sent => html`<tr><td class="number">${timeOfDay(Date.parse(sent.sent_at))}</td>
          ${typeCell(sent.type)}<th scope="row"><a href=${this.app.href('sent', sent.id)}>${titleText(sent.title)}</a><span class="narrow muted">To: ${audienceText(sent.audience)}</span></th>
          <td class="wide text">${sent.topic}</td><td class="wide text">${audienceText(sent.audience)}</td><td class="wide text">${senderText(sent.sender)}</td></tr>`)}</tbody></table></div>`}`
  }

  async #read (signal: AbortSignal, head?: number): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      const { items } = await this.app.call<Listed<SentNotification>>({ method: 'GET', path: pathOf(['sent'], { limit: KEPT }) }, signal)
      if (signal.aborted) return
      this.items = items
      if (head !== undefined) this.#head = head
    } finally {
      this.#isReading = false
    }
  }

  #pause = (): void => {
    this.isPaused = !this.isPaused
    this.#head = -1
  }
}

customElements.define('console-log', ConsoleLog)
