import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit'
import type { Inbox, InboxFilter, InboxSnapshot } from '@belfry/client'
import { background } from '../base/background.ts'
import { BelfryElement, isOfTopics, listOf, topicOf } from '../base/element.ts'
import { bannerOf, bodyOf, footOf } from '../view/state.ts'
import { banner, bodyWithout, undoBar } from './bodies.ts'
import { Edges } from './edges.ts'
import { FeedFocus } from './focus.ts'
import { head } from './head.ts'
import { icons } from '../rows/icons.ts'
import { Interactions } from './interactions.ts'
import { list } from '../rows/list.ts'
import { Marks } from './marks.ts'
import { FeedModel } from '../view/model.ts'
import type { Tab } from '../rows/row.ts'
import { feedStyles } from './styles.ts'
import { Swipe } from './swipe.ts'
import { Wholeness } from './wholeness.ts'
import { ChunkWatch, clampObserver } from '../rows/watch.ts'

/** How often relative times are drawn again, in milliseconds. */
const MINUTE = 60_000

/**
 * The list of an inbox.
 *
 * @fires belfry-click - A notification was opened: `detail.item`. Cancelled, its link is not followed.
 * @fires belfry-action - An action was chosen: `detail.item`, `detail.action`. Cancelled, it is neither recorded nor followed.
 * @slot empty - Shown where there is nothing; `empty-unread` and `empty-archived` in the other tabs
 * @slot error - Shown where the list could not be loaded
 * @slot signed-out - Shown where the client is not connected any more
 * @slot item - A `<template>` for the content of each row, with texts where it has `data-field`
 */
export class BelfryFeed extends BelfryElement {
  static override styles = feedStyles
  static override properties: PropertyDeclarations = {
    contained: { type: Boolean, reflect: true },
    heading: {},
    closable: { type: Boolean },
    template: { attribute: false },
    tab: { state: true }
  }

  /** Whether it scrolls by itself, in a box of the page; else the page scrolls. */
  declare contained: boolean
  /** A title above the list. */
  declare heading: string | undefined
  /** Whether it has a button to close it, which dispatches `belfry-close`. */
  declare closable: boolean
  /** The content of rows. Default: the child `<template slot="item">`. */
  declare template: HTMLTemplateElement | undefined
  protected declare tab: Tab

