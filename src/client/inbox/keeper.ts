import { formatCursor } from '../../protocol/cursor.ts'
import { reportFault } from '../events.ts'
import type { InboxStorage, StoredInbox } from '../seam.ts'
import { isPage } from './loader.ts'
import type { Mark, Marks } from './marks.ts'
import { isOutdated, listOf } from './reading.ts'
import type { Store, Task } from './store.ts'

/** The form of what is stored. */
const VERSION = 2
/** The most notifications that are kept. */
const KEPT = 200
/** How long changes are collected before they are written, in milliseconds. */
const DELAY = 1000
/** How long it waits after a failure: there may be room again. */
const RETRY = 30_000

/** Keeps the inbox in a storage. Where that fails it goes on without, and says so. */
export interface Keeper {
  /** Begins with what was kept for the user. */
  load (): Promise<void>
  /** Writes what has changed, without waiting any longer. */
  save (): void
  /** Removes what was kept for the user. */
  wipe (): Promise<void>
}

export function createKeeper (store: Store, marks: Marks, storage: InboxStorage): Keeper {
  const { core, replica } = store
  const task: Task = {}
  /** Whose inbox was read from the storage: only then may another one be written over it. */
  let user: string | undefined
  /** The version of the store that is kept. */
  let saved = 0
  let hasFailed = false
  /** Reads and writes, one after the other, so that a `wipe` is not overtaken. */
  let last: Promise<unknown> = Promise.resolve()

  const run = async (what: keyof InboxStorage, of: string | undefined, inbox?: StoredInbox): Promise<unknown> => {
    if (of === undefined) return
    const done = last.then<unknown>(() => storage[what](`${core.base} ${of}`, inbox!))
    last = done.catch(() => {})
    try {
      const result = await done
      hasFailed = false
      return result
    } catch (error) {
      if (!hasFailed) core.report({ code: 'storage', reason: `The inbox is not kept offline: ${String(error)}` })
      hasFailed = true
      saved = 0
    }
  }

  /** What is to be kept; undefined while it does not hold at one place. */
  const inboxOf = (): StoredInbox | undefined => {
    const { epoch, at, replay, whole, counts: { unread, unseen, isExact } } = replica
    if (epoch === undefined || !isExact || replay) return undefined
    const isListed = !isOutdated(replica, whole)
    // As the server has them: the marks are kept beside them.
    const active = isListed ? listOf(replica, whole, entity => entity) : []
    return {
      version: VERSION,
      cursor: formatCursor(epoch, at),
      unread_count: unread,
      unseen_count: unseen,
      items: active.slice(0, KEPT).map(({ item }) => item),
      has_more: !isListed || whole.bottom > 0 || active.length > KEPT,
      pending: marks.open()
    }
  }

  const isChanged = () => user !== undefined && user === core.user && core.leads && saved !== store.version

  const save = () => {
    const inbox = isChanged() && inboxOf()
    if (!inbox) return
    saved = store.version
    run('save', user, inbox).catch(reportFault)
  }

  store.workers.push(() => { if (isChanged() && store.isDue(task, hasFailed ? RETRY : DELAY)) save() })

  return {
    save,
    async load () {
      const of = core.user
      if (user === of) return
      const stored = await run('load', of) as StoredInbox | undefined
      if (core.user !== of) return
      user = of
      if (stored?.version !== VERSION || !isPage(stored, true)) return
      replica.restore(stored)
      marks.take((stored.pending ?? []) as Mark[])
    },
    async wipe () {
      const of = user ?? core.user
      user = undefined
      await run('wipe', of)
    }
  }
}
