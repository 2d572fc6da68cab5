import { html, nothing } from 'lit'
import type { Call } from '../access.ts'
import '../parts/curl.ts'
import { ConsoleView } from '../parts/page.ts'
import type { Listed } from '../parts/list.ts'
import { when } from '../parts/when.ts'
import { counted, namesIn } from '../parts/words.ts'
import { groupPath, type GroupItem } from './group-path.ts'

interface Member { user_id: string, username?: string, source: 'api' | 'claim' | 'self', since: string }

const SOURCES = { api: 'added', claim: 'by a token', self: 'joined' }

/** `<console-group>`: a group and its members, a page at a time. Properties `group`, `closeHref`; events `changed`, `removed`. */
export class ConsoleGroup extends ConsoleView {
  static override properties = { ...ConsoleView.properties, group: { attribute: false }, closeHref: {}, page: { state: true }, added: { state: true }, place: { state: true } }

  declare group: GroupItem
  declare closeHref: string
  protected declare page: Listed<Member> | undefined
  protected declare added: string
  protected declare place: string | undefined

  constructor () {
    super()
    this.added = ''
  }

  override willUpdate (changed: Map<string, unknown>): void {
    const before = changed.get('group') as GroupItem | undefined
    if (before && before.group !== this.group.group) this.place = undefined
    if (changed.has('group') || changed.has('place')) this.reload()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.page = await this.app.call<Listed<Member>>({ method: 'GET', path: this.#path(['members'], { limit: 25, after: this.place }) }, signal)
  }

  override render () {
    const { group, page } = this
    return html`<section class="card" aria-labelledby="name">
      <div class="head"><h2 id="name">${group.name}</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      ${this.renderProblem()}
      <dl><dt>Group</dt><dd class="mono">${group.group}</dd><dt>Of</dt><dd>${group.company ?? 'nobody: it is global'}</dd><dt>Members</dt><dd>${group.members}</dd><dt>Joining</dt><dd>${group.open ? 'open: users join and leave it themselves' : 'closed: admins add and remove'}</dd></dl>
      <div class="row"><button aria-disabled=${this.isBusy} @click=${this.#toggle}>${group.open ? 'Close it' : 'Open it'}</button></div>
      <console-curl .calls=${[this.#toggled()]}></console-curl>
      <h3>Members</h3>
      ${page ? this.#renderMembers(page) : nothing}
      <form class="stack" @submit=${this.#add}>
        <div><label for="added">Add user ids</label><textarea id="added" rows="2" .value=${this.added} @input=${(event: Event) => { this.added = (event.target as HTMLTextAreaElement).value }} aria-describedby="added-hint"></textarea><p class="hint" id="added-hint">Up to 1,000, one a line or between commas.</p></div>
        <div class="row"><button aria-disabled=${this.isBusy} ?disabled=${namesIn(this.added).length === 0}>Add ${namesIn(this.added).length || ''}</button></div>
        ${namesIn(this.added).length === 0 ? nothing : html`<console-curl .calls=${[this.#changing({ add: namesIn(this.added) })]}></console-curl>`}
      </form>
      <h3>Remove</h3><p class="hint">What was sent to it leaves the inboxes of its members.</p>
      <div class="row"><button class="danger" aria-disabled=${this.isBusy} @click=${this.#remove}>Remove the group</button></div>
    </section>`
  }

  #renderMembers ({ items, next_after: next }: Listed<Member>) {
    if (items.length === 0) return html`<p class="muted">Nobody yet.</p>`
    return html`<ul class="stack">${items.map(member => html`<li class="row"><span><a href=${this.app.href('users', member.user_id)}>${member.username ?? member.user_id}</a> <span class="muted">${SOURCES[member.source]} ${when(member.since)}</span></span>
        <button aria-disabled=${this.isBusy} @click=${() => this.#change({ remove: [member.user_id] })}>Remove<span class="hidden"> ${member.username ?? member.user_id}</span></button></li>`)}</ul>
      <div class="row">${this.place === undefined ? nothing : html`<button @click=${() => { this.place = undefined }}>First page</button>`}${next ? html`<button @click=${() => { this.place = next }}>Next page</button>` : nothing}</div>`
  }

  #path (rest: string[] = [], query: Record<string, string | number | undefined> = {}): string {
    return groupPath([this.group.group, ...rest], this.app.me, this.group.company, query)
  }

  #changing (body: { add?: string[], remove?: string[] }): Call {
    return { method: 'PUT', path: this.#path(['members']), body }
  }

  #toggled (): Call {
    const { name, open } = this.group
    return { method: 'PUT', path: this.#path(), body: { name, open: !open } }
  }

  #add = (event: Event): void => {
    event.preventDefault()
    this.#change({ add: namesIn(this.added) })
  }

  #change (body: { add?: string[], remove?: string[] }): void {
    this.act(async () => {
      const { added, removed } = await this.app.call<{ added: number, removed: number }>(this.#changing(body))
      this.added = ''
      this.app.say(added > 0 ? `${counted(added, 'member')} added.` : removed > 0 ? `${counted(removed, 'member')} removed.` : 'Nothing has changed.')
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }

  #toggle = (): void => {
    this.act(async () => {
      await this.app.call(this.#toggled())
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }

  #remove = (): void => {
    const { name, members } = this.group
    const call: Call = { method: 'DELETE', path: this.#path() }
    this.act(async () => {
      if (!await this.app.confirm({ title: `Remove ${name}?`, text: `What was sent to it leaves ${counted(members, 'inbox', 'inboxes')}. A group that is made again begins empty.`, action: 'Remove', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say(`${name} is removed.`)
      this.dispatchEvent(new Event('removed'))
    }).catch(() => {})
  }
}

customElements.define('console-group', ConsoleGroup)
