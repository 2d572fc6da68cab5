import { formatCursor } from '../../protocol/cursor.ts'
import { check, checkListener } from '../shared/check.ts'
import { after, seqOf, type Event } from './entity.ts'
import { checkId } from './filter.ts'
import type { Loader } from './loader.ts'
import { isDone, MOST_IDS, type Marks } from './marks.ts'
import { bottomOf, countsOf, isCurrent, isOutdated, isSure, listOf, shown } from './reading.ts'
import type { View } from './model.ts'
import type { Store } from './store.ts'
import type { Inbox, InboxSnapshot } from './types.ts'

/** How many marks of a list can be taken back. */
const REMEMBERED = 50

/** Verbs with what takes them back. */
const INVERSE = { read: 'unread', unread: 'read', deleted: 'restored', restored: 'deleted', archived: 'unarchived', unarchived: 'archived' } as const
type Undone = keyof typeof INVERSE
/** What is marked by ids. What is acknowledged stays so. */
type Verb = Undone | 'acknowledged'

/** What takes a mark back: the ids that it changed. */
export interface Undo { as: Undone, ids: Set<string> }

/** What is rendered where there is no inbox yet. */
const emptySnapshot: InboxSnapshot = Object.freeze({
  items: Object.freeze([]), unreadCount: 0, unseenCount: 0, hasMore: false, networkStatus: 'loading', connection: 'disconnected', stale: true
})

/** One list of the inbox. */
export function createList (store: Store, loader: Loader, marks: Marks, view: View): Inbox {
  const { _replica: replica, core } = store
  const listeners = new Set<() => void>()
  let snapshot = emptySnapshot
  let told = snapshot
  /** The version of the store that the snapshot is of. */
  let version = -1

  const getSnapshot = (): InboxSnapshot => {
    if (replica._sweep()) store._touch()
    if (version === store._version) return snapshot
    version = store._version
    const before = snapshot
    const { unread, unseen } = countsOf(replica)
    const bottom = bottomOf(replica, view)
    const isOld = isOutdated(replica, view)
    const items = listOf(replica, view).map(({ item }) => item)
    const next: InboxSnapshot = {
      items: items.length === before.items.length && items.every((item, n) => item === before.items[n]) ? before.items : Object.freeze(items),
      unreadCount: unread,
      unseenCount: unseen,
      hasMore: view._bottom < Infinity && bottom > 0,
      // Another list may have brought the page that failed.
      networkStatus: (bottom > 0 || isOld) && view.status ? view.status : bottom === Infinity ? 'loading' : 'ready',
      connection: core.connection,
      stale: core.connection !== 'connected' || !!replica.replay || isOld || !isSure(replica)
    }
    if (Object.entries(next).some(([name, value]) => value !== before[name as keyof InboxSnapshot])) snapshot = Object.freeze(next)
    return snapshot
  }

  const tell = () => {
    if (getSnapshot() === told) return
    told = snapshot
    for (const listener of [...listeners]) listener()
  }

  /** The ids of those known notifications that look different after a mark. */
  const changedBy = (frame: Event, ids: Iterable<string>) => [...ids].filter(id => {
    const entity = replica._entities.get(id)
    const look = entity && shown(replica, entity)
    return look && after(look, frame, '') !== look
  })

  const remember = (as: Undone, ids: Iterable<string>): Undo => {
    const undo = { as, ids: new Set(ids) }
    view.undo = [...view.undo, undo].filter(({ ids }) => ids.size > 0).slice(-REMEMBERED)
    return undo
  }

  /** Sends a mark, in as many calls as it takes. Resolves with whether the server has any of it. */
  const send = async (as: Verb, ids: readonly string[], undo?: Undo): Promise<boolean> => {
    const [part, rest] = [ids.slice(0, MOST_IDS), ids.slice(MOST_IDS)]
    const [mark, isRestDone] = await Promise.all([marks.add({ type: `notification.${as}`, payload: { ids: part } }), rest.length > 0 && send(as, rest, undo)])
    // What was refused is taken back already.
    for (const id of part) if (!mark.frame.payload.ids!.includes(id)) undo?.ids.delete(id)
    return isDone(mark) || isRestDone
  }

  const marking = (as: Verb) => async (given: string | readonly string[]): Promise<boolean> => {
    const ids = [...new Set([given].flat())]
    ids.forEach(checkId)
    const changes = changedBy({ type: `notification.${as}`, payload: { ids } }, ids)
    // What is known to be so already need not be said again. What is not possible is the server's to say.
    const wanted = ids.filter(id => {
      const entity = replica._entities.get(id)
      if (changes.includes(id) || !entity || !isCurrent(replica, entity)) return true
      const { deleted, item } = shown(replica, entity)
      return as === 'acknowledged' ? !item.acknowledge : deleted && as !== 'deleted'
    })
    return wanted.length === 0 || await send(as, wanted, as === 'acknowledged' ? undefined : remember(INVERSE[as], changes))
  }

  const fetchNextPage = async (): Promise<void> => { await loader.next(view) }

  return {
    getSnapshot,
    getServerSnapshot: () => emptySnapshot,
    subscribe (listener) {
      checkListener(listener)
      // The same function may be passed twice.
      const own = () => listener()
      if (listeners.size === 0) told = getSnapshot()
      listeners.add(own)
      store._listeners.add(tell)
      view._isUsed = true
      store._touch()
      return () => {
        if (!listeners.delete(own) || listeners.size > 0) return
        store._listeners.delete(tell)
        view._isUsed = false
        store._touch()
      }
    },
    fetchNextPage,
    markAsRead: marking('read'),
    markAsUnread: marking('unread'),
    archive: marking('archived'),
    unarchive: marking('unarchived'),
    delete: marking('deleted'),
    restore: marking('restored'),
    acknowledge: marking('acknowledged'),
    async markAllAsRead () {
      const { view: only = 'active', type, topic } = view.filter
      check(type === undefined && only === 'active', 'markAllAsRead takes no type and no other view: use markAsRead with the ids of the items.')
      if (replica.epoch === undefined) await fetchNextPage()
      if (replica.epoch === undefined) return false
      const before = formatCursor(replica.epoch, Math.max(replica.at, ...replica._views.map(({ _asOf: asOf }) => asOf)))
      const frame: Event = { type: 'inbox.read_all', payload: { before, ...topic !== undefined && { topic } } }
      const undo = remember('unread', changedBy(frame, replica._entities.keys()))
      const mark = await marks.add(frame)
      if (!isDone(mark)) undo.ids.clear()
      return isDone(mark)
    },
    async markAsSeen (cursor = getSnapshot().items[0]?.cursor) {
      if (cursor === undefined) return true
      check(seqOf(cursor) >= 0, 'markAsSeen takes the cursor of an item, or nothing.')
      if (replica._counts._isExact && countsOf(replica).unseen === 0) return true
      return isDone(await marks.add({ type: 'inbox.seen', payload: { cursor } }))
    },
    async act (id, action) {
      checkId(id)
      checkId(action)
      return isDone(await marks.add({ type: 'notification.acted', payload: { id, action, at: new Date(store.now()).toISOString() } }))
    },
    async undo () {
      const last = view.undo.filter(({ ids }) => ids.size > 0).at(-1)
      if (!last) return false
      const done = send(last.as, [...last.ids])
      // What cannot be made now can be taken back later.
      if (core.connection !== 'disconnected') view.undo = view.undo.slice(0, view.undo.indexOf(last))
      return await done
    }
  }
}
