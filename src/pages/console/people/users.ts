import { html, nothing } from 'lit'
import type { User } from '../../../client/index.ts'
import { isPlatformAdmin, pathOf, type Me } from '../access.ts'
import { ConsoleList } from '../parts/list.ts'
import { when } from '../parts/when.ts'
import { nameOf } from './name.ts'
import './new-user.ts'
import './user.ts'

export type UserItem = User

/** `<console-users>`: users, found and paged by the server; one of them, or a new one, beside the list. */
export class ConsoleUsers extends ConsoleList<UserItem> {
  static override properties = { ...ConsoleList.properties, user: { state: true } }

  protected declare user: UserItem | undefined
  protected readonly placeName = 'after'

  /** A company admin sees its company, whatever it asks for. */
  protected get filters (): readonly string[] {
    return isPlatformAdmin(this.app.me as Me) ? ['q', 'company', 'role', 'group'] : ['q', 'role', 'group']
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    const { item } = this.route
    if (this.user?.id !== item) this.user = undefined
    await this.fetchList(pathOf(['users'], { limit: 50, ...this.query }), signal)
    if (item !== undefined && item !== 'new') this.user = await this.app.call<UserItem>({ method: 'GET', path: pathOf(['users', item]) }, signal)
  }

  override render () {
    const { item } = this.route
    const isNew = item === 'new'
    return html`<div class="head"><h1>Users</h1><a class="button primary" href=${this.app.href('users', 'new', this.query)}>Create a user</a></div>
      ${this.renderProblem(this.reload)}
      <div class="split ${isNew || this.user ? 'open detail' : ''}">
        <div>
          ${this.renderFilters(html`${this.renderText('q', 'Id, name or email', 'search', 'begins with')}${this.filters.includes('company') ? this.renderText('company', 'Company') : nothing}${this.renderText('role', 'Role')}${this.renderText('group', 'Group')}`)}
          ${this.renderTable('Users', html`<th scope="col">User</th><th scope="col">Role</th><th scope="col" class="wide">Company</th><th scope="col" class="wide">Since</th>`, user => html`
            <tr aria-current=${user.id === item ? 'true' : nothing}>
              <th scope="row"><a href=${this.app.href('users', user.id, this.query)}>${nameOf(user)}</a>${alsoOf(user).map(text => html`<br><span class="mono muted">${text}</span>`)}${user.company ? html`<span class="narrow muted">${user.company}</span>` : nothing}</th>
              <td class="text">${user.role}</td><td class="wide text">${user.company ?? '–'}</td><td class="wide">${when(user.created_at)}</td></tr>`,
            html`<p>There is nobody yet. Users whom another backend's tokens name appear by themselves.</p><p><a href=${this.app.href('users', 'new')}>Create the first</a></p>`)}
        </div>
        ${isNew ? html`<console-new-user .app=${this.app} .closeHref=${this.closeHref} @changed=${this.changed}></console-new-user>` : nothing}
        ${this.user ? html`<console-user .app=${this.app} .user=${this.user} .closeHref=${this.closeHref} @changed=${this.changed} @removed=${this.removed}></console-user>` : nothing}
      </div>`
  }
}

/** By what else the user is known. */
function alsoOf (user: UserItem): string[] {
  return [...new Set([user.username ?? user.id, user.id])].filter(text => text !== nameOf(user))
}

customElements.define('console-users', ConsoleUsers)
