import { formatCursor } from '../../protocol/cursor.ts'
import type { Core, Inboxes, InboxStorage } from '../seam.ts'
import type { Event } from './entity.ts'
import { checkedFilter } from './filter.ts'
import { createKeeper } from './keeper.ts'
import { createList } from './list.ts'
import { createLoader } from './loader.ts'
import { createMarks } from './marks.ts'
import type { Replica } from './model.ts'
import { createStore } from './store.ts'
import type { Inbox, InboxFilter } from './types.ts'

export type { Inbox, InboxFilter, InboxItem, InboxSnapshot, NetworkStatus } from './types.ts'

/** The inboxes of a client, one a filter: they share what is known, and the marks on their way. */
export interface InboxesOfClient extends Inboxes {
  /** What is known, for tests and for looking at faults. */
  readonly replica: Replica
  /** The list of a filter: the same object for the same filter. Throws a TypeError for a filter that is none. */
  inbox (filter?: InboxFilter): Inbox
}

export function createInboxes (core: Core, storage?: InboxStorage): InboxesOfClient {
  const store = createStore(core)
  const { _replica: replica } = store
  const loader = createLoader(store)
  const marks = createMarks(store)
  const keeper = storage && createKeeper(store, marks, storage)
  return {
    replica,
    inbox (filter) {
      const view = replica.view(checkedFilter(filter))
      view.inbox ??= createList(store, loader, marks, view)
      return view.inbox
    },
    async since () {
      await keeper?.load()
      const { epoch, at } = replica
      return epoch && formatCursor(epoch, at)
    },
    onFrame (frame) {
      replica.frame(frame as Event)
      store._touch()
    },
    onConnection () {
      loader.onConnection()
      marks.onConnection()
      // What they do next waits until the frame that came with it is applied.
      store._touch()
    },
    onTabMessage: marks.onTabMessage,
    async onLogout (isKept) {
      marks.clear()
      replica.empty()
      store._touch()
      await keeper?.wipe(isKept)
    },
    onDisconnect () {
      keeper?.save()
      store.stop()
    }
  }
}
