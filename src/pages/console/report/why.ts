import { css, html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { icon } from '../parts/icons.ts'
import type { Listed } from '../parts/list.ts'
import { ConsoleView } from '../parts/page.ts'
import { when, whenDue } from '../parts/when.ts'
import type { UserItem } from '../people/users.ts'
import type { SentNotification } from '../sending/sent.ts'
import { CHANNEL_NAMES, CHANNEL_STATES, verdictOf, type Place, type UserReport, type Why } from './reasons.ts'

/**
 * `<console-why>`: why one user did or did not get a notification, and what one can do about it. Whom, the route says. Properties `sent`,
 * `hrefFor` (the address of the answer about a user).
 */
export class ConsoleWhy extends ConsoleView {
  static override styles = [...ConsoleView.styles, css`
    .ask { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 8px; align-items: end }
    .ask label, .ask .hint { grid-column: 1 / -1; margin: 0 }
    ul { display: grid; gap: 12px }
    h3:focus { outline: none }
    .note h3 { margin: 0 }
  `]

  static override properties = { ...ConsoleView.properties, sent: { attribute: false }, hrefFor: { attribute: false }, typed: { state: true }, answer: { state: true } }

  declare sent: SentNotification
  declare hrefFor: (user: string) => string
  protected declare typed: string
  protected declare answer: { report: UserReport, user: UserItem | undefined } | undefined
  #asked: string | undefined

  constructor () {
    super()
    this.typed = ''
  }

  get #user (): string | undefined {
    return this.route.query.get('user') ?? undefined
  }

  override willUpdate (): void {
    const asked = this.#user === undefined ? undefined : `${this.sent.id} ${this.#user}`
    if (asked === this.#asked) return
    this.#asked = asked
    this.answer = undefined
    this.problem = undefined
    if (this.#user === undefined) return
    this.typed = this.#user
    this.reload()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    const user = this.#user!
    // Who may not see a user is not told whether there is one: then the report says all there is.
    const known = this.app.call<UserItem>({ method: 'GET', path: pathOf(['users', user]) }, signal).catch(() => undefined)
    const report = await this.app.call<UserReport>(this.#call(user), signal)
    const answer = { report, user: await known }
    if (signal.aborted) return
    this.answer = answer
    await this.updateComplete
    this.renderRoot.querySelector<HTMLElement>('h3')?.focus()
  }

  #call (user: string): Call {
    return { method: 'GET', path: pathOf(['reports', this.sent.id, 'users', user]) }
  }

  override render () {
    const { typed, answer } = this
    return html`<section class="card" aria-labelledby="why">
      <h2 id="why">Why did somebody not get it?</h2>
      <form class="ask" role="search" aria-labelledby="why" @submit=${this.#submit}>
        <label for="whom">User id or username</label>
        <input id="whom" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="255" .value=${typed} @input=${(event: Event) => { this.typed = (event.target as HTMLInputElement).value }}>
        <button ?disabled=${typed.trim() === ''}>Why?</button>
      </form>
      ${this.renderProblem(this.#user === undefined ? undefined : this.reload)}
      <div role="status">${this.isLoading && !answer ? html`<p class="muted">Looking…</p>` : nothing}</div>
      ${answer ? this.#renderAnswer(answer.report, answer.user) : nothing}
    </section>`
  }

  #renderAnswer (report: UserReport, user: UserItem | undefined) {
    const name = user?.username ?? report.user_id
    const { kind, title, whys } = verdictOf(report, this.sent, name, user !== undefined)
    const { matched, delivered, seen_at: seenAt, read_at: readAt, acknowledged_at: acknowledgedAt, late, acted, channels = [] } = report
    return html`<div class="note ${kind}">${icon(kind)}<h3 tabindex="-1">${title}</h3></div>
      <ul>${whys.map(why => html`<li class="stack"><p>${why.text}</p><p>${why.advice} ${this.#renderPlaces(why, report.user_id, user !== undefined)}</p></li>`)}</ul>
      <dl><dt>User</dt><dd>${user?.username && user.username !== report.user_id ? `${user.username}, ` : ''}<span class="mono">${report.user_id}</span></dd>
        <dt>In its audience</dt><dd>${matched ? 'yes' : 'no'}</dd>
        ${matched
? html`<dt>Delivered</dt><dd>${delivered ? 'yes' : 'no'}</dd>
        <dt>Seen</dt><dd>${seenAt ? when(seenAt, true) : 'no'}</dd><dt>Read</dt><dd>${readAt ? when(readAt, true) : 'no'}</dd>
        ${acted ? html`<dt>Acted</dt><dd>yes</dd>` : nothing}
        ${channels.map(({ channel, state, at }) => html`<dt>${CHANNEL_NAMES[channel]}</dt><dd>${CHANNEL_STATES[state]}${at ? html` ${(state === 'sent' || state === 'failed' ? when : whenDue)(at, true)}` : nothing}</dd>`)}
        ${acknowledgedAt ? html`<dt>Acknowledged</dt><dd>${when(acknowledgedAt, true)}${late ? ', late' : ''}</dd>` : nothing}`
: nothing}</dl>
      <console-curl .calls=${[this.#call(report.user_id)]}></console-curl>`
  }

  #renderPlaces ({ places }: Why, id: string, isKnown: boolean) {
    const { topic } = this.sent
    const links: Record<Place, unknown> = {
      user: isKnown ? html`<a href=${this.app.href('users', id)}>The user</a>` : html`<a href=${this.app.href('users', undefined, { q: id })}>Find users</a>`,
      topic: topic === null ? nothing : html`<a href=${this.app.href('topics', topic)}>The topic</a>`,
      send: isKnown ? html`<a href=${this.app.href('compose', undefined, { to: id })}>Send to them</a>` : nothing
    }
    return places.map(place => html`${links[place]} `)
  }

  #submit = (event: Event): void => {
    event.preventDefault()
    const typed = this.typed.trim()
    if (typed === '') return
    this.act(async () => {
      const id = await this.#idOf(typed)
      // Once more about the same user: things may have changed.
      if (id === this.#user) this.reload()
      else this.app.go(this.hrefFor(id))
    }).catch(() => {})
  }

  /** The id that is meant: what was typed, or the id of the one who has it as username. People write names as they like, the server finds them as they are. */
  async #idOf (typed: string): Promise<string> {
    for (const name of new Set([typed, typed.toLowerCase()])) {
      const { items } = await this.app.call<Listed<UserItem>>({ method: 'GET', path: pathOf(['users'], { q: name, limit: 10 }) })
      const found = items.find(({ id }) => id === name) ?? items.find(({ username }) => username === name)
      if (found) return found.id
    }
    return typed
  }
}

customElements.define('console-why', ConsoleWhy)

declare global { interface HTMLElementTagNameMap { 'console-why': ConsoleWhy } }
