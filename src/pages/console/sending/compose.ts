import { html, nothing } from 'lit'
import { notificationTypes } from '../../../protocol/notification.ts'
import { ApiError, asApiError, pathOf, type Call } from '../access.ts'
import { assertTitle, withInput } from '../parts/forms.ts'
import { icon } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { audienceText, counted, exact, fromLocal, type Audience } from '../parts/words.ts'
import './audience.ts'
import './demand.ts'
import '../parts/curl.ts'
import { bodyOf, EMPTY, newId, type Acknowledge, type Draft } from './draft.ts'
import './preview.ts'
import { countRecipients, inboxes, recall, refusalOf, type Recipients } from './reach.ts'

/** From so many inboxes on, a send is asked about first. */
const ASK_FROM = 25
/** The audience is counted when its fields have been still for so long, milliseconds. */
const STILL_MS = 300

interface Done { id: string, sendAt?: string | undefined, recipients: Recipients, isRecalled?: boolean }

/** `<console-compose>`: writes a notification, counts whom it reaches, shows how it looks, sends or schedules it. */
export class ConsoleCompose extends ConsoleView {
  static override properties = { ...ConsoleView.properties, draft: { state: true }, demand: { state: true }, audience: { state: true }, recipients: { state: true }, refusal: { state: true }, done: { state: true } }

  protected declare draft: Draft
  protected declare demand: Acknowledge | undefined
  protected declare audience: Audience | undefined
  protected declare recipients: Recipients | undefined
  /** Why the audience could not be counted. */
  protected declare refusal: ApiError | undefined
  protected declare done: Done | undefined
  /** The same until it is sent: a retry after a lost answer sends nothing twice. */
  #id = newId()
  #counting = new AbortController()

  constructor () {
    super()
    this.draft = EMPTY
  }

