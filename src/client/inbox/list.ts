import { formatCursor } from '../../protocol/cursor.ts'
import { shownCounts } from './state/counts.ts'
import { checkedActionId, checkedIds } from './input.ts'
import type { Loader } from './loader.ts'
import { MOST_IDS, type Outbox } from './outbox.ts'
import { changed, isActive, seqOf, shown } from './state/overlay.ts'
import { areCountsKnown, emptySnapshot, snapshotOf } from './state/snapshot.ts'
import { keyOf, type Change, type MarkVerb, type State } from './state/state.ts'
import type { Store } from './store.ts'
import type { Inbox, InboxFilter, InboxSnapshot } from './types.ts'

const INVERSE: Record<MarkVerb, MarkVerb> = {
  read: 'unread', unread: 'read', deleted: 'restored', restored: 'deleted', archived: 'unarchived', unarchived: 'archived'
}

/** How many marks of a list can be taken back. */
const REMEMBERED = 50

/** What takes a mark back: the ids that each of its calls changed, by the id of the call. */
interface Undo { as: MarkVerb, ids: Map<string, readonly string[]> }

export interface Parts { store: Store, loader: Loader, outbox: Outbox }

/** One list of the inbox, by a filter. */
export class List implements Inbox {
  readonly #parts: Parts
  readonly #filter: InboxFilter
  readonly #key: string
  readonly #listeners = new Set<() => void>()
  #snapshot = emptySnapshot
  /** The state and the connection that the snapshot is of. */
  #of: { state: State | undefined, connection: string } = { state: undefined, connection: '' }
  #told: InboxSnapshot | undefined
  #end: (() => void) | undefined
  #undo: Undo[] = []

  constructor (parts: Parts, filter: InboxFilter) {
    this.#parts = parts
    this.#filter = filter
    this.#key = keyOf(filter)
  }

  getSnapshot = (): InboxSnapshot => {
    const { state, core: { connection } } = this.#parts.store
    if (state === this.#of.state && connection === this.#of.connection) return this.#snapshot
    this.#of = { state, connection }
    this.#snapshot = snapshotOf(state, this.#key, connection, this.#snapshot)
    return this.#snapshot
  }

  getServerSnapshot = (): InboxSnapshot => emptySnapshot

  subscribe = (listener: () => void): () => void => {
    // The same function may be passed twice.
    const own = () => listener()
    this.#listeners.add(own)
    this.#use(true)
    if (!this.#end) {
      this.#told = this.getSnapshot()
      this.#end = this.#parts.store.onChange(() => this.#tell())
    }
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return
      this.#end?.()
      this.#end = undefined
      this.#use(false)
    }
  }

  fetchNextPage = async (): Promise<void> => {
    this.#use(true)
    await this.#parts.loader.next(this.#key)
  }

  markAsRead = (ids: string | readonly string[]): Promise<boolean> => this.#mark('read', ids)
  markAsUnread = (ids: string | readonly string[]): Promise<boolean> => this.#mark('unread', ids)
  archive = (ids: string | readonly string[]): Promise<boolean> => this.#mark('archived', ids)
  unarchive = (ids: string | readonly string[]): Promise<boolean> => this.#mark('unarchived', ids)
  delete = (ids: string | readonly string[]): Promise<boolean> => this.#mark('deleted', ids)
  restore = (ids: string | readonly string[]): Promise<boolean> => this.#mark('restored', ids)

