import { html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { assertTitle, withInput } from '../parts/forms.ts'
import { typeCell, typeHead } from '../parts/icons.ts'
import { ConsoleList, type Listed } from '../parts/list.ts'
import { when, whenDue } from '../parts/when.ts'
import { audienceText, exact, fromLocal, senderText, titleText, toLocal, type Audience } from '../parts/words.ts'
import './preview.ts'

interface Plan {
  id: string
  title: string | null
  message: string | null
  type: string
  state: 'planned' | 'sent' | 'refused' | 'expired' | 'cancelled'
  send_at: string
  audience: Audience
  sender: string
  created_at: string
  revision: number
  refusal?: string
  data?: { topic?: string }
}

const STATES = ['planned', 'sent', 'refused', 'expired', 'cancelled'] as const

/** `<console-scheduled>`: what is, or was, to be sent later; changes the time and the text, cancels. */
export class ConsoleScheduled extends ConsoleList<Plan> {
  static override properties = { ...ConsoleList.properties, plan: { state: true }, edited: { state: true } }

  protected declare plan: Plan | undefined
  protected declare edited: { title: string, message: string, send: string } | undefined
  protected readonly filters = ['state']
  protected readonly placeName = 'before'

  protected override async load (signal: AbortSignal): Promise<void> {
    const { item } = this.route
    if (this.plan?.id !== item) {
      this.plan = undefined
      this.edited = undefined
    }
    if (item !== undefined) this.plan = await this.app.call<Plan>({ method: 'GET', path: pathOf(['scheduled', item]) }, signal)
    this.list = await this.app.call<Listed<Plan>>({ method: 'GET', path: pathOf(['scheduled'], { limit: 25, ...this.query }) }, signal)
  }

  override render () {
    const { item } = this.route
    return html`<div class="head"><h1>Scheduled</h1><a class="button primary" href=${this.app.href('compose')}>Compose</a></div>
      ${this.renderProblem(this.reload)}
      <div class="split ${this.plan ? 'open detail' : ''}">
        <div>
          ${this.renderFilters(this.renderChoice('state', 'State', STATES))}
          ${this.renderTable('Scheduled notifications', html`${typeHead}<th scope="col">Title</th><th scope="col" class="wide">To</th><th scope="col" class="wide">By</th><th scope="col">When</th><th scope="col" class="wide">State</th>`, plan => html`
            <tr aria-current=${plan.id === item ? 'true' : nothing}>
              ${typeCell(plan.type)}<th scope="row"><a href=${this.app.href('scheduled', plan.id, this.query)}>${titleText(plan.title, 'No text any more')}</a><span class="narrow muted">To: ${audienceText(plan.audience)}<br>${plan.state}</span></th>
              <td class="wide text">${audienceText(plan.audience)}</td><td class="wide text">${senderText(plan.sender)}</td><td>${whenDue(plan.send_at)}</td><td class="wide">${plan.state}</td></tr>`,
            html`<p>Nothing is scheduled. A notification with a time to send it waits here.</p><p><a href=${this.app.href('compose')}>Schedule one</a></p>`)}
        </div>
        ${this.plan ? this.#renderPlan(this.plan) : nothing}
      </div>`
  }

  #renderPlan (plan: Plan) {
    const isPlanned = plan.state === 'planned'
    return html`<section class="card" aria-labelledby="plan">
      <div class="head"><h2 id="plan">Plan</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      <console-preview .shown=${{ ...plan, topic: plan.data?.topic ?? null }}></console-preview>
      <dl>
        <dt>State</dt><dd>${plan.state}${plan.refusal ? html` (<span class="mono">${plan.refusal}</span>)` : nothing}</dd>
        <dt>When</dt><dd>${whenDue(plan.send_at, true)}</dd>
        <dt>To</dt><dd>${audienceText(plan.audience)}</dd>
        <dt>By</dt><dd>${senderText(plan.sender)}</dd>
        <dt>Planned</dt><dd>${when(plan.created_at, true)}</dd>
        <dt>Id</dt><dd class="mono">${plan.id} <belfry-copy .value=${plan.id} label="Copy the id"></belfry-copy></dd>
      </dl>
      ${plan.state === 'sent' ? html`<a href=${this.app.href('sent', plan.id)}>What was sent</a>` : nothing}
      ${!isPlanned ? nothing : this.edited ? this.#renderForm(this.edited, plan) : html`<div class="row"><button @click=${this.#edit}>Change</button><button class="danger" aria-disabled=${this.isBusy} @click=${this.#cancel}>Cancel the plan</button></div>`}
    </section>`
  }

  #renderForm ({ title, message, send }: { title: string, message: string, send: string }, plan: Plan) {
    return html`<form class="stack" novalidate @submit=${this.#save} @input=${this.#read}>
      <div><label for="send_at">Send at</label><input id="send_at" name="send" type="datetime-local" .value=${send} aria-invalid=${this.wrong('send_at') !== undefined} aria-describedby="wrong-send_at">${this.renderWrong('send_at')}</div>
      ${this.renderTexts({ title, message })}
      <div class="row"><button class="primary" aria-disabled=${this.isBusy}>Save</button><button type="button" @click=${() => { this.edited = undefined }}>Cancel</button></div>
      <console-curl .calls=${[this.#change(plan)]}></console-curl>
    </form>`
  }

  #change ({ id, revision, send_at: before }: Plan): Call {
    const { send, ...texts } = this.edited!
    return { method: 'PATCH', path: pathOf(['scheduled', id]), body: { ...texts, ...(send === toLocal(before) ? {} : { send_at: fromLocal(send) ?? send }), revision } }
  }

  #edit = (): void => {
    const { title, message, send_at: sendAt } = this.plan!
    this.edited = { title: title ?? '', message: message ?? '', send: toLocal(sendAt) }
    this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#send_at')?.focus()).catch(() => {})
  }

  #read = (event: Event): void => {
    this.edited = withInput(this.edited!, event)
  }

  #save = (event: Event): void => {
    event.preventDefault()
    this.act(async () => {
      assertTitle(this.edited!.title)
      await this.app.call(this.#change(this.plan!))
      this.edited = undefined
      this.app.say('Changed.')
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }

  #cancel = (): void => {
    const plan = this.plan!
    const call: Call = { method: 'DELETE', path: pathOf(['scheduled', plan.id]) }
    this.act(async () => {
      if (!await this.app.confirm({ title: 'Cancel this plan?', text: `“${plan.title ?? ''}” will not be sent at ${exact(Date.parse(plan.send_at))}, and its text is removed.`, action: 'Cancel the plan', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say('Cancelled.')
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }
}

customElements.define('console-scheduled', ConsoleScheduled)
