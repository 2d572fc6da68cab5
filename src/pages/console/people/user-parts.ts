import { html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import { typeMark } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { when } from '../parts/when.ts'
import { counted } from '../parts/words.ts'
import type { UserItem } from './users.ts'

interface OpenSession { id: string, last_used_at: string, address: string | null, user_agent: string | null, current: boolean }

/** A part of a user that is loaded when it is opened, and belongs to `userId`. */
abstract class UserPart extends ConsoleView {
  static override properties = { ...ConsoleView.properties, userId: {}, isOpen: { state: true } }

  declare userId: string
  protected declare isOpen: boolean
  protected abstract readonly name: string

  override willUpdate (changed: Map<string, unknown>): void {
    if ((changed.has('userId') || changed.has('isOpen')) && this.isOpen) this.reload()
  }

  override render () {
    return html`<details @toggle=${(event: Event) => { this.isOpen = (event.target as HTMLDetailsElement).open }}><summary>${this.name}</summary>${this.isOpen ? html`${this.renderProblem(this.reload)}${this.renderOpen()}` : nothing}</details>`
  }

  protected abstract renderOpen (): unknown
}

/** `<console-user-sessions>`: where the user is logged in, and an end to each. */
class ConsoleUserSessions extends UserPart {
  static override properties = { ...UserPart.properties, items: { state: true } }
  protected declare items: OpenSession[] | undefined
  protected readonly name = 'Sessions and devices'

  protected override async load (signal: AbortSignal): Promise<void> {
    this.items = (await this.app.call<{ items: OpenSession[] }>({ method: 'GET', path: pathOf(['auth', 'sessions'], { user_id: this.userId }) }, signal)).items
  }

  protected renderOpen () {
    const { items } = this
    if (!items) return nothing
    if (items.length === 0) return html`<p class="muted">Nobody is logged in. Tokens of another backend have no sessions here.</p>`
    return html`<ul class="stack">${items.map(session => html`<li class="row"><span>${session.user_agent ?? 'Unknown device'}<br><span class="muted">${session.address ?? 'unknown address'}, ${when(session.last_used_at)}</span></span>
      <button class="danger" aria-disabled=${this.isBusy} @click=${() => this.#end(session)}>${session.current ? 'Log yourself out' : 'End'}</button></li>`)}</ul>`
  }

  #end ({ id, address }: OpenSession): void {
    const call: Call = { method: 'DELETE', path: pathOf(['auth', 'sessions', id]) }
    this.act(async () => {
      if (!await this.app.confirm({ title: 'End this session?', text: `Whoever is logged in from ${address ?? 'there'} is logged out, and open pages close.`, action: 'End the session', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say('The session has ended.')
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }
}

interface Membership { group: string, company: string | null, name: string, source: string }

/** `<console-user-groups>`: the user's groups; joins and leaves them. */
class ConsoleUserGroups extends UserPart {
  static override properties = { ...UserPart.properties, user: { attribute: false }, items: { state: true }, added: { state: true } }
  declare user: UserItem
  protected declare items: Membership[] | undefined
  protected declare added: string
  protected readonly name = 'Groups'

  constructor () {
    super()
    this.added = ''
  }

  override willUpdate (changed: Map<string, unknown>): void {
    this.userId = this.user.id
    if ((changed.has('user') || changed.has('isOpen')) && this.isOpen) this.reload()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.items = (await this.app.call<{ items: Membership[] }>({ method: 'GET', path: pathOf(['users', this.userId, 'groups']) }, signal)).items
  }

  protected renderOpen () {
    const { items } = this
    if (!items) return nothing
    return html`${items.length === 0
? html`<p class="muted">In no group.</p>`
: html`<ul class="stack">${items.map(group => html`<li class="row"><span>${group.name} <span class="mono muted">${group.group}</span> <span class="muted">${group.company ?? 'global'}</span></span>
      <button aria-disabled=${this.isBusy} @click=${() => this.#change(group.group, group.company, { remove: [this.userId] })}>Remove<span class="hidden"> from ${group.name}</span></button></li>`)}</ul>`}
      <form class="row" @submit=${this.#add}><label for="added">Add to the group</label><input id="added" autocomplete="off" .value=${this.added} @input=${(event: Event) => { this.added = (event.target as HTMLInputElement).value }}><button aria-disabled=${this.isBusy} ?disabled=${this.added.trim() === ''}>Add</button></form>
      <p class="hint">A group of ${this.user.company ?? 'nobody in particular (global)'}.</p>`
  }

  #add = (event: Event): void => {
    event.preventDefault()
    this.#change(this.added.trim(), this.user.company ?? null, { add: [this.userId] })
  }

  #change (group: string, company: string | null, body: object): void {
    this.act(async () => {
      await this.app.call({ method: 'PUT', path: `${pathOf(['groups', group, 'members'])}?company=${encodeURIComponent(company ?? '')}`, body })
      this.added = ''
      this.app.say('The groups have changed.')
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }
}

interface InboxItem { id: string, title: string, message: string, type: string, created_at: string, read: boolean }

/** `<console-user-inbox>`: the newest of the user's inbox, as they see it. Nothing in it is marked. */
class ConsoleUserInbox extends UserPart {
  static override properties = { ...UserPart.properties, page: { state: true } }
  protected declare page: { items: InboxItem[], unread_count: number } | undefined
  protected readonly name = 'Inbox'

  protected override async load (signal: AbortSignal): Promise<void> {
    this.page = await this.app.call<{ items: InboxItem[], unread_count: number }>({ method: 'GET', path: pathOf(['notifications', this.userId], { limit: 20 }) }, signal)
  }

  protected renderOpen () {
    const { page } = this
    if (!page) return nothing
    if (page.items.length === 0) return html`<p class="muted">Empty.</p>`
    return html`<p class="muted">${counted(page.unread_count, 'unread notification')}. The newest 20:</p>
      <ul class="stack">${page.items.map(item => html`<li>${typeMark(item.type)} ${item.read ? item.title : html`<strong>${item.title}</strong> <span class="muted">unread</span>`}<br><span class="muted">${when(item.created_at)}</span></li>`)}</ul>`
  }
}

customElements.define('console-user-sessions', ConsoleUserSessions)
customElements.define('console-user-groups', ConsoleUserGroups)
customElements.define('console-user-inbox', ConsoleUserInbox)
