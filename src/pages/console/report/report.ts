import { css, html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { ConsoleView } from '../parts/page.ts'
import { when, whenDue } from '../parts/when.ts'
import { amount, audienceText, counted, exact } from '../parts/words.ts'
import type { SentNotification } from '../sending/sent.ts'
import type { Route } from '../router.ts'
import { funnelOf, percent, type Demand, type Report, type ReportState, type Step } from './funnel.ts'
import './recipients.ts'

const ESCALATIONS: Record<NonNullable<Demand['escalation']>, string> = {
  planned: 'is told then how many have not',
  escalated: 'was told how many had not',
  not_needed: 'did not need to be told: all had',
  refused: 'was not told: its sender may not send to both audiences any more',
  ended: 'was not told: it was recalled before'
}

/**
 * `<console-report>`: how far a notification came, in steps from its audience to those who answered, who is in each step, and who has not
 * acknowledged, to remind them. Properties `sent`, `hrefOf` (the address of a state's list); which list is open, the route says.
 */
export class ConsoleReport extends ConsoleView {
  static override styles = [...ConsoleView.styles, css`
    ol { display: grid; gap: 12px }
    .step { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 12px; align-items: baseline }
    .step > * { grid-column: 1 / -1 }
    .step > .name { grid-column: 1 }
    .step > .number { grid-column: 2 }
    .number strong { font-size: 16px }
    .bar { display: block; inline-size: 100%; block-size: 8px; margin-block: 4px; border-radius: 4px; background: var(--line); fill: var(--accent) }
    .bar:dir(rtl) { transform: scaleX(-1) }
    [aria-current=true] { font-weight: 600 }
    .due { display: grid; gap: 12px; padding-top: 16px; border-top: 1px solid var(--line) }
    @media (forced-colors: active) { .bar { border: 1px solid; fill: CanvasText } }
  `]

  static override properties = { ...ConsoleView.properties, sent: { attribute: false }, hrefOf: { attribute: false }, report: { state: true } }

  declare sent: SentNotification
  declare hrefOf: (state: ReportState | undefined, after?: string) => string
  protected declare report: Report | undefined
  #of: string | undefined

  override willUpdate (changed: Map<string, unknown>): void {
    if (!changed.has('sent') || this.#of === this.sent.id) return
    this.#of = this.sent.id
    this.report = undefined
    this.reload()
  }

  override updated (changed: Map<string, unknown>): void {
    const before = changed.get('route') as Route | undefined
    // The link that closed the list went with it.
    if (before?.query.has('state') && this.#state === undefined && this.#of === this.sent.id) this.renderRoot.querySelector<HTMLElement>('h2')?.focus()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.report = await this.app.call<Report>(this.#call(), signal)
  }

  #call (): Call {
    return { method: 'GET', path: pathOf(['reports', this.sent.id]) }
  }

  get #state (): ReportState | undefined {
    return this.route.query.get('state') as ReportState | null ?? undefined
  }

  override render () {
    const { report, sent } = this
    return html`<section class="card" aria-labelledby="report"><div class="head"><h2 id="report" tabindex="-1">Report</h2><button class="quiet" @click=${this.reload}>Count again</button></div>
      ${this.renderProblem(report ? undefined : this.reload)}
      ${report ? this.#renderReport(report) : html`<p class="muted" role="status">${this.problem ? '' : 'Counting…'}</p>`}
      ${report ? html`<p class="hint">Counted ${when(report.as_of)}. ${counted(report.connected, 'user')} of its audience ${report.connected === 1 ? 'is' : 'are'} connected now, to the node that answers.</p>` : nothing}
      <console-curl .calls=${[this.#call()]}></console-curl>
      ${report?.acknowledge ? this.#renderDemand(report.acknowledge, sent) : nothing}
    </section>`
  }

  #renderReport (report: Report) {
    const steps = funnelOf(report, this.sent.topic)
    const state = this.#state
    return html`<ol>${steps.map((step, index) => this.#renderStep(step, report.recipients, step.state === state && steps.findIndex(one => one.state === state) === index))}</ol>
      ${state === undefined ? nothing : html`<console-recipients .app=${this.app} .route=${this.route} .sent=${this.sent} .state=${state} .hrefOf=${this.hrefOf}></console-recipients>`}`
  }

  #renderStep ({ label, count, state, means, without }: Step, whole: number, isOpen: boolean) {
    const share = whole === 0 ? 0 : Math.min(100, count / whole * 100)
    return html`<li class="step">
      <a class="name" href=${this.hrefOf(state)} aria-current=${isOpen ? 'true' : nothing}>${label}</a><span class="number"><strong>${amount(count)}</strong> <span class="muted">${percent(count, whole)}</span></span>
      <svg class="bar" aria-hidden="true"><rect width="${share}%" height="100%" rx="4"/></svg>
      <p class="hint">${means}${without ? html` ${without.text} ${without.state ? html`<a href=${this.hrefOf(without.state)}>Who</a>` : nothing}` : nothing}</p></li>`
  }

  #renderDemand (demand: Demand, { audience, recalled_at: recalledAt, expires_at: expiresAt }: SentNotification) {
    const { by, outstanding = 0, reminded, reminded_at: remindedAt, next_reminder_at: nextAt, remind_from: from, escalate_to: escalateTo, escalation } = demand
    const isOver = recalledAt !== null || (expiresAt !== null && Date.parse(expiresAt) < Date.now())
    const isDue = by !== null && Date.parse(by) < Date.now()
    return html`<div class="due">
      <h3>Must be acknowledged</h3>
      <p>${outstanding === 0 ? 'Everybody who has to has acknowledged it.' : html`<strong>${counted(outstanding, 'user has', 'users have')} not acknowledged it.</strong> <a href=${this.hrefOf('outstanding')}>Who has not</a>`}</p>
      <dl>
        ${by === null ? nothing : html`<dt>${isDue ? 'Was due' : 'Due'}</dt><dd>${whenDue(by, true)}</dd>`}
        <dt>Reminders</dt><dd>${reminded === 0 ? 'none so far' : html`${counted(reminded, 'reminder')}, the last one ${when(remindedAt!)}`}${nextAt === null ? ', no more are planned' : html`, the next one ${whenDue(nextAt)}`}</dd>
        ${escalateTo && escalation ? html`<dt>In the end</dt><dd>${audienceText(escalateTo)} ${ESCALATIONS[escalation]}.</dd>` : nothing}
      </dl>
      ${isOver || outstanding === 0
? nothing
: html`<div class="row"><button aria-disabled=${this.isBusy} ?disabled=${from !== null} aria-describedby="pace" @click=${() => this.#remind(outstanding, audience)}>Remind now</button>
        <span class="muted" id="pace">${from === null ? `Reminds ${counted(outstanding, 'user')}.` : `They were reminded less than an hour ago; again from ${exact(Date.parse(from))}.`}</span></div>`}
    </div>`
  }

  #remind (outstanding: number, audience: SentNotification['audience']): void {
    const call: Call = { method: 'POST', path: pathOf(['reports', this.sent.id, 'remind']) }
    this.act(async () => {
      if (!await this.app.confirm({
        title: `Remind ${counted(outstanding, 'user')}?`,
        text: `Of ${audienceText(audience)}, whoever has not acknowledged “${this.sent.title ?? ''}” is told once more, on open pages now, on others when they connect. Nobody is reminded twice within an hour.`,
        action: 'Remind',
        calls: [call]
      })) return
      const { message } = await this.app.call<{ message: string }>(call)
      this.app.say(message === 'Reminder begun' ? `${counted(outstanding, 'user is', 'users are')} being reminded.` : 'Somebody has reminded them within the last hour.')
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }
}

customElements.define('console-report', ConsoleReport)
