import { html, nothing } from 'lit'
import '../../shared/controls/copy.ts'
import { isPlatformAdmin, pathOf, type Call, type Me } from '../access.ts'
import '../parts/curl.ts'
import { ConsoleView } from '../parts/page.ts'
import { when } from '../parts/when.ts'
import { counted } from '../parts/words.ts'
import './contact.ts'
import { nameOf } from './name.ts'
import './user-parts.ts'
import type { UserItem } from './users.ts'

/** `<console-user>`: one user: name and email, role and company, password, sessions, groups, inbox, removal. Properties `user`, `closeHref`; events `changed`, `removed`. */
export class ConsoleUser extends ConsoleView {
  static override properties = { ...ConsoleView.properties, user: { attribute: false }, closeHref: {}, newRole: { state: true }, newCompany: { state: true }, password: { state: true } }

  declare user: UserItem
  declare closeHref: string
  protected declare newRole: string
  protected declare newCompany: string
  protected declare password: string

  override willUpdate (changed: Map<string, unknown>): void {
    if (!changed.has('user')) return
    this.newRole = this.user.role
    this.newCompany = this.user.company ?? ''
    this.password = ''
  }

  override render () {
    const { user } = this
    const isSelf = user.id === this.app.me.id
    const isPlatform = isPlatformAdmin(this.app.me as Me)
    return html`<section class="card" aria-labelledby="name">
      <div class="head"><h2 id="name">${nameOf(user)}</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      ${this.renderProblem()}
      <dl><dt>Id</dt><dd class="mono">${user.id} <belfry-copy .value=${user.id} label="Copy the id"></belfry-copy></dd>${user.name !== undefined && user.username !== undefined ? html`<dt>Username</dt><dd>${user.username}</dd>` : nothing}<dt>Since</dt><dd>${when(user.created_at, true)}</dd></dl>
      <console-user-contact .app=${this.app} .user=${user} @changed=${() => this.dispatchEvent(new Event('changed'))}></console-user-contact>
      <form class="stack" novalidate @submit=${this.#move}>
        <h3>Role and company</h3>
        <div class="fields">
          <div><label for="role">Role</label><input id="role" autocomplete="off" .value=${this.newRole} @input=${(event: Event) => { this.newRole = (event.target as HTMLInputElement).value }} aria-invalid=${this.wrong('role') !== undefined} aria-describedby="wrong-role">${this.renderWrong('role')}</div>
          ${isPlatform ? html`<div><label for="company">Company</label><input id="company" autocomplete="off" .value=${this.newCompany} @input=${(event: Event) => { this.newCompany = (event.target as HTMLInputElement).value }} aria-invalid=${this.wrong('company') !== undefined} aria-describedby="wrong-company">${this.renderWrong('company')}</div>` : nothing}
        </div>
        <div class="row"><button aria-disabled=${this.isBusy} ?disabled=${!this.#hasMoved}>Save</button></div>
      </form>
      ${isSelf
? html`<p class="hint">Your own password you change in your inbox's account.</p>`
: html`<form class="stack" novalidate @submit=${this.#reset}>
        <h3>Password</h3>
        <div><label for="password">New password</label><input id="password" type="password" autocomplete="new-password" .value=${this.password} @input=${(event: Event) => { this.password = (event.target as HTMLInputElement).value }} aria-invalid=${this.wrong('password') !== undefined} aria-describedby="password-hint wrong-password">
          <p class="hint" id="password-hint">At least 8 characters. It ends every session of the user.</p>${this.renderWrong('password')}</div>
        <div class="row"><button aria-disabled=${this.isBusy} ?disabled=${this.password === ''}>Reset the password</button></div>
      </form>`}
      <console-user-sessions .app=${this.app} .userId=${user.id}></console-user-sessions>
      <console-user-groups .app=${this.app} .user=${user}></console-user-groups>
      <console-user-inbox .app=${this.app} .userId=${user.id}></console-user-inbox>
      ${isSelf ? nothing : html`<h3>Remove</h3><p class="hint">Tokens stop working and open pages close at once.</p><div class="row"><button class="danger" aria-disabled=${this.isBusy} @click=${this.#remove}>Remove the user</button></div>`}
    </section>`
  }

  get #hasMoved (): boolean {
    return this.newRole.trim() !== this.user.role || this.newCompany.trim() !== (this.user.company ?? '')
  }

  #change (body: object): Call {
    return { method: 'PATCH', path: pathOf(['users', this.user.id]), body }
  }

  #move = (event: Event): void => {
    event.preventDefault()
    const [role, company] = [this.newRole.trim(), this.newCompany.trim()]
    const body = { ...(role === this.user.role ? {} : { role }), ...(company === (this.user.company ?? '') ? {} : { company: company === '' ? null : company, role }) }
    const call = this.#change(body)
    const becomes = `${role}${company === '' ? ' without a company' : ` in ${company}`}`
    const power = role === 'admin' ? company === '' ? ' A platform admin can do everything.' : ' An admin manages its company.' : ''
    this.#do({ title: `Make ${this.#name} ${becomes}?`, text: `The inbox changes at once, on open pages too.${power}`, action: 'Change', calls: [call] }, 'Changed.', 'changed')
  }

  #reset = (event: Event): void => {
    event.preventDefault()
    const shown = this.#change({ password: '…' })
    this.#do({ title: `Reset the password of ${this.#name}?`, text: 'Every session of the user ends, and open pages close.', action: 'Reset', isDanger: true, calls: [shown] }, 'The password is new.', 'changed', this.#change({ password: this.password }))
  }

  #remove = (): void => {
    const call: Call = { method: 'DELETE', path: pathOf(['users', this.user.id]) }
    this.act(async () => {
      const { items } = await this.app.call<{ items: unknown[] }>({ method: 'GET', path: pathOf(['auth', 'sessions'], { user_id: this.user.id }) })
      const isSure = await this.app.confirm({ title: `Remove ${this.#name}?`, text: `It ends ${counted(items.length, 'session')} and takes the inbox away. What was sent to the id before stays hidden if somebody gets it again.`, action: 'Remove', isDanger: true, calls: [call] })
      if (!isSure) return
      await this.app.call(call)
      this.app.say(`${this.#name} is removed.`)
      this.dispatchEvent(new Event('removed'))
    }).catch(() => {})
  }

  get #name (): string {
    return nameOf(this.user)
  }

  #do (question: Parameters<typeof this.app.confirm>[0], said: string, event: 'changed', call = question.calls[0]!): void {
    this.act(async () => {
      if (!await this.app.confirm(question)) return
      await this.app.call(call)
      this.password = ''
      this.app.say(said)
      this.dispatchEvent(new Event(event))
    }).catch(() => {})
  }
}

customElements.define('console-user', ConsoleUser)