  override render () {
    const { draft, done } = this
    const call = this.#call()
    const input = (id: string, name: keyof Draft, length: number, more: { type?: string, placeholder?: string } = {}) =>
      html`<input id=${id} name=${name} maxlength=${length} type=${more.type ?? 'text'} placeholder=${more.placeholder ?? ''} autocomplete="off" .value=${draft[name]} aria-invalid=${this.#isWrong(id)} aria-describedby="wrong-${id}" @input=${this.#read}>`
    const choice = (id: keyof Draft, values: readonly string[]) => html`<select id=${id} name=${id} @change=${this.#read}>${values.map(value => html`<option .selected=${draft[id] === value}>${value}</option>`)}</select>`
    const isMoreWrong = ['url', 'actions', 'expires_at'].some(name => this.wrong(name) !== undefined)
    return html`<div class="head"><h1>Compose</h1></div>
      ${this.renderProblem()}
      ${done ? this.#renderDone(done) : nothing}
      <div class="split open">
        <form class="stack" novalidate @submit=${this.#submit}>
          ${this.#renderField('title', 'Title', input('title', 'title', 200))}
          ${this.#renderField('message', 'Message', html`<textarea id="message" name="message" maxlength="4000" rows="4" .value=${draft.message} aria-invalid=${this.#isWrong('message')} aria-describedby="wrong-message" @input=${this.#read}></textarea>`)}
          <div class="fields">
            ${this.#renderField('priority', 'Type', choice('priority', notificationTypes))}
            ${this.#renderField('topic', 'Topic', input('topic', 'topic', 64))}
          </div>
          <console-audience .me=${this.app.me} users=${this.route.query.get('to') ?? ''} @audience-change=${this.#onAudience}></console-audience>
          ${this.#renderReach()}
          <console-demand .me=${this.app.me} .problem=${this.problem} @demand-change=${this.#onDemand}></console-demand>
          <details ?open=${isMoreWrong}>
            <summary>Link, button, urgency, expiry</summary>
            <div class="fields">
              ${this.#renderField('url', 'Link (optional)', input('url', 'url', 2048, { placeholder: '/orders/1742' }))}
              ${this.#renderField('urgency', 'Urgency', choice('urgency', ['low', 'normal', 'high']))}
              ${this.#renderField('action', 'Button (optional)', input('action', 'action', 40))}
              ${this.#renderField('actions', 'The button leads to (optional)', input('actions', 'actionUrl', 2048))}
              ${this.#renderField('expires_at', 'Expires (optional)', input('expires_at', 'expires', 30, { type: 'datetime-local' }))}
            </div>
          </details>
          ${this.#renderField('send_at', 'Send later (optional)', input('send_at', 'send', 30, { type: 'datetime-local' }))}
          <div class="row">
            <button class="primary" aria-disabled=${this.isBusy} ?disabled=${!call}>${draft.send === '' ? 'Send' : 'Schedule'}</button>
            ${call ? nothing : html`<span class="muted">Say who it is for.</span>`}
          </div>
          ${call ? html`<console-curl .calls=${[call]}></console-curl>` : nothing}
        </form>
        <section aria-labelledby="preview"><h2 id="preview">In the inbox</h2>
          <console-preview .shown=${{ title: draft.title.trim() ? draft.title : null, message: draft.message || null, type: draft.priority, topic: draft.topic || null, action: draft.action }}></console-preview>
          ${this.audience ? html`<p class="hint">To: ${audienceText(this.audience)}</p>` : nothing}
        </section>
      </div>`
  }

  #renderField (name: string, label: string, control: unknown) {
    return html`<div><label for=${name}>${label}</label>${control}${this.renderWrong(name)}</div>`
  }

  #renderReach () {
    const { recipients, refusal, audience } = this
    const kind = refusal ? 'error' : recipients && (recipients.users === 0 || recipients.unknown > 0) ? 'warning' : 'info'
    const text = refusal ? refusal.message : !audience ? undefined : recipients ? reachText(recipients) : 'Counting…'
    return html`<div role="status">${text === undefined ? nothing : html`<div class="note ${kind}">${icon(kind)}<p>${text}</p></div>`}</div>`
  }

  #renderDone ({ id, sendAt, recipients, isRecalled }: Done) {
    const to = sendAt ? `Scheduled for ${exact(Date.parse(sendAt))}, to ${inboxes(recipients)}.` : `Sent to ${inboxes(recipients)}.`
    return html`<div class="note success" id="done" tabindex="-1">${icon('success')}<div>
      <p>${isRecalled ? 'Recalled.' : to} <a href=${this.app.href(sendAt ? 'scheduled' : 'sent', id)}>See it</a></p>
      ${isRecalled || sendAt ? nothing : html`<div class="row"><button class="danger" @click=${this.#recall}>Recall</button></div>`}</div></div>`
  }

  #isWrong (name: string): 'true' | 'false' {
    return this.wrong(name) === undefined ? 'false' : 'true'
  }

  /** The call to send it. To be copied it has no `id`: pasted twice, it sends twice, also after the page has sent. */
  #call (id?: string): Call | undefined {
    return this.audience && { method: 'POST', path: pathOf(['notifications', 'send']), body: bodyOf(this.draft, this.audience, id, this.demand) }
  }

  #read = (event: Event): void => {
    this.draft = withInput(this.draft, event)
  }

  #onDemand = ({ detail }: CustomEvent<Acknowledge | undefined>): void => {
    this.demand = detail
  }

  #onAudience = ({ detail }: CustomEvent<Audience | undefined>): void => {
    this.audience = detail
    this.recipients = undefined
    this.refusal = undefined
    this.#counting.abort()
    const { signal } = this.#counting = new AbortController()
    if (detail) setTimeout(() => { if (!signal.aborted) this.#count(detail, signal).catch(() => {}) }, STILL_MS)
  }

  async #count (audience: Audience, signal: AbortSignal): Promise<void> {
    try {
      const recipients = await countRecipients(this.app, audience, signal)
      if (!signal.aborted) this.recipients = recipients
    } catch (error) {
      if (!signal.aborted) this.refusal = refusalOf(error, audience, this.app.me)
    }
  }

  #submit = (event: Event): void => {
    event.preventDefault()
    this.#send().catch(() => {})
  }

  async #send (): Promise<void> {
    const { audience, draft } = this
    const call = this.#call(this.#id)
    if (!audience || !call) return
    await this.act(async () => {
      assertTitle(draft.title)
      // Also checks the content before anybody is asked.
      const check = { ...call, path: pathOf(['notifications', 'send'], { dry_run: 'true' }) }
      const { recipients } = await this.app.call<{ recipients: Recipients }>(check).catch(error => { throw refusalOf(error, audience, this.app.me) })
      const sendAt = fromLocal(draft.send)
      const question = {
        title: sendAt ? `Schedule for ${inboxes(recipients)}?` : `Send to ${inboxes(recipients)}?`,
        text: `${audienceText(audience)}: “${draft.title}”, ${sendAt ? `at ${exact(Date.parse(sendAt))}` : 'now'}.${this.demand ? ' Everybody has to acknowledge it.' : ''}`,
        action: sendAt ? 'Schedule' : 'Send',
        calls: [this.#call()!]
      }
      if ((recipients.users >= ASK_FROM || audience.all) && !await this.app.confirm(question)) return
      const answer = await this.app.call<{ id: string, send_at?: string }>(call).catch(error => { throw unanswered(error) })
      this.done = { id: answer.id, recipients, sendAt: answer.send_at }
      this.#id = newId()
      this.draft = { ...draft, title: '', message: '', send: '' }
      this.renderRoot.querySelector('console-demand')?.reset()
      await this.updateComplete
      this.renderRoot.querySelector<HTMLElement>('#done')?.focus()
    })
  }

  #recall = (): void => {
    const { done } = this
    if (!done) return
    this.act(async () => {
      if (await recall(this.app, done.id, done.recipients)) this.done = { ...done, isRecalled: true }
    }).catch(() => {})
  }
}

/** Without an answer nobody knows whether it was sent; with the same id it is not sent twice. */
function unanswered (error: unknown): ApiError {
  const known = asApiError(error)
  if (known.code !== 'network' && known.code !== 'late') return known
  return new ApiError('The server hasn\'t answered, so nobody knows yet whether it was sent. Send it again as it is: it is never sent twice.', { code: known.code })
}

function reachText (recipients: Recipients): string {
  const { connected, unknown } = recipients
  const nobody = unknown > 0 ? ` ${counted(unknown, 'id names', 'ids name')} nobody yet.` : ''
  return `Reaches ${inboxes(recipients)}; ${counted(connected, 'reader is', 'readers are')} connected to this node.${nobody}`
}

customElements.define('console-compose', ConsoleCompose)
