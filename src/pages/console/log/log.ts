import { css, html, nothing } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { FeedItem, FeedPage } from '../../../protocol/outbound/feed.ts'
import { pathOf, type ApiError } from '../access.ts'
import '../parts/curl.ts'
import { icon, markOf, typeMark } from '../parts/icons.ts'
import type { Listed } from '../parts/list.ts'
import { ConsoleView } from '../parts/page.ts'
import { audienceText, counted, timeOfDay, titleText } from '../parts/words.ts'
import type { SentNotification } from '../sending/sent.ts'
import { actorOf, concernsSent, KINDS, wordOf, type Entry } from './entries.ts'
import { followEvents, newest } from './follow.ts'

/** How many are kept: the newest. */
const KEPT = 200
/** How many notifications are known by their titles: those that were sent last. */
const KNOWN = 200

/** `<console-log>`: what happens, as it is committed: sends, what readers do with them, users, failed deliveries. */
export class ConsoleLog extends ConsoleView {
  static override styles = [...ConsoleView.styles, css`.what .type { white-space: normal } .filters { grid-template-columns: minmax(0, 240px) }`]
  static override properties = { ...ConsoleView.properties, events: { state: true }, known: { state: true }, isPaused: { state: true }, held: { state: true }, lostAt: { state: true } }

  /** The newest first. */
  protected declare events: FeedItem[] | undefined
  protected declare known: ReadonlyMap<string, SentNotification>
  protected declare isPaused: boolean
  /** How many events wait until it goes on. */
  protected declare held: number
  protected declare lostAt: number | undefined
  #goOn = () => {}

  constructor () {
    super()
    this.isPaused = false
    this.held = 0
    this.known = new Map()
  }

  /** The types that are asked for, as the API takes them; undefined: all. */
  get #types (): string | undefined {
    return KINDS[this.route.query.get('kind') ?? '']?.types.join()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.events = this.lostAt = undefined
    const onEvents = async (page: FeedPage, isStart: boolean) => {
      this.lostAt = undefined
      if (this.isPaused && !isStart && page.items.length > 0) await this.#hold(page.items.length, signal)
      if (isStart || page.items.some(concernsSent)) await this.#know(signal)
      if (!signal.aborted) this.events = [...page.items.toReversed(), ...isStart ? [] : this.events ?? []].slice(0, KEPT)
    }
    const onLost = (refusal: ApiError | undefined) => {
      if (refusal) {
        this.problem = refusal
        this.app.recheck()
      }
      this.lostAt ??= Date.now()
    }
    followEvents(this.app.open, this.#types, { onEvents, onLost }, signal).catch(() => {})
  }

  /** Resolves when it goes on, or shows something else. */
  async #hold (count: number, signal: AbortSignal): Promise<void> {
    this.held = count
    await new Promise<void>(resolve => {
      this.#goOn = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.held = 0
  }

  /** Learns titles and audiences: events have no texts. Without them, ids are shown. */
  async #know (signal: AbortSignal): Promise<void> {
    const sent = await this.app.call<Listed<SentNotification>>({ method: 'GET', path: pathOf(['sent'], { limit: KNOWN }) }, signal).catch(() => undefined)
    if (sent) this.known = new Map(sent.items.map(item => [item.id, item]))
  }

  override render () {
    const { isPaused, held, lostAt, events } = this
    const kind = this.route.query.get('kind') ?? ''
    return html`<div class="head"><h1>Log</h1><button aria-pressed=${isPaused} @click=${this.#pause}>${!isPaused ? 'Pause' : held > 0 ? `Go on, ${counted(held, 'new event')}` : 'Go on'}</button></div>
      ${this.renderProblem(this.reload)}
      ${lostAt !== undefined && !this.problem ? html`<div class="note warning" role="status">${icon('warning')}<p>The connection was lost at ${timeOfDay(lostAt)}. Trying again.</p></div>` : nothing}
      <div class="filters"><div><label for="kind">What</label><select id="kind" @change=${this.#choose}><option value="" .selected=${kind === ''}>Everything</option>${Object.entries(KINDS).map(([name, { label }]) => html`<option value=${name} .selected=${kind === name}>${label}</option>`)}</select></div></div>
      ${events === undefined ? html`<p class="muted" role="status">${this.problem ? '' : 'Loading…'}</p>` : this.#renderEvents(events)}
      <console-curl .calls=${[{ method: 'GET', path: newest(this.#types) }]}></console-curl>`
  }

  #renderEvents (events: FeedItem[]) {
    if (events.length === 0) return html`<div class="empty"><p>Nothing of it happened lately. What happens appears here within a second or two.</p></div>`
    return html`<div class="scroll" tabindex="0" role="region" aria-label="The newest events"><table>
      <thead><tr><th scope="col" class="wide number">Time</th><th scope="col">What</th><th scope="col">About</th><th scope="col" class="wide">Who</th><th scope="col" class="wide">Topic</th></tr></thead>
      <tbody>${repeat(events, ({ cursor }) => cursor, event => this.#renderEntry({ event, sent: this.known.get(event.notification_ids?.[0] ?? '') }))}</tbody></table></div>`
  }

  #renderEntry (entry: Entry) {
    const { event, sent } = entry
    const who = this.#renderWho(entry)
    const time = timeOfDay(Date.parse(event.at))
    return html`<tr><td class="wide number">${time}</td><td class="what">${this.#renderWhat(entry)}</td>
      <th scope="row">${this.#renderAbout(event)}${sent && event.type === 'notification.sent' ? html`<br><span class="muted">To: ${audienceText(sent.audience)}</span>` : nothing}<span class="narrow muted">${time}${who === nothing ? nothing : html`, ${who}`}</span></th>
      <td class="wide text">${who}</td><td class="wide text">${event.topic ?? nothing}</td></tr>`
  }

  #renderWhat ({ event: { type }, sent }: Entry) {
    const word = wordOf(type)
    if (KINDS['failures']!.types.some(failure => failure === type)) return markOf('error', word)
    return type === 'notification.sent' && sent ? html`${typeMark(sent.type, word)}<span class="hidden">, ${sent.type}</span>` : word
  }

  #renderAbout ({ type, notification_ids: ids = [], user_id: user, webhook_id: webhook }: FeedItem) {
    if (type.startsWith('user.')) return this.#renderUser(user!)
    const shown = ids.slice(0, 3).map((id, index) => html`${index > 0 ? ', ' : ''}<a href=${this.app.href('sent', id)}>${this.known.has(id) ? titleText(this.known.get(id)!.title) : html`<span class="mono">${id}</span>`}</a>`)
    const more = ids.length > 3 ? ` and ${counted(ids.length - 3, 'more', 'more')}` : ''
    return html`${shown}${more}${webhook === undefined ? nothing : html`${ids.length > 0 ? ', ' : ''}<a href=${this.app.href('webhooks', webhook)}>a webhook</a>`}${type === 'inbox.read_all' ? 'The inbox' : nothing}`
  }

  #renderWho (entry: Entry) {
    const actor = actorOf(entry)
    return actor?.user !== undefined ? this.#renderUser(actor.user) : actor?.key !== undefined ? `API key ${actor.key}` : nothing
  }

  #renderUser (id: string) {
    return html`<a href=${this.app.href('users', id)}>${id}</a>`
  }

  #choose = (event: Event): void => {
    this.app.go(this.app.href('log', undefined, { kind: (event.target as HTMLSelectElement).value }))
  }

  #pause = (): void => {
    this.isPaused = !this.isPaused
    if (!this.isPaused) this.#goOn()
  }
}

customElements.define('console-log', ConsoleLog)
