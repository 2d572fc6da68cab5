import { html, nothing } from 'lit'
import '../../shared/controls/copy.ts'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { icon, markOf } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { when } from '../parts/when.ts'
import { counted } from '../parts/words.ts'
import './form.ts'
import { faring, urlParts, whyDisabled, type WebhookItem } from './state.ts'

interface TestResult { state: 'delivered' | 'failed', status: number | null, error?: string }

/**
 * `<console-webhook>`: one webhook: how it fares, a test call, another secret, on and off, its settings, removal. Properties `webhook`,
 * `closeHref`; events `changed`, `removed`, `secret` (a CustomEvent whose detail is the new one).
 */
export class ConsoleWebhook extends ConsoleView {
  static override properties = { ...ConsoleView.properties, webhook: { attribute: false }, closeHref: {}, result: { state: true } }

  declare webhook: WebhookItem
  declare closeHref: string
  protected declare result: TestResult | undefined

  override willUpdate (changed: Map<string, unknown>): void {
    const before = changed.get('webhook') as WebhookItem | undefined
    if (before && before.id !== this.webhook.id) this.result = undefined
  }

  override render () {
    const { webhook } = this
    const { kind, word } = faring(webhook)
    const isActive = webhook.state === 'active'
    return html`<section class="card" aria-labelledby="name">
      <div class="head"><h2 id="name">${urlParts(webhook.url).host}</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      ${this.renderProblem()}
      ${isActive ? nothing : html`<div class="note ${webhook.disabled_reason === 'manual' ? 'info' : 'error'}">${icon(webhook.disabled_reason === 'manual' ? 'info' : 'error')}<p>${whyDisabled(webhook)}</p></div>`}
      ${isActive && webhook.failing_since ? html`<div class="note warning">${icon('warning')}<p>Its calls fail, the first of them ${when(webhook.failing_since)}. After five days of that it is disabled.</p></div>` : nothing}
      ${webhook.missed > 0 ? html`<div class="note warning" id="missed">${icon('warning')}<p>It missed ${counted(webhook.missed, 'event')}: they were removed as too old before it was called for them. Noticed ${webhook.missed_at ? when(webhook.missed_at) : 'once'}.</p></div>` : nothing}
      <dl>
        <dt>State</dt><dd>${markOf(kind, word)}</dd>
        <dt>URL</dt><dd class="mono">${webhook.url} <belfry-copy .value=${webhook.url} label="Copy the URL"></belfry-copy></dd>
        <dt>Events of</dt><dd>${webhook.company ?? 'everybody'}</dd>
        <dt>Since</dt><dd>${when(webhook.created_at, true)}</dd>
        <dt>Id</dt><dd class="mono">${webhook.id} <belfry-copy .value=${webhook.id} label="Copy the id"></belfry-copy></dd>
      </dl>
      <div class="row">
        <button aria-disabled=${this.isBusy} @click=${this.#test}>Send a test call</button>
        <button aria-disabled=${this.isBusy} @click=${this.#rotate}>New secret</button>
        <button aria-disabled=${this.isBusy} @click=${this.#switch}>${isActive ? 'Disable' : 'Make it active'}</button>
        <button class="danger" aria-disabled=${this.isBusy} @click=${this.#remove}>Remove</button>
      </div>
      <div role="status">${this.result ? this.#renderResult(this.result) : nothing}</div>
      <console-curl .calls=${[this.#post('test')]} name="The test call"></console-curl>
      <details><summary>Settings</summary><console-webhook-form .app=${this.app} .webhook=${webhook} @changed=${() => this.#changed()}></console-webhook-form></details>
    </section>`
  }

  #renderResult ({ state, status, error }: TestResult) {
    const isDone = state === 'delivered'
    return html`<div class="note ${isDone ? 'success' : 'error'}" id="result">${icon(isDone ? 'success' : 'error')}<p>${isDone ? `The receiver answered ${status}.` : `The test call failed: ${error ?? 'no answer'}.`}</p></div>`
  }

  #post (what: string): Call {
    return { method: 'POST', path: pathOf(['webhooks', this.webhook.id, what]) }
  }

  #changed (): void {
    this.dispatchEvent(new Event('changed'))
  }

  #test = (): void => {
    this.result = undefined
    this.act(async () => {
      this.result = await this.app.call<TestResult>(this.#post('test'))
    }).catch(() => {})
  }

  #rotate = (): void => {
    const call = this.#post('rotate')
    this.act(async () => {
      if (!await this.app.confirm({ title: 'Give it another secret?', text: 'The secret it has now signs for 24 hours more, beside the new one: give the new one to the receiver until then. It is shown once.', action: 'New secret', calls: [call] })) return
      const { secret } = await this.app.call<{ secret: string }>(call)
      this.dispatchEvent(new CustomEvent('secret', { detail: secret }))
    }).catch(() => {})
  }

  #switch = (): void => {
    const { id, url, state } = this.webhook
    const isActive = state === 'active'
    const call: Call = { method: 'PATCH', path: pathOf(['webhooks', id]), body: { state: isActive ? 'disabled' : 'active' } }
    const { host } = urlParts(url)
    const text = isActive
      ? 'Nothing is posted to it until it is made active again. Then it goes on where it was, as far as the log goes back.'
      : 'It goes on where it was: what happened since is posted to it, as far as the log goes back.'
    this.act(async () => {
      if (!await this.app.confirm({ title: isActive ? `Disable ${host}?` : `Make ${host} active?`, text, action: isActive ? 'Disable' : 'Make it active', isDanger: isActive, calls: [call] })) return
      await this.app.call(call)
      this.app.say(isActive ? 'It is disabled.' : 'It is active.')
      this.#changed()
    }).catch(() => {})
  }

  #remove = (): void => {
    const { id, url } = this.webhook
    const call: Call = { method: 'DELETE', path: pathOf(['webhooks', id]) }
    this.act(async () => {
      const { items, next_before: next } = await this.app.call<{ items: unknown[], next_before: string | null }>({ method: 'GET', path: pathOf(['webhooks', id, 'attempts'], { state: 'pending', limit: 200 }) })
      const pending = items.length === 0 ? 'No call is pending.' : `It forgets ${next ? `more than ${items.length} calls` : counted(items.length, 'call')} that ${items.length === 1 ? 'is' : 'are'} pending.`
      if (!await this.app.confirm({ title: `Remove ${urlParts(url).host}?`, text: `${pending} Nothing more is posted to it, and its secret is gone. This cannot be undone.`, action: 'Remove', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say('It is removed.')
      this.dispatchEvent(new Event('removed'))
    }).catch(() => {})
  }
}

customElements.define('console-webhook', ConsoleWebhook)
