import { html, nothing } from 'lit'
import type { Recipient, RecipientState } from '../../../client/backend/reports.ts'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import type { Listed } from '../parts/list.ts'
import { ConsoleView } from '../parts/page.ts'
import { when } from '../parts/when.ts'
import type { SentNotification } from '../sending/sent.ts'

const NAMES: Record<RecipientState, string> = {
  recipients: 'Its audience',
  delivered: 'Delivered',
  seen: 'Seen',
  read: 'Read',
  acknowledged: 'Acknowledged',
  outstanding: 'Have not acknowledged',
  acted: 'Acted',
  muted: 'Had the topic off'
}

/** `<console-recipients>`: the recipients in a state, a page at a time, as the server pages them. Properties `sent`, `state`, `hrefOf`. */
export class ConsoleRecipients extends ConsoleView {
  static override properties = { ...ConsoleView.properties, sent: { attribute: false }, state: {}, hrefOf: { attribute: false }, page: { state: true } }

  declare sent: SentNotification
  declare state: RecipientState
  declare hrefOf: (state: RecipientState | undefined, after?: string, user?: string) => string
  protected declare page: Listed<Recipient> | undefined
  #shown: string | undefined

  override willUpdate (): void {
    const { path } = this.#call()
    if (path === this.#shown) return
    // Of another list nothing stays; of this one, the page before does until the next is there.
    if (this.#shown?.split('&')[0] !== path.split('&')[0]) this.page = undefined
    this.#shown = path
    this.reload()
  }

  override updated (changed: Map<string, unknown>): void {
    // Whoever chose a list reads on there.
    if (changed.has('state')) this.renderRoot.querySelector<HTMLElement>('h3')?.focus()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.page = await this.app.call<Listed<Recipient>>(this.#call(), signal)
  }

  #call (): Call {
    return { method: 'GET', path: pathOf(['reports', this.sent.id, 'users'], { state: this.state, limit: 20, after: this.route.query.get('place') ?? undefined }) }
  }

  override render () {
    const { page, state } = this
    return html`<section class="stack" aria-labelledby="who">
      <div class="head"><h3 id="who" tabindex="-1">${NAMES[state] ?? state}</h3><a class="button quiet" href=${this.hrefOf(undefined)}>Close the list</a></div>
      ${this.renderProblem(this.reload)}
      ${page ? this.#renderPage(page) : html`<p class="muted" role="status">${this.problem ? '' : 'Loading…'}</p>`}
      <console-curl .calls=${[this.#call()]}></console-curl>
    </section>`
  }

  #renderPage ({ items, next_after: next }: Listed<Recipient>) {
    const place = this.route.query.get('place')
    return html`${items.length === 0 ? html`<p class="muted">${next ? 'Nobody on this page; there are more.' : 'Nobody.'}</p>` : html`<ul class="stack">${items.map(item => html`<li><a href=${this.hrefOf(this.state, place ?? undefined, item.user_id)}>${item.user_id}</a><br><span class="muted">${this.#facts(item)}</span></li>`)}</ul>`}
      ${next || place
? html`<nav class="row" aria-label="Pages of users">${place ? html`<a class="button" href=${this.hrefOf(this.state)}>First page</a>` : nothing}${next ? html`<a class="button" href=${this.hrefOf(this.state, next)}>Next page</a>` : html`<span class="muted">The last page.</span>`}</nav>`
: nothing}`
  }

  #facts ({ delivered, seen, read, acted, muted, late, acknowledged_at: acknowledgedAt }: Recipient) {
    const facts = [muted ? 'had the topic off' : delivered ? 'delivered' : 'not delivered', ...seen ? ['seen'] : [], ...read ? ['read'] : [], ...acted ? ['acted'] : []].join(', ')
    return html`${facts}${acknowledgedAt ? html`, acknowledged${late ? ' late' : ''} ${when(acknowledgedAt)}` : nothing}`
  }
}

customElements.define('console-recipients', ConsoleRecipients)