  markAllAsRead = async (): Promise<boolean> => {
    const { view = 'active', type, topic } = this.#filter
    if (type !== undefined || view !== 'active') throw new TypeError('markAllAsRead marks the whole inbox or a topic of it, not a type or another view: use markAsRead with the ids of the items, or inbox() without them.')
    if (this.#parts.store.state.epoch === undefined) await this.fetchNextPage()
    const before = this.#newest()
    if (before === undefined) return false
    const change: Change = { kind: 'read_all', before, ...(topic === undefined ? {} : { topic }) }
    const ids = this.#changedBy(change)
    const { id, done } = this.#parts.outbox.add(change)
    this.#remember({ as: 'unread', ids: new Map([[id, ids]]) })
    return await done
  }

  markAsSeen = async (cursor?: string): Promise<boolean> => {
    if (cursor !== undefined && seqOf(cursor) < 0) throw new TypeError('markAsSeen takes the cursor of an item, or nothing.')
    const { state, core } = this.#parts.store
    const upTo = cursor ?? this.getSnapshot().items[0]?.cursor
    if (upTo === undefined || (state.seen !== undefined && seqOf(upTo) <= state.seen)) return true
    if (core.connection === 'connected' && areCountsKnown(state) && shownCounts(state).unseen === 0) return true
    return await this.#parts.outbox.add({ kind: 'seen', cursor: upTo }).done
  }

  act = async (id: string, action: string): Promise<boolean> => {
    const [target] = checkedIds(id) as [string]
    checkedActionId(action)
    const { state } = this.#parts.store
    const entity = state.entities.get(target)
    const acted = entity && shown(entity, state).item.acted
    if (acted) return acted.action === action
    return await this.#parts.outbox.add({ kind: 'act', target, action }).done
  }

  undo = async (): Promise<boolean> => {
    const last = this.#undo.pop()
    const ids = [...new Set([...last?.ids.values() ?? []].flat())]
    if (!last || ids.length === 0) return false
    return await this.#send(last.as, ids).done
  }

  /** A mark was refused, and is taken back already. */
  forget (intent: string): void {
    for (const { ids } of this.#undo) ids.delete(intent)
    this.#undo = this.#undo.filter(({ ids }) => ids.size > 0)
  }

  /** Forgets what could be taken back: the user has gone. */
  clear (): void {
    this.#undo = []
  }

  #use (isUsed: boolean): void {
    const { store } = this.#parts
    if (store.state.views.get(this.#key)?.isUsed === isUsed) return
    store.dispatch({ kind: 'used', filter: this.#filter, isUsed })
  }

  #tell (): void {
    const snapshot = this.getSnapshot()
    if (snapshot === this.#told) return
    this.#told = snapshot
    for (const listener of [...this.#listeners]) listener()
  }

  async #mark (as: MarkVerb, given: string | readonly string[]): Promise<boolean> {
    const ids = checkedIds(given)
    const { state } = this.#parts.store
    const changes = new Set(this.#changedBy({ kind: 'mark', as, ids }))
    // What is known to be so already need not be said again.
    const wanted = ids.filter(id => changes.has(id) || state.entities.get(id)?.generation !== state.generation)
    if (wanted.length === 0) return true
    const { calls, done } = this.#send(as, wanted)
    this.#remember({ as: INVERSE[as], ids: new Map(calls.map(({ id, ids: sent }) => [id, sent.filter(one => changes.has(one))])) })
    return await done
  }

  /** Sends a mark, in as many calls as it takes. */
  #send (as: MarkVerb, ids: readonly string[]): { calls: { id: string, ids: readonly string[] }[], done: Promise<boolean> } {
    const calls = []
    for (let start = 0; start < ids.length; start += MOST_IDS) {
      const part = ids.slice(start, start + MOST_IDS)
      calls.push({ ids: part, ...this.#parts.outbox.add({ kind: 'mark', as, ids: part }) })
    }
    return { calls, done: Promise.all(calls.map(({ done }) => done)).then(results => results.every(Boolean)) }
  }

  #remember (undo: Undo): void {
    if ([...undo.ids.values()].every(ids => ids.length === 0)) return
    this.#undo.push(undo)
    if (this.#undo.length > REMEMBERED) this.#undo.shift()
  }

  /** The ids of those known notifications that look different after a change. */
  #changedBy (change: Change): string[] {
    const { state } = this.#parts.store
    const ids = change.kind === 'mark' ? change.ids : [...state.entities.keys()]
    return ids.filter(id => {
      const entity = state.entities.get(id)
      const look = entity && shown(entity, state)
      return look !== undefined && (change.kind === 'mark' || isActive(look)) && changed(look, change, '') !== look
    })
  }

  /** The cursor of the newest event that is known. */
  #newest (): string | undefined {
    const { epoch, at, views, entities } = this.#parts.store.state
    const seq = Math.max(at, ...[...views.values()].map(({ asOf }) => asOf), ...[...entities.values()].map(entity => entity.seq))
    return epoch === undefined || seq < 0 ? undefined : formatCursor(epoch, seq)
  }
}
