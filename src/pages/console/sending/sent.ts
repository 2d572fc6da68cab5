import { html, nothing } from 'lit'
import { notificationTypes } from '../../../protocol/notification.ts'
import { pathOf, type ApiError } from '../access.ts'
import { typeCell, typeHead } from '../parts/icons.ts'
import { ConsoleList } from '../parts/list.ts'
import { when } from '../parts/when.ts'
import { audienceText, senderText, titleText, type Audience } from '../parts/words.ts'
import '../report/report.ts'
import '../report/why.ts'
import type { ReportState } from '../report/funnel.ts'
import './sent-detail.ts'

/** A notification as its sender sees it. */
export interface SentNotification {
  id: string
  title: string | null
  message: string | null
  type: string
  topic: string | null
  audience: Audience
  sender: string
  created_at: string
  sent_at: string
  expires_at: string | null
  revision: number
  recalled_at: string | null
}

/** `<console-sent>`: what was sent, filtered and paged by the server, and one of them beside the list. */
export class ConsoleSent extends ConsoleList<SentNotification> {
  static override properties = { ...ConsoleList.properties, item: { state: true }, itemProblem: { state: true } }

  protected declare item: SentNotification | undefined
  protected declare itemProblem: ApiError | undefined
  protected readonly filters = ['q', 'topic', 'type', 'sender', 'from', 'to']
  protected readonly placeName = 'before'

  protected override async load (signal: AbortSignal): Promise<void> {
    const { item } = this.route
    this.item = this.item?.id === item ? this.item : undefined
    if (item !== undefined) this.item = await this.app.call<SentNotification>({ method: 'GET', path: pathOf(['sent', item]) }, signal)
    // Alone, it is looked at for what is new.
    if (item === undefined) this.forgetList()
    await this.fetchList(pathOf(['sent'], { limit: 25, ...this.query, ...endOfDay(this.route.query.get('to')) }), signal)
  }

  override render () {
    const { item } = this.route
    return html`<div class="head"><h1>Sent</h1><a class="button primary" href=${this.app.href('compose')}>Compose</a></div>
      ${this.renderProblem(this.reload)}
      <div class="split ${this.item ? 'open detail' : ''}">
        <div>
          ${this.renderFilters(html`
            ${this.renderText('q', 'Title', 'search', 'begins with')}${this.renderText('topic', 'Topic')}${this.renderChoice('type', 'Type', notificationTypes)}
            ${this.renderText('sender', 'Sender', 'text', 'user:id or key:id')}${this.renderText('from', 'From', 'date')}${this.renderText('to', 'To', 'date')}`)}
          ${this.renderTable('Sent notifications', html`${typeHead}<th scope="col">Title</th><th scope="col" class="wide">To</th><th scope="col" class="wide">By</th><th scope="col">Sent</th>`, sent => html`
            <tr aria-current=${sent.id === item ? 'true' : nothing}>
              ${typeCell(sent.type)}<th scope="row"><a href=${this.app.href('sent', sent.id, this.query)}>${titleText(sent.title)}</a><span class="narrow muted">To: ${audienceText(sent.audience)}</span></th>
              <td class="wide text">${audienceText(sent.audience)}</td><td class="wide text">${senderText(sent.sender)}</td><td>${when(sent.sent_at)}</td></tr>`,
            html`<p>Nothing was sent yet. What you and others send stands here.</p><p><a href=${this.app.href('compose')}>Compose the first</a></p>`)}
        </div>
        ${this.item
? html`<div>
          <console-sent-detail .app=${this.app} .sent=${this.item} .closeHref=${this.closeHref} @changed=${this.changed}></console-sent-detail>
          <console-report .app=${this.app} .route=${this.route} .sent=${this.item} .hrefOf=${this.#hrefOf}></console-report>
          <console-why .app=${this.app} .route=${this.route} .sent=${this.item} .hrefFor=${this.#hrefFor}></console-why>
        </div>`
: nothing}
      </div>`
  }

  /** Where the list is hidden, who it is that did not get it. */
  protected override get searches (): HTMLElement[] {
    const whom = this.renderRoot.querySelector('console-why')?.renderRoot.querySelector<HTMLElement>('[type=search]')
    return [...super.searches, ...whom ? [whom] : []]
  }

  /** The address of the open notification with a list of its recipients, and of the answer about one of them. */
  #hrefOf = (state: ReportState | undefined, place?: string, user = this.route.query.get('user') ?? undefined): string => this.app.href('sent', this.route.item, { ...this.query, state, place, user })

  #hrefFor = (user: string): string => this.#hrefOf(this.route.query.get('state') as ReportState | null ?? undefined, this.route.query.get('place') ?? undefined, user)
}

/** A day that a list ends with is included. */
function endOfDay (to: string | null): { to?: string } {
  return to && /^\d{4}-\d\d-\d\d$/.test(to) ? { to: `${to}T23:59:59.999Z` } : {}
}

customElements.define('console-sent', ConsoleSent)