  #list: Inbox | undefined
  #endList: (() => void) | undefined
  #listed: InboxSnapshot | undefined
  #isFetching = false
  #seen: string | undefined
  #told = ''
  #ticker: ReturnType<typeof setInterval> | undefined
  #sizes: ResizeObserver | undefined
  readonly #model = new FeedModel()
  readonly #redraw = () => this.requestUpdate()
  readonly #wholeness = new Wholeness(this.#redraw)
  /** On a low screen, as when it is zoomed, the head would leave no room for rows: it scrolls with them. */
  readonly #low = matchMedia('(max-height: 400px)')
  readonly #watch = new ChunkWatch(this.#redraw)
  readonly #edges = new Edges(this.#redraw)
  readonly #marks = new Marks(this.#redraw, text => this.say(this.words.messages[text] as string))
  readonly #focus = new FeedFocus({
    root: () => this.renderRoot as ShadowRoot,
    order: () => this.#model.items,
    draw: async id => {
      const key = this.#model.chunkOf(id)
      if (key !== undefined) this.#watch.bringNear(key)
      this.requestUpdate()
      await this.updateComplete
    },
    leave: move => (move === 'after' ? ['.undo button', '.older button', '.older'] : ['.new', '[role=tab][aria-selected=true]']).map(place => this.renderRoot.querySelector<HTMLElement>(place)).find(Boolean)
  })

  readonly #does = new Interactions({
    model: this.#model,
    marks: this.#marks,
    focus: this.#focus,
    list: () => this.#list,
    tab: () => this.tab,
    ask: (name, detail) => this.tell(name, detail, true),
    redraw: this.#redraw
  })

  readonly #swipe = new Swipe(this.#does.onSwipe, () => this.direction === 'rtl')

  constructor () {
    super()
    this.contained = this.closable = false
    this.tab = 'all'
  }

  override connectedCallback (): void {
    super.connectedCallback()
    this.#ticker = setInterval(this.#redraw, MINUTE)
    document.addEventListener('visibilitychange', this.#redraw)
    this.#low.addEventListener('change', this.#redraw)
    if (this.hasUpdated) this.firstUpdated()
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.#redraw)
    this.#low.removeEventListener('change', this.#redraw)
    clearInterval(this.#ticker)
    this.#wholeness.stop()
    this.#edges.stop()
    this.#watch.stop()
    this.#sizes?.disconnect()
    this.#marks.dismiss()
    this.#follow(undefined)
  }

  protected override firstUpdated (): void {
    const find = (selector: string) => this.renderRoot.querySelector(selector)!
    const root = this.contained ? find('.scroller') : null
    this.#sizes = clampObserver()
    this.#watch.start(root)
    this.#edges.start(root, find('.top'), find('.bottom'))
    this.requestUpdate()
  }

  protected override willUpdate (changed: PropertyValues): void {
    super.willUpdate(changed)
    const { topicList: topics, tab } = this
    const ofTab: Record<Tab, InboxFilter> = { all: {}, unread: { unread: true }, archived: { view: 'archived' } }
    const filter = { ...topicOf(topics), ...ofTab[tab] }
    this.#follow(this.isConnected ? this.active?.inbox(filter) : undefined)
    const snapshot = this.#listed = this.#list?.getSnapshot()
    this.#focus.remember()
    if (!snapshot) return
    this.#wholeness.notice(snapshot)
    const items = topics.length > 1 ? snapshot.items.filter(item => isOfTopics(item, topics)) : snapshot.items
    this.#model.update({ items }, { isHeld: !this.#edges.isAtTop || this.#focus.id !== undefined, now: Date.now() })
  }

  protected override render (): TemplateResult {
    const { words, direction, heading, tab, closable: isClosable } = this
    const { count, isMore } = this.unread
    const [body, kind] = this.#shown
    const retry = () => this.#retry()
    const { waiting } = this.#model
    const { lastAt } = this.#wholeness
    const top = head({ words, heading, tab, count, countText: words.badge(count) + (isMore && count < 100 ? '+' : ''), isClosable, direction, onTab: next => this.#show(next), onReadAll: () => this.#readAll(), onClose: () => this.tell('belfry-close', {}) })
    const isLow = this.contained && this.#low.matches
    return html`
      <div class="feed" part="feed" dir=${direction} lang=${words.lang}>
        ${isLow ? nothing : top}
        ${banner(kind, words, lastAt === undefined ? undefined : words.time(lastAt), retry)}
        <div class="scroller" part="list">
          ${isLow ? top : nothing}
          <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}">
            <div class="top"></div>
            ${waiting === 0 ? nothing : html`<button type="button" part="new" class="new" @click=${() => this.#reveal()}>${icons.up}${words.count(words.messages.newCount, waiting)}</button>`}
            ${body === 'list' ? this.#renderList() : bodyWithout(body, tab, words, retry)}
            <div class="bottom"></div>
          </div>
        </div>
        ${undoBar(this.#marks, words, this.#does.onUndo)}
        ${this.renderSaid()}
      </div>`
  }

  protected override updated (): void {
    this.#focus.restore()
    const snapshot = this.#listed
    if (!snapshot) return
    const [body, kind] = this.#shown
    const { messages } = this.words
    const told = body === 'error' ? messages.error : kind === 'offline' ? messages.offlineKept : ''
    if (told !== '' && told !== this.#told) this.say(told)
    this.#told = told
    if (this.#edges.isNearEnd && snapshot.hasMore && snapshot.networkStatus === 'ready') this.#fetchOlder()
    const newest = snapshot.items[0]?.cursor
    const isSeen = body === 'list' && this.tab === 'all' && this.#edges.isAtTop && this.#model.waiting === 0 && document.visibilityState === 'visible'
    if (!isSeen || newest === this.#seen || this.topicList.length > 0 || snapshot.connection !== 'connected') return
    this.#seen = newest
    background(this.#list?.markAsSeen())
  }

  get #shown () {
    const known = this.#listed ?? { networkStatus: 'loading', connection: 'disconnected', hasMore: false, stale: true } as const
    const body = this.fault === undefined ? bodyOf(known, this.#model.items.length + this.#model.waiting, this.wasConnected) : 'error'
    return [body, this.#wholeness.isAway ? bannerOf(known, body, this.wasConnected) : undefined] as const
  }

  #renderList (): TemplateResult {
    const { words, tab, iconOrigins } = this
    const { onActivate, onToggle, onMark, onAct, onKey, onClick } = this.#does
    const template = this.template ?? this.querySelector<HTMLTemplateElement>(':scope > template[slot=item]') ?? undefined
    const context = { words, tab, now: Date.now(), opened: this.#model.opened, iconOrigins: listOf(iconOrigins), template, sizes: this.#sizes, onActivate, onToggle, onMark, onAct }
    const { handle } = this.#swipe
    return html`
      <div class="rows" @keydown=${onKey} @click=${onClick} @pointerdown=${handle} @pointermove=${handle} @pointerup=${handle} @pointercancel=${handle}>
        ${list({ days: this.#model.days, foot: footOf(this.#listed!), watch: this.#watch, focused: this.#model.chunkOf(this.#focus.id), context, onOlder: () => this.#fetchOlder() })}
      </div>`
  }

  /** Listens to a list, instead of the one before. */
  #follow (inbox: Inbox | undefined): void {
    if (inbox === this.#list) return
    this.#endList?.()
    this.#list = inbox
    this.#endList = inbox?.subscribe(this.#redraw)
    this.#model.reset()
    this.#watch.reset()
    this.#wholeness.reset()
  }

  #show (tab: Tab): void {
    this.tab = tab
    this.renderRoot.querySelector('.scroller')!.scrollTop = 0
  }

  #reveal (): void {
    this.#model.reveal()
    const newest = this.#listed?.items[0]?.id
    this.renderRoot.querySelector(this.contained ? '.scroller' : '.feed')!.scrollIntoView({ block: 'start' })
    this.renderRoot.querySelector('.scroller')!.scrollTop = 0
    this.#focus.want(newest)
    this.requestUpdate()
  }

  #readAll (): void {
    const { inbox, topicList } = this
    if (inbox) this.#marks.readAll(inbox, inbox.getSnapshot().items.filter(item => isOfTopics(item, topicList)), topicList.length <= 1)
  }

  #retry (): void {
    if (this.#listed?.connection === 'disconnected') this.active?.connect()
    this.#fetchOlder()
    this.requestUpdate()
  }

  #fetchOlder (): void {
    if (!this.#list || this.#isFetching) return
    this.#isFetching = true
    background(this.#list.fetchNextPage().finally(() => {
      this.#isFetching = false
      this.requestUpdate()
    }))
  }
}
