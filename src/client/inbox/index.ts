import { formatCursor } from '../../protocol/cursor.ts'
import type { Core, Inboxes, InboxStorage } from '../seam.ts'
import { checkedFilter } from './input.ts'
import { Keeper } from './keeper.ts'
import { List } from './list.ts'
import { Loader } from './loader.ts'
import { Outbox } from './outbox.ts'
import { keyOf, type State } from './state/state.ts'
import { Store } from './store.ts'
import type { Inbox, InboxFilter } from './types.ts'

export type { Inbox, InboxFilter, InboxItem, InboxSnapshot, NetworkStatus } from './types.ts'

/** The inboxes of a client, one a filter: they share what is known, and the marks on their way. */
export interface InboxesOfClient extends Inboxes {
  /** What is known, for tests and for looking at faults. */
  readonly state: State
  /** The list of a filter: the same object for the same filter. Throws a TypeError for a filter that is none. */
  inbox (filter?: InboxFilter): Inbox
}

export function createInboxes (core: Core, storage?: InboxStorage): InboxesOfClient {
  const store = new Store(core)
  const loader = new Loader(store)
  const outbox = new Outbox(store)
  const keeper = storage && new Keeper(store, outbox, storage)
  const lists = new Map<string, List>()
  outbox.onUndone = intent => { for (const list of lists.values()) list.forget(intent) }
  store.work = () => {
    loader.work()
    outbox.work()
    keeper?.work()
  }
  return {
    get state () { return store.state },
    inbox (filter) {
      const checked = checkedFilter(filter)
      const key = `${keyOf(checked)}${checked.limit ?? ''}`
      const list = lists.get(key) ?? new List({ store, loader, outbox }, checked)
      lists.set(key, list)
      return list
    },
    async since () {
      await keeper?.load()
      const { epoch, at, views, generation } = store.state
      if (epoch === undefined) return undefined
      // Lists that were fetched before the connection resume from where they are.
      const fetched = [...views.values()].filter(view => view.generation === generation).map(({ asOf }) => asOf)
      const seq = at >= 0 ? at : Math.min(...fetched)
      return seq === Infinity ? undefined : formatCursor(epoch, seq)
    },
    onFrame (frame) { store.dispatch({ kind: 'frame', frame }) },
    onConnection () {
      loader.onConnection()
      outbox.onConnection()
      // What they do next waits until the frame that came with it is applied.
      store.touch()
    },
    onTabMessage (message) { outbox.onTabMessage(message) },
    async onLogout () {
      store.timers.stopAll()
      outbox.clear()
      for (const list of lists.values()) list.clear()
      store.dispatch({ kind: 'emptied' })
      await keeper?.wipe()
    },
    onDisconnect () {
      keeper?.save()
      store.timers.stopAll()
    }
  }
}
