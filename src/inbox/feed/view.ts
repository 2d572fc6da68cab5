import { adoptStyles, html, nothing, type CSSResultOrNative, type TemplateResult } from 'lit'
import type { Inbox, InboxFilter } from '@belfry/client'
import { background } from '../base/background.ts'
import { isOfTopics, listOf, topicOf } from '../base/element.ts'
import { FeedFocus } from '../input/focus.ts'
import { PreferencesPanel } from '../preferences/panel.ts'
import { Interactions } from '../input/interactions.ts'
import { Marks } from '../input/marks.ts'
import { Swipe } from '../input/swipe.ts'
import { icons } from '../rows/icons.ts'
import { list } from '../rows/list.ts'
import type { Tab } from '../rows/row.ts'
import { ChunkWatch, clampObserver } from '../rows/watch.ts'
import { FeedModel } from '../view/model.ts'
import { bannerOf, bodyOf, footOf } from '../view/state.ts'
import { banner, bodyWithout, reminderBar, undoBar } from './bodies.ts'
import { Edges } from './edges.ts'
import { head, type Shown } from './head.ts'
import type { FeedHost } from './host.ts'
import { Source } from './source.ts'
import { feedStyles } from './styles.ts'
import { Wholeness } from './wholeness.ts'

/** How often relative times are drawn again, in milliseconds. */
const MINUTE = 60_000
/** Where the focus goes before and after the list: the first of them that is there. */
const AROUND = { before: ['.new', '[role=tab][aria-selected=true]'], after: ['.undo button', '.older button', '.older'] }

