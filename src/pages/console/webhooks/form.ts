import { css, html, nothing } from 'lit'
import { isPlatformAdmin, pathOf, type Call, type Me } from '../access.ts'
import '../parts/curl.ts'
import { ConsoleView } from '../parts/page.ts'
import { GROUPS, type WebhookItem } from './state.ts'

interface Fields { url: string, types: string[], company: string, ordered: boolean }

/** What the form tells: a webhook that was created, with its secret. */
export interface CreatedWebhook extends WebhookItem { secret: string }

/**
 * `<console-webhook-form>`: creates a webhook, or changes `webhook`. Emits `created` (a CustomEvent whose detail is the CreatedWebhook) or
 * `changed`.
 */
export class ConsoleWebhookForm extends ConsoleView {
  static override properties = { ...ConsoleView.properties, webhook: { attribute: false }, fields: { state: true } }
  static override styles = [...ConsoleView.styles, css`
    .types { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 230px), 1fr)); column-gap: 16px }
    .types .choice { margin: 0; font-size: 13px }
    fieldset + fieldset { margin-top: 12px }
    legend { font-weight: 400; color: var(--muted) }
  `]

  declare webhook: WebhookItem | undefined
  protected declare fields: Fields
  #shown: string | undefined

  constructor () {
    super()
    this.fields = fieldsOf(undefined)
  }

  override willUpdate (): void {
    // Not when the same webhook is loaded again while somebody types.
    const shown = JSON.stringify(fieldsOf(this.webhook))
    if (shown === this.#shown) return
    this.#shown = shown
    this.fields = fieldsOf(this.webhook)
  }

  override render () {
    const { fields, webhook } = this
    const isPlatform = isPlatformAdmin(this.app.me as Me)
    return html`<form class="stack" novalidate @submit=${this.#save} @input=${this.#read}>
        <div><label for="url">URL</label><input id="url" name="url" type="url" inputmode="url" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="2048" placeholder="https://" .value=${fields.url} aria-invalid=${this.wrong('url') !== undefined} aria-describedby="url-hint wrong-url">
          <p class="hint" id="url-hint">Where to post. It must be reachable from the internet, by https.</p>${this.renderWrong('url')}</div>
        ${webhook === undefined && isPlatform
? html`<div><label for="company">Events of the company (optional)</label><input id="company" name="company" autocomplete="off" autocapitalize="off" .value=${fields.company} aria-invalid=${this.wrong('company') !== undefined} aria-describedby="company-hint wrong-company">
          <p class="hint" id="company-hint">Without one, it is called for everybody's events.</p>${this.renderWrong('company')}</div>`
: nothing}
        <div role="group" aria-labelledby="types-name" aria-describedby="wrong-types"><h3 id="types-name">Is called for</h3>${this.renderWrong('types')}
          ${Object.entries(GROUPS).map(([name, types]) => html`<fieldset><legend>${name}</legend><div class="types">${types.map(type => html`<label class="choice"><input type="checkbox" id=${type} name="type" value=${type} .checked=${fields.types.includes(type)}><span class="mono">${type}</span></label>`)}</div></fieldset>`)}</div>
        <div><label class="choice"><input type="checkbox" name="ordered" .checked=${fields.ordered} aria-describedby="ordered-hint">One call after the other, in order</label>
          <p class="hint" id="ordered-hint">One that fails holds up all behind it. Else up to eight calls are under way at once, and may overtake each other.</p></div>
        ${this.renderProblem()}
        <div class="row"><button class=${webhook ? '' : 'primary'} aria-disabled=${this.isBusy} ?disabled=${webhook !== undefined && !this.#hasChanged}>${webhook ? 'Save' : 'Create'}</button></div>
        <console-curl .calls=${[this.#call()]}></console-curl>
      </form>`
  }

  get #hasChanged (): boolean {
    return JSON.stringify(this.fields) !== this.#shown
  }

  /** An address that the server does not call is said at its field. */
  protected override wrong (name: string): string | undefined {
    return super.wrong(name) ?? (name === 'url' && this.problem?.code === 'BLF_URL_BLOCKED' ? this.problem.message : undefined)
  }

  #call (): Call {
    const { url, types, company, ordered } = this.fields
    const { webhook } = this
    if (webhook === undefined) return { method: 'POST', path: pathOf(['webhooks']), body: { url: url.trim(), types, ...(company.trim() === '' ? {} : { company: company.trim() }), ...(ordered ? { ordered } : {}) } }
    const before = fieldsOf(webhook)
    const body = { ...(url.trim() === before.url ? {} : { url: url.trim() }), ...(String(types) === String(before.types) ? {} : { types }), ...(ordered === before.ordered ? {} : { ordered }) }
    return { method: 'PATCH', path: pathOf(['webhooks', webhook.id]), body }
  }

  #read = (event: Event): void => {
    const { name, value, checked } = event.target as HTMLInputElement
    const { fields } = this
    if (name === 'type') {
      const chosen = checked ? [...fields.types, value] : fields.types.filter(type => type !== value)
      this.fields = { ...fields, types: inOrder(chosen) }
    } else this.fields = { ...fields, [name]: name === 'ordered' ? checked : value }
  }

  #save = (event: Event): void => {
    event.preventDefault()
    const { webhook } = this
    this.act(async () => {
      const answer = await this.app.call<CreatedWebhook>(this.#call())
      this.app.say(webhook ? 'Saved.' : 'Created.')
      this.dispatchEvent(webhook ? new Event('changed') : new CustomEvent<CreatedWebhook>('created', { detail: answer }))
    }).catch(() => {})
  }
}

/** As the form lists them, so that the same choice is the same list. */
function inOrder (types: string[]): string[] {
  return Object.values(GROUPS).flat().filter(type => types.includes(type))
}

function fieldsOf (webhook: WebhookItem | undefined): Fields {
  if (!webhook) return { url: '', types: [], company: '', ordered: false }
  const { url, types, company, ordered } = webhook
  return { url, types: inOrder(types), company: company ?? '', ordered }
}

customElements.define('console-webhook-form', ConsoleWebhookForm)
