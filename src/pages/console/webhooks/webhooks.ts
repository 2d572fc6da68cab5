import { html, nothing } from 'lit'
import '../../shared/controls/copy.ts'
import { isPlatformAdmin, pathOf, type Me } from '../access.ts'
import { icon, markOf } from '../parts/icons.ts'
import { ConsoleList } from '../parts/list.ts'
import { when } from '../parts/when.ts'
import { counted } from '../parts/words.ts'
import './attempts.ts'
import type { CreatedWebhook } from './form.ts'
import './form.ts'
import { faring, urlParts, type WebhookItem } from './state.ts'
import './webhook.ts'

/** `<console-webhooks>`: webhooks and how they fare, paged by the server; one of them with its calls, or a new one, beside the list. */
export class ConsoleWebhooks extends ConsoleList<WebhookItem> {
  static override properties = { ...ConsoleList.properties, webhook: { state: true }, secret: { state: true } }

  protected declare webhook: WebhookItem | undefined
  /** A secret that was made just now, and of which webhook it is. */
  protected declare secret: { id: string, value: string, isFirst: boolean } | undefined
  protected readonly placeName = 'after'
  protected readonly filters = []

  protected override async load (signal: AbortSignal): Promise<void> {
    const { item } = this.route
    if (this.webhook?.id !== item) this.webhook = undefined
    // Not seen again by who comes back later.
    if (this.secret?.id !== item) this.secret = undefined
    await this.fetchList(pathOf(['webhooks'], { limit: 50, ...this.query }), signal)
    if (item !== undefined && item !== 'new') this.webhook = await this.app.call<WebhookItem>({ method: 'GET', path: pathOf(['webhooks', item]) }, signal)
  }

  override render () {
    const { item } = this.route
    const { webhook, secret } = this
    const isNew = item === 'new'
    return html`<div class="head"><h1>Webhooks</h1><a class="button primary" href=${this.app.href('webhooks', 'new', this.query)}>Create a webhook</a></div>
      ${this.renderProblem(this.reload)}
      ${secret ? this.#renderSecret(secret) : nothing}
      <div class="split ${isNew || webhook ? 'open detail' : ''}">
        <div>
          ${this.renderTable('Webhooks', html`<th scope="col">Posts to</th><th scope="col">State</th><th scope="col" class="wide">Events of</th><th scope="col" class="wide">Called for</th><th scope="col" class="wide">Since</th>`, row => html`
            <tr aria-current=${row.id === item ? 'true' : nothing}>
              <th scope="row"><a href=${this.app.href('webhooks', row.id, this.query)}>${urlParts(row.url).host}</a>${urlParts(row.url).rest ? html`<br><span class="mono muted">${urlParts(row.url).rest}</span>` : nothing}${row.company ? html`<span class="narrow muted">Events of ${row.company}</span>` : nothing}</th>
              <td>${this.#renderFaring(row)}</td><td class="wide ${row.company ? 'text' : ''}">${row.company ?? 'everybody'}</td>
              <td class="wide text">${row.types.length <= 2 ? row.types.join(', ') : `${row.types[0]} and ${counted(row.types.length - 1, 'more', 'more')}`}</td><td class="wide">${when(row.created_at)}</td></tr>`,
            html`<p>Nothing is called yet. A webhook posts what happens, as it happens, to a server of yours${isPlatformAdmin(this.app.me as Me) ? '' : `: what is sent to ${this.app.me.company} alone, and what its users do`}.</p><p><a href=${this.app.href('webhooks', 'new')}>Create the first</a></p>`)}
        </div>
        ${isNew ? html`<section class="card" aria-labelledby="new"><div class="head"><h2 id="new">New webhook</h2><a class="button quiet" href=${this.closeHref}>Close</a></div><console-webhook-form .app=${this.app} @created=${this.#created}></console-webhook-form></section>` : nothing}
        ${webhook
? html`<div><console-webhook .app=${this.app} .webhook=${webhook} .closeHref=${this.closeHref} @changed=${this.changed} @removed=${this.removed} @secret=${(event: CustomEvent<string>) => this.#reveal({ id: webhook.id, value: event.detail, isFirst: false })}></console-webhook>
          <console-webhook-attempts .app=${this.app} .route=${this.route} .webhook=${webhook} .hrefOf=${(state: string | undefined, before?: string) => this.app.href('webhooks', webhook.id, { ...this.query, state, before })} @changed=${this.changed}></console-webhook-attempts></div>`
: nothing}
      </div>`
  }

  #renderFaring (row: WebhookItem) {
    const { kind, word } = faring(row)
    return markOf(kind, word)
  }

  #renderSecret ({ value, isFirst }: NonNullable<typeof this.secret>) {
    return html`<div class="note success" id="made" tabindex="-1">${icon('success')}<div>
      <p>${isFirst ? 'Its secret' : 'Its new secret'}, with which the receiver verifies calls. It is not shown again: keep it now.</p>
      <p class="row"><code class="mono" id="secret">${value}</code> <belfry-copy .value=${value} label="Copy the secret"></belfry-copy></p></div></div>`
  }

  #created = ({ detail: { id, secret } }: CustomEvent<CreatedWebhook>): void => {
    this.forgetList()
    this.app.go(this.app.href('webhooks', id, this.query))
    this.#reveal({ id, value: secret, isFirst: true })
  }

  #reveal (secret: NonNullable<typeof this.secret>): void {
    this.secret = secret
    this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#made')?.focus()).catch(() => {})
  }
}

customElements.define('console-webhooks', ConsoleWebhooks)
