import { html, nothing } from 'lit'
import { isPlatformAdmin, type Call, type Me } from '../access.ts'
import '../parts/curl.ts'
import { withInput } from '../parts/forms.ts'
import { ConsoleList } from '../parts/list.ts'
import { amount } from '../parts/words.ts'
import { groupPath, type GroupItem } from './group-path.ts'
import './group.ts'

/** `<console-groups>`: the groups of a company, or global ones; one of them, or a new one, beside the list. */
export class ConsoleGroups extends ConsoleList<GroupItem> {
  static override properties = { ...ConsoleList.properties, group: { state: true }, fields: { state: true } }

  protected declare group: GroupItem | undefined
  protected declare fields: { group: string, name: string, open: boolean }
  protected readonly filters = ['company']
  protected readonly placeName = 'after'

  constructor () {
    super()
    this.fields = { group: '', name: '', open: false }
  }

  get #company (): string | null {
    const me = this.app.me as Me
    return isPlatformAdmin(me) ? this.route.query.get('company') : me.company ?? null
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    const { item } = this.route
    const { me } = this.app
    if (this.group?.group !== item) this.group = undefined
    await this.fetchList(groupPath([], me, this.#company, { limit: 50, after: this.query['after'] }), signal)
    if (item !== undefined && item !== 'new') this.group = await this.app.call<GroupItem>({ method: 'GET', path: groupPath([item], me, this.#company) }, signal)
  }

  override render () {
    const { item } = this.route
    const isNew = item === 'new'
    const isPlatform = isPlatformAdmin(this.app.me as Me)
    const whose = this.#company ?? ''
    return html`<div class="head"><h1>Groups</h1><a class="button primary" href=${this.app.href('groups', 'new', this.query)}>Create a group</a></div>
      ${this.renderProblem(this.reload)}
      <div class="split ${isNew || this.group ? 'open detail' : ''}">
        <div>
          ${isPlatform ? this.renderFilters(html`${this.renderText('company', 'Company', 'search')}`) : nothing}
          <p class="muted lead">${whose === '' ? 'Global groups: anybody can be a member.' : `Groups of ${whose}.`}</p>
          ${this.renderTable('Groups', html`<th scope="col">Group</th><th scope="col" class="wide">Name</th><th scope="col" class="wide">Joining</th><th scope="col" class="number">Members</th>`, group => html`
            <tr aria-current=${group.group === item ? 'true' : nothing}><th scope="row"><a class="mono" href=${this.app.href('groups', group.group, this.query)}>${group.group}</a></th>
              <td class="wide text">${group.name}</td><td class="wide">${group.open ? 'open' : 'closed'}</td><td class="number">${amount(group.members)}</td></tr>`,
            html`<p>No groups here yet. A group has members, and can be sent to.</p><p><a href=${this.app.href('groups', 'new', this.query)}>Create the first</a></p>`)}
        </div>
        ${isNew ? this.#renderNew() : nothing}
        ${this.group ? html`<console-group .app=${this.app} .group=${this.group} .closeHref=${this.closeHref} @changed=${this.changed} @removed=${this.removed}></console-group>` : nothing}
      </div>`
  }

  #renderNew () {
    const { fields } = this
    return html`<section class="card" aria-labelledby="new"><div class="head"><h2 id="new">New group</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      <form class="stack" novalidate @submit=${this.#create} @input=${this.#read}>
        <div><label for="group">Group</label><input id="group" name="group" autocomplete="off" autocapitalize="off" maxlength="128" .value=${fields.group} aria-describedby="group-hint"><p class="hint" id="group-hint">What callers of the API name it by, such as order-1742.</p></div>
        <div><label for="name">Name for people (optional)</label><input id="name" name="name" autocomplete="off" maxlength="200" .value=${fields.name}></div>
        <label class="choice"><input type="checkbox" name="open" .checked=${fields.open}>Users may join and leave it themselves</label>
        <div class="row"><button class="primary" aria-disabled=${this.isBusy} ?disabled=${fields.group.trim() === ''}>Create</button></div>
        ${fields.group.trim() === '' ? nothing : html`<console-curl .calls=${[this.#call()]}></console-curl>`}
      </form></section>`
  }

  #call (): Call {
    const { group, name, open } = this.fields
    return { method: 'PUT', path: groupPath([group.trim()], this.app.me, this.#company), body: { ...(name.trim() === '' ? {} : { name: name.trim() }), open } }
  }

  #read = (event: Event): void => {
    this.fields = withInput(this.fields, event)
  }

  #create = (event: Event): void => {
    event.preventDefault()
    this.act(async () => {
      const { group } = await this.app.call<GroupItem>(this.#call())
      this.fields = { group: '', name: '', open: false }
      this.app.say('Created.')
      this.forgetList()
      this.app.go(this.app.href('groups', group, this.query))
    }).catch(() => {})
  }
}

customElements.define('console-groups', ConsoleGroups)
