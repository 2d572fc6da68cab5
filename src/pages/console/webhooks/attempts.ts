import { css, html, nothing } from 'lit'
import { callStates, type CallState } from '../../../protocol/outbound/webhook.ts'
import '../../shared/controls/copy.ts'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { markOf } from '../parts/icons.ts'
import type { Listed } from '../parts/list.ts'
import { ConsoleView } from '../parts/page.ts'
import { when, whenDue } from '../parts/when.ts'
import { ATTEMPT, MOST, outcomeText, repeatedText, type AttemptItem, type WebhookItem } from './state.ts'

/**
 * `<console-webhook-attempts>`: what came of the calls of `webhook`, a page at a time, by state, as the server pages them; and a replay from
 * each. Property `hrefOf`: the address of a state and a place. Event `changed`: look at the webhook again.
 */
export class ConsoleWebhookAttempts extends ConsoleView {
  static override properties = { ...ConsoleView.properties, webhook: { attribute: false }, hrefOf: { attribute: false }, page: { state: true } }

  static override styles = [...ConsoleView.styles, css`
    .between { justify-content: space-between }
    li + li { padding-block-start: 12px; border-block-start: 1px solid var(--line) }
    .states { gap: 4px }
    .states a { padding-inline: 9px }
    @media (forced-colors: active) { .states [aria-current] { outline: 2px solid Highlight; outline-offset: -2px } }
    .what { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0 8px }
    .id { display: inline-flex; align-items: center; font-size: 12px }
  `]

  declare webhook: WebhookItem
  declare hrefOf: (state: string | undefined, before?: string) => string
  protected declare page: Listed<AttemptItem> | undefined
  #shown: string | undefined

  override willUpdate (changed: Map<string, unknown>): void {
    const { path } = this.#call()
    if (path !== this.#shown) this.page = undefined
    else if (!changed.has('webhook')) return
    this.#shown = path
    this.reload()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.page = await this.app.call<Listed<AttemptItem>>(this.#call(), signal)
  }

  get #state (): CallState | undefined {
    return callStates.find(state => state === this.route.query.get('state'))
  }

  #call (): Call {
    return { method: 'GET', path: pathOf(['webhooks', this.webhook.id, 'attempts'], { state: this.#state, limit: 20, before: this.route.query.get('before') ?? undefined }) }
  }

  override render () {
    const { page } = this
    const chosen = this.#state
    const link = (state: CallState | undefined, text: string) => html`<a class="button ${state === chosen ? '' : 'quiet'}" href=${this.hrefOf(state)} aria-current=${state === chosen ? 'true' : nothing}>${text}</a>`
    return html`<section class="card" aria-labelledby="attempts">
      <div class="head"><h3 id="attempts">Calls</h3><button class="quiet" aria-disabled=${this.isLoading} @click=${this.#lookAgain}>Look again</button></div>
      <nav class="row states" aria-label="Calls by state">${link(undefined, 'All')}${callStates.map(state => link(state, ATTEMPT[state].word.replace(/^./, first => first.toUpperCase())))}</nav>
      ${this.renderProblem(page ? undefined : this.reload)}
      ${page ? this.#renderPage(page) : html`<p class="muted" role="status">${this.problem ? '' : 'Loading…'}</p>`}
      <console-curl .calls=${[this.#call()]}></console-curl>
    </section>`
  }

  #renderPage ({ items, next_before: next }: Listed<AttemptItem>) {
    const place = this.route.query.get('before')
    return html`${items.length === 0
? html`<p class="muted">${place ? 'Nothing older.' : this.#emptyText}</p>`
: html`<ul class="stack" aria-busy=${this.isLoading}>${items.map(item => this.#renderItem(item))}</ul>`}
      ${next || place
? html`<nav class="row" aria-label="Pages of calls">${place ? html`<a class="button" href=${this.hrefOf(this.#state)}>First page</a>` : nothing}${next ? html`<a class="button" href=${this.hrefOf(this.#state, next)}>Older</a>` : html`<span class="muted">The last page.</span>`}</nav>`
: nothing}`
  }

  #renderItem (item: AttemptItem) {
    const { kind, word } = ATTEMPT[item.state]
    return html`<li><div class="row between"><span class="what">${markOf(kind, word)}<span class="muted">${outcomeText(item)}</span></span><span class="muted">${when(item.at)}</span></div>
      ${item.next_at ? html`<p class="muted">Tried again ${this.webhook.state === 'active' ? whenDue(item.next_at) : 'once the webhook is active'}</p>` : nothing}
      <div class="row between"><span class="mono muted id" title=${item.webhook_id}>…${item.webhook_id.slice(this.webhook.id.length)}<belfry-copy .value=${item.webhook_id} label="Copy the webhook-id"></belfry-copy></span>
        <button class="quiet" aria-disabled=${this.isBusy} @click=${() => this.#replay(item)}>Deliver again from here<span class="hidden">, ${item.webhook_id}</span></button></div></li>`
  }

  /** At the webhook, too: what became of its calls may have disabled it. */
  #lookAgain = (): void => {
    this.dispatchEvent(new Event('changed'))
  }

  get #emptyText (): string {
    const { state } = this.webhook
    switch (this.#state) {
      case 'pending': return 'Nothing waits to be tried again.'
      case 'failed': return 'Nothing was given up in the last 30 days.'
      case 'delivered': return 'Nothing was delivered yet.'
      default: return state === 'active' ? 'No calls yet. The next event of its types makes one.' : 'No calls.'
    }
  }

  #replay ({ replay_since: since }: AttemptItem): void {
    const { id, state } = this.webhook
    const call: Call = { method: 'POST', path: pathOf(['webhooks', id, 'replay']), body: { since } }
    this.act(async () => {
      const { items } = await this.app.call<Listed<AttemptItem>>({ method: 'GET', path: pathOf(['webhooks', id, 'attempts'], { limit: MOST }) })
      const many = repeatedText(items, since)
      const title = many === undefined ? 'Deliver again from here?' : `Make ${many} again?`
      const text = `This event and all that came after it are posted once more, each with its webhook-id: a receiver that remembers them does nothing twice. ${state === 'active' ? 'It begins at once.' : 'It begins when the webhook is active.'}`
      if (!await this.app.confirm({ title, text, action: 'Deliver again', calls: [call] })) return
      await this.app.call(call)
      this.app.say('It is delivered again.')
      this.app.go(this.hrefOf(undefined), { replace: true })
      this.reload()
    }).catch(() => {})
  }
}

customElements.define('console-webhook-attempts', ConsoleWebhookAttempts)