/** Draws the list of a `<belfry-feed>`. */
export class FeedView {
  readonly #host: FeedHost
  #tab: Shown = 'all'
  #told = ''
  #hasStarted = false
  #ticker: ReturnType<typeof setInterval> | undefined
  #sizes: ResizeObserver | undefined
  readonly #redraw = () => this.#host.requestUpdate()
  readonly #source = new Source(this.#redraw)
  readonly #model = new FeedModel()
  readonly #wholeness = new Wholeness(this.#redraw)
  /** On a low screen, as when it is zoomed, the head would leave no room for rows: it scrolls with them. */
  readonly #low = matchMedia('(max-height: 400px)')
  readonly #watch = new ChunkWatch(this.#redraw)
  readonly #edges = new Edges(this.#redraw)
  readonly #marks = new Marks(this.#redraw, text => this.#host.say(this.#host.words.messages[text] as string))
  readonly #focus = new FeedFocus({
    root: () => this.#host.renderRoot,
    order: () => this.#model.items,
    draw: async id => {
      const key = this.#model.chunkOf(id)
      if (key !== undefined) this.#watch.bringNear(key)
      this.#redraw()
      await this.#host.updateComplete
    },
    leave: move => AROUND[move === 'after' ? 'after' : 'before'].map(place => this.#find(place)).find(Boolean)
  })

  readonly #does = new Interactions({
    model: this.#model,
    marks: this.#marks,
    focus: this.#focus,
    list: () => this.#source.list,
    tab: () => this.#list,
    ask: (name, detail) => this.#host.tell(name, detail, true),
    redraw: this.#redraw
  })

  readonly #preferences = new PreferencesPanel({
    redraw: this.#redraw,
    worker: () => this.#host,
    say: text => this.#host.say(this.#host.words.messages[text] as string),
    topics: () => (this.#host.inbox?.getSnapshot().items ?? []).flatMap(({ data: { topic } }) => topic ?? [])
  })

  readonly #swipe = new Swipe(this.#does.onSwipe, () => this.#host.direction === 'rtl')

  /** `styles` are those that the element has already. */
  constructor (host: FeedHost, styles: CSSResultOrNative[]) {
    this.#host = host
    adoptStyles(host.renderRoot, [...styles, ...feedStyles])
  }

  connect (): void {
    this.#ticker = setInterval(this.#redraw, MINUTE)
    document.addEventListener('visibilitychange', this.#redraw)
    this.#low.addEventListener('change', this.#redraw)
  }

  disconnect (): void {
    this.#hasStarted = false
    document.removeEventListener('visibilitychange', this.#redraw)
    this.#low.removeEventListener('change', this.#redraw)
    clearInterval(this.#ticker)
    this.#wholeness.stop()
    this.#edges.stop()
    this.#watch.stop()
    this.#sizes?.disconnect()
    this.#marks.dismiss()
    this.#follow(undefined)
    this.#preferences.follow(undefined)
  }

  willUpdate (): void {
    const { topicList: topics, active, isConnected } = this.#host
    const ofTab: Record<Tab, InboxFilter> = { all: {}, unread: { unread: true }, archived: { view: 'archived' } }
    const isList = this.#tab !== 'preferences'
    this.#follow(isConnected && isList ? active?.inbox({ ...topicOf(topics), ...ofTab[this.#list] }) : undefined)
    this.#preferences.follow(isConnected && !isList ? active : undefined)
    const snapshot = this.#source.read()
    this.#focus.remember()
    if (!isList && this.#host.snapshot) this.#wholeness.notice({ ...this.#host.snapshot, stale: false })
    if (!snapshot) return
    this.#wholeness.notice(snapshot)
    const items = topics.length > 1 ? snapshot.items.filter(item => isOfTopics(item, topics)) : snapshot.items
    this.#model.update({ items }, { isHeld: !this.#edges.isAtTop || this.#focus.id !== undefined, now: Date.now() })
  }

  render (): TemplateResult {
    const { words, direction, heading, closable: isClosable, unread: { count, isMore }, contained } = this.#host
    const [tab, [body, kind]] = [this.#tab, this.#shown]
    const retry = () => this.#retry()
    const [{ waiting }, { lastAt }] = [this.#model, this.#wholeness]
    const top = head({ words, heading, tab, hasPreferences: this.#hasPreferences, count, countText: words.badge(count) + (isMore && count < 100 ? '+' : ''), isClosable, direction, onTab: next => this.#show(next), onReadAll: () => this.#readAll(), onClose: () => this.#host.tell('belfry-close', {}) })
    const isLow = contained && this.#low.matches
    return html`
      <div class="feed" part="feed" dir=${direction} lang=${words.lang}>
        ${isLow ? nothing : top}
        ${reminderBar(this.#host, id => background(this.#seek(id)))}
        ${banner(tab === 'preferences' ? undefined : kind, words, lastAt === undefined ? undefined : words.time(lastAt), retry)}
        <div class="scroller" part="list">
          ${isLow ? top : nothing}
          <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}">
            <div class="top"></div>
            ${waiting === 0 ? nothing : html`<button type="button" part="new" class="new" @click=${() => this.#reveal()}>${icons.up}${words.count(words.messages.newCount, waiting)}</button>`}
            ${tab === 'preferences' ? this.#renderPreferences() : body === 'list' ? this.#renderList() : bodyWithout(body, tab, words, retry, this.#host.fault)}
            <div class="bottom"></div>
          </div>
        </div>
        ${undoBar(this.#marks, words, this.#does.onUndo)}
        ${this.#host.renderSaid()}
      </div>`
  }

  updated (): void {
    if (!this.#hasStarted) this.#start()
    this.#focus.restore()
    const { snapshot } = this.#source
    if (!snapshot) return
    const [body, kind] = this.#shown
    const { words: { messages }, topicList } = this.#host
    const told = body === 'error' ? messages.error : kind === 'offline' ? messages.offlineKept : ''
    if (told !== '' && told !== this.#told) this.#host.say(told)
    this.#told = told
    if (this.#edges.isNearEnd && snapshot.hasMore && snapshot.networkStatus === 'ready') this.#source.fetchOlder()
    const isSeen = body === 'list' && this.#tab === 'all' && this.#edges.isAtTop && this.#model.waiting === 0 && document.visibilityState === 'visible'
    if (isSeen && topicList.length === 0 && snapshot.connection === 'connected') this.#source.markAsSeen()
  }

  /** Watches what is seen, once there is something to watch. */
  #start (): void {
    if (!this.#host.isConnected) return
    this.#hasStarted = true
    const root = this.#host.contained ? this.#find('.scroller')! : null
    this.#sizes = clampObserver()
    this.#watch.start(root)
    this.#edges.start(root, this.#find('.top')!, this.#find('.bottom')!)
    this.#redraw()
  }

  #find (selector: string): HTMLElement | null {
    return this.#host.renderRoot.querySelector<HTMLElement>(selector)
  }

  get #shown () {
    const { fault, wasConnected } = this.#host
    const known = this.#source.snapshot ?? { networkStatus: 'loading', connection: 'disconnected', hasMore: false, stale: true } as const
    const body = fault === undefined ? bodyOf(known, this.#model.items.length + this.#model.waiting, wasConnected) : 'error'
    return [body, this.#wholeness.isAway ? bannerOf(known, body, wasConnected) : undefined] as const
  }

  /** The list that is shown, or that would be instead of the preferences. */
  get #list (): Tab {
    return this.#tab === 'preferences' ? 'all' : this.#tab
  }

  get #hasPreferences (): boolean {
    return this.#host.active?.core !== undefined && !this.#host.noPreferences
  }

  #renderPreferences (): TemplateResult {
    const { words, snapshot, wasConnected } = this.#host
    const isSignedOut = snapshot?.connection === 'disconnected' && wasConnected
    const away = !this.#wholeness.isAway ? undefined : isSignedOut ? words.messages.signedOut : words.messages.preferencesOffline
    return this.#preferences.render(words, { away, isSignedOut })
  }

  /** Goes to a row, which may be further down than what was loaded. */
  async #seek (id: string): Promise<void> {
    this.#show('all')
    this.#model.reveal()
    this.#focus.want(id)
    await this.#host.updateComplete
    if (!await this.#source.seek(id)) this.#focus.want(undefined)
  }

  #renderList (): TemplateResult {
    const { words, iconOrigins, template: given } = this.#host
    const { onActivate, onToggle, onMark, onAct, onAcknowledge, onKey, onClick } = this.#does
    const template = given ?? this.#host.querySelector<HTMLTemplateElement>(':scope > template[slot=item]') ?? undefined
    const context = { words, tab: this.#list, now: Date.now(), opened: this.#model.opened, iconOrigins: listOf(iconOrigins), template, sizes: this.#sizes, onActivate, onToggle, onMark, onAct, onAcknowledge }
    const { handle } = this.#swipe
    return html`
      <div class="rows" @keydown=${onKey} @click=${onClick} @pointerdown=${handle} @pointermove=${handle} @pointerup=${handle} @pointercancel=${handle}>
        ${list({ days: this.#model.days, foot: footOf(this.#source.snapshot!), watch: this.#watch, focused: this.#model.chunkOf(this.#focus.id), context, onOlder: () => this.#source.fetchOlder() })}
      </div>`
  }

  #follow (inbox: Inbox | undefined): void {
    if (!this.#source.follow(inbox)) return
    this.#model.reset()
    this.#watch.reset()
    this.#wholeness.reset()
  }

  #show (tab: Shown): void {
    this.#tab = tab
    this.#find('.scroller')!.scrollTop = 0
    this.#redraw()
  }

  #reveal (): void {
    this.#model.reveal()
    const newest = this.#source.snapshot?.items[0]?.id
    this.#find(this.#host.contained ? '.scroller' : '.feed')!.scrollIntoView({ block: 'start' })
    this.#find('.scroller')!.scrollTop = 0
    this.#focus.want(newest)
    this.#redraw()
  }

  #readAll (): void {
    const { inbox, topicList } = this.#host
    if (inbox) this.#marks.readAll(inbox, inbox.getSnapshot().items.filter(item => isOfTopics(item, topicList)), topicList.length <= 1)
  }

  #retry (): void {
    if (this.#source.snapshot?.connection === 'disconnected') this.#host.active?.connect()
    this.#source.fetchOlder()
    this.#redraw()
  }
}
