import type { Inbox, InboxItem, NotificationAction } from '@belfry/client'
import { background } from '../base/background.ts'
import { isRequired } from '../view/duty.ts'
import { safeLink } from '../view/links.ts'
import type { FeedFocus } from './focus.ts'
import { rowOf } from '../rows/row-of.ts'
import type { Marks } from './marks.ts'
import type { FeedModel } from '../view/model.ts'
import type { Tab, Verb } from '../rows/row.ts'

/** The `detail` of `belfry-click`. */
export interface ClickDetail { item: InboxItem }

/** The `detail` of `belfry-action`. */
export interface ActionDetail { item: InboxItem, action: NotificationAction }

export interface InteractionDeps {
  model: FeedModel
  marks: Marks
  focus: FeedFocus
  list: () => Inbox | undefined
  tab: () => Tab
  /** Dispatches a cancelable event; false if it was cancelled. */
  ask: (name: string, detail: object) => boolean
  redraw: () => void
}

/** What a reader does with rows. */
export class Interactions {
  readonly #deps: InteractionDeps

  constructor (deps: InteractionDeps) { this.#deps = deps }

  /** Opens a notification: it is read, and its link followed, or all of its text shown. */
  onActivate = (item: InboxItem, event: Event): void => {
    const { ask, tab, model, redraw } = this.#deps
    const isAllowed = ask('belfry-click', { item })
    if (safeLink(item.url) !== undefined) {
      if (!isAllowed) event.preventDefault()
    } else if (isAllowed) model.toggle(item, tab() === 'unread')
    if (!item.read) this.onMark(item, 'read')
    redraw()
  }

  onToggle = (item: InboxItem): void => {
    const { model, tab, redraw } = this.#deps
    model.toggle(item, tab() === 'unread')
    redraw()
  }

  onMark = (item: InboxItem, verb: Verb): void => {
    const { list, marks, model } = this.#deps
    const inbox = list()
    if (!inbox) return
    if (isRequired(item) && (verb === 'archive' || verb === 'delete')) return marks.say('acknowledgeFirst')
    if (verb !== 'read') model.drop(item.id)
    marks.mark(inbox, item, verb)
  }

  onAct = (item: InboxItem, action: NotificationAction, event: Event): void => {
    if (this.#deps.ask('belfry-action', { item, action })) background(this.#deps.list()?.act(item.id, action.id))
    else event.preventDefault()
  }

  /** Acknowledges, for good. */
  onAcknowledge = (item: InboxItem): void => {
    const { list, marks, focus } = this.#deps
    const inbox = list()
    if (!inbox) return
    // The button that has the focus leaves.
    if (focus.id === item.id) focus.want(item.id)
    marks.acknowledge(inbox, item)
  }

  onSwipe = (id: string, isForward: boolean): void => {
    this.#markId(id, isForward ? this.#deps.tab() === 'archived' ? 'unarchive' : 'archive' : 'delete')
  }

  onUndo = (): void => {
    this.#deps.focus.want(this.#deps.marks.undo())
  }

  onKey = (event: KeyboardEvent): void => {
    const { focus, marks } = this.#deps
    const { key, ctrlKey, metaKey } = event
    const { id } = focus
    if (id === undefined) return
    const isOnRow = rowOf(event.composedPath()[0] as Element) === event.composedPath()[0]
    if (key === 'z' && (ctrlKey || metaKey) && marks.offer) this.onUndo()
    else if (key === 'Delete' && isOnRow) this.#markId(id, 'delete')
    else if (key === 'Enter' && isOnRow) this.#open(event.composedPath()[0] as Element)
    else if (!focus.key(event)) return
    event.preventDefault()
  }

  /** A click anywhere in a row opens it, unless it was on a control, or text was selected. */
  onClick = (event: Event): void => {
    const target = event.composedPath()[0] as Element
    if (event.defaultPrevented || target.closest('button, a, [part=item-control]') || String(getSelection()) !== '') return
    const row = rowOf(target)
    if (row) this.#open(row)
  }

  #open (row: Element): void {
    const name = row.querySelector<HTMLElement>('.name')
    if (name) name.click()
    // A template of the application's may have a link or a button of its own.
    else row.querySelector<HTMLElement>('.own a, .own button')?.click()
  }

  #markId (id: string, verb: Verb): void {
    const item = this.#deps.model.find(id)
    if (item) this.onMark(item, verb)
  }
}
