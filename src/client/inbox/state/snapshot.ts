import type { ConnectionState } from '../../seam.ts'
import { shownCounts } from './counts.ts'
import type { State } from './state.ts'
import type { InboxSnapshot, NetworkStatus } from '../types.ts'
import { bottomOf, isOutdated, itemsOf } from './views.ts'

/** What is rendered where there is no inbox yet. */
export const emptySnapshot: InboxSnapshot = Object.freeze({
  items: Object.freeze([]),
  unreadCount: 0,
  unseenCount: 0,
  hasMore: false,
  networkStatus: 'loading',
  connection: 'disconnected',
  stale: true
})

/** What a list shows; `before` itself if it is the same. */
export function snapshotOf (state: State, key: string, connection: ConnectionState, before: InboxSnapshot): InboxSnapshot {
  const view = state.views.get(key)
  const { unread, unseen } = shownCounts(state)
  const items = view ? itemsOf(state, view) : []
  const isSame = items.length === before.items.length && items.every((item, n) => item === before.items[n])
  const next: InboxSnapshot = {
    items: isSame ? before.items : Object.freeze(items),
    unreadCount: unread,
    unseenCount: unseen,
    hasMore: view !== undefined && view.generation >= 0 && bottomOf(state, view) > 0,
    networkStatus: statusOf(state, key),
    connection,
    stale: connection !== 'connected' || state.replay !== undefined || !view || isOutdated(state, view) || !areCountsKnown(state)
  }
  return (Object.keys(next) as (keyof InboxSnapshot)[]).every(name => next[name] === before[name]) ? before : Object.freeze(next)
}

export function areCountsKnown ({ counts }: State): boolean {
  return counts !== undefined && counts.isUnreadKnown && counts.isUnseenKnown
}

function statusOf (state: State, key: string): NetworkStatus {
  const view = state.views.get(key)
  if (!view) return 'loading'
  if (state.requests.some(({ kind, view: of }) => kind === 'next' && of === key)) return 'fetching_more'
  if (view.hasFailed) return 'error'
  return bottomOf(state, view) === Infinity ? 'loading' : 'ready'
}
