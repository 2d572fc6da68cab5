import { html, nothing } from 'lit'
import { isPlatformAdmin, pathOf, type Me } from '../access.ts'
import { ConsoleList, type Listed } from '../parts/list.ts'
import { CHANNELS, holds, rowsOf, type Channel, type Holds, type TopicItem, type TopicRow } from './settings.ts'
import './topic.ts'

/** `<console-topics>`: topics, what holds for who chose nothing and who says so; one of them, or a new one, beside the list. */
export class ConsoleTopics extends ConsoleList<TopicRow> {
  static override properties = { ...ConsoleList.properties, items: { state: true }, named: { state: true } }

  protected declare items: { operator: TopicItem[], company: TopicItem[] } | undefined
  /** The name of a new topic. */
  protected declare named: string
  protected readonly placeName = 'after'

  constructor () {
    super()
    this.named = ''
  }

  /** A company admin sees the operator's settings and its own, whatever it asks for. */
  protected get filters (): readonly string[] {
    return isPlatformAdmin(this.app.me as Me) ? ['q', 'company'] : ['q']
  }

  /** The company whose settings are shown beside the operator's; null for none. */
  get #company (): string | null {
    const me = this.app.me as Me
    return isPlatformAdmin(me) ? this.route.query.get('company') : me.company ?? null
  }

  override willUpdate (changed: Map<string, unknown>): void {
    super.willUpdate(changed)
    const { items } = this
    if (changed.has('items') || changed.has('route')) this.list = items && { items: rowsOf(items.operator, items.company, this.route.query.get('q') ?? '') }
  }

  /** There are 200 at most of each: they are not paged, and found here. */
  protected override async load (signal: AbortSignal): Promise<void> {
    const list = async (company?: string) => (await this.app.call<Listed<TopicItem>>({ method: 'GET', path: pathOf(['topics'], { company }) }, signal)).items
    const company = this.#company
    const [operator, own] = await Promise.all([list(), company === null ? [] : list(company)])
    this.items = { operator, company: own }
  }

  override render () {
    const { item } = this.route
    const { items } = this
    const company = this.#company
    const isPlatform = isPlatformAdmin(this.app.me as Me)
    const open = item === undefined || item === 'new' ? undefined : { name: item, operator: items?.operator.find(({ name }) => name === item), company: items?.company.find(({ name }) => name === item) }
    return html`<div class="head"><h1>Topics</h1><a class="button primary" href=${this.app.href('topics', 'new', this.query)}>Set a topic</a></div>
      ${this.renderProblem(this.reload)}
      <div class="split ${item === undefined ? '' : 'open detail'}">
        <div>
          ${this.renderFilters(html`${this.renderText('q', 'Topic', 'search', 'contains')}${isPlatform ? this.renderText('company', 'Company') : nothing}`)}
          <p class="muted lead">What holds for ${company === null ? 'everybody' : `users of ${company}`} who chose nothing, and who says so. Every other topic is on.</p>
          ${this.renderTable('Topics', html`<th scope="col">Topic</th>${Object.entries(CHANNELS).map(([name, text]) => html`<th scope="col" class=${name === 'inbox' ? '' : 'wide'}>${text}</th>`)}`, row => html`
            <tr aria-current=${row.name === item ? 'true' : nothing}>
              <th scope="row"><a class="mono" href=${this.app.href('topics', row.name, this.query)}>${row.name}</a>${this.#renderDescription(row)}</th>
              ${(Object.keys(CHANNELS) as Channel[]).map(channel => html`<td class=${channel === 'inbox' ? '' : 'wide'}>${renderHolds(holds(channel, row.operator, row.company), company)}</td>`)}</tr>`,
            html`<p>Nothing is said of any topic: all are on, and users choose.</p><p><a href=${this.app.href('topics', 'new', this.query)}>Set the first</a></p>`)}
        </div>
        ${item === 'new' ? this.#renderNew() : nothing}
        ${open && items ? this.#renderTopic(open, company, isPlatform) : nothing}
      </div>`
  }

  #renderDescription ({ operator, company }: TopicRow) {
    const text = company?.description ?? operator?.description
    return text ? html`<br><span class="muted">${text}</span>` : nothing
  }

  #renderTopic (row: TopicRow, company: string | null, isPlatform: boolean) {
    const settings = (whose: string | null, item: TopicItem | undefined, mayEdit: boolean) => html`<console-topic .app=${this.app} .name=${row.name} .company=${whose} .item=${item} .operator=${row.operator} .mayEdit=${mayEdit} @changed=${this.changed}></console-topic>`
    return html`<div><section class="card" aria-labelledby="name">
        <div class="head"><h2 id="name">${row.name}</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
        <dl>${(Object.keys(CHANNELS) as Channel[]).map(channel => html`<dt>${CHANNELS[channel]}</dt><dd>${renderHolds(holds(channel, row.operator, row.company), company)}</dd>`)}</dl>
        <p class="hint">First of: the operator's lock, the company's lock, what a user chose, the company, the operator. A change holds for what is sent from then on.</p>
      </section>
      ${company === null ? nothing : settings(company, row.company, true)}
      ${settings(null, row.operator, isPlatform)}
      ${isPlatform && company === null ? html`<p class="hint">Filter by a company to see and change what it says.</p>` : nothing}</div>`
  }

  #renderNew () {
    const name = this.named.trim()
    return html`<section class="card" aria-labelledby="new"><div class="head"><h2 id="new">Set a topic</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      <form class="stack" @submit=${this.#begin}>
        <div><label for="topic">Topic</label><input id="topic" autocomplete="off" autocapitalize="off" maxlength="64" .value=${this.named} aria-describedby="topic-hint" @input=${(event: Event) => { this.named = (event.target as HTMLInputElement).value }}>
          <p class="hint" id="topic-hint">As senders write it: letters, digits, _ . or -</p></div>
        <div class="row"><button class="primary" ?disabled=${!/^[\w.-]{1,64}$/.test(name)}>Go on</button></div>
      </form></section>`
  }

  #begin = (event: Event): void => {
    event.preventDefault()
    const name = this.named.trim()
    this.named = ''
    this.app.go(this.app.href('topics', name, this.query))
  }
}

/** "Off · locked by the operator". */
function renderHolds ({ value, source, locked }: Holds, company: string | null) {
  const who = source === 'operator' ? 'the operator' : source === 'company' ? company : undefined
  return html`<strong>${value === 'on' ? 'On' : value === 'off' ? 'Off' : 'Daily digest'}</strong> <span class="muted">${who === undefined ? 'by default' : locked ? `locked by ${who}` : `by ${who}`}</span>`
}

customElements.define('console-topics', ConsoleTopics)
