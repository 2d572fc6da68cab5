import { formatCursor } from '../../protocol/cursor.ts'
import { reportFault } from '../events.ts'
import { within } from '../platform.ts'
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
/** How long a storage may take, in milliseconds: a hanging one must not hold up the connection. */
const PATIENCE = 5000

/** Keeps the inbox in a storage. Where that fails it goes on without, and says so. */
export interface Keeper {
  /** Begins with what was kept for the user. */
  load (): Promise<void>
  /** Writes what has changed, without waiting any longer. */
  save (): void
  /** Leaves the user, and removes what was kept for them unless it `isKept`. */
  wipe (isKept?: boolean): Promise<void>
}

export function createKeeper (store: Store, marks: Marks, storage: InboxStorage): Keeper {
  const { core, _replica: replica } = store
  const task: Task = {}
  /** Whose inbox was read from the storage: only then may another one be written over it. */
  let user: string | undefined
  /** Who has gone last, if their inbox is kept: a logout removes it. */
  let left: string | undefined
  /** The version of the store that is kept. */
  let saved = 0
  let hasFailed = false
  /** Reads and writes, one after the other, so that a `wipe` is not overtaken. */
  let last: Promise<unknown> = Promise.resolve()
  /** A write that has not begun. */
  let next: { inbox: StoredInbox } | undefined

  const run = async (what: keyof InboxStorage, of: string | undefined, inboxOf?: () => StoredInbox): Promise<unknown> => {
    if (of === undefined) return
    const done = last.then<unknown>(() => storage[what](`${core.base} ${of}`, inboxOf?.()!))
    last = done.catch(() => {})
    try {
      const result = await within(core.clock, PATIENCE, () => done)
      hasFailed = false
      return result
    } catch (error) {
      // That something may be left of a user who has gone is always told.
      if (!hasFailed || what === 'wipe') core.report({ code: 'storage', reason: `The storage did not ${what} the inbox: ${String(error)}` })
      hasFailed = true
      saved = 0
    }
  }

  /** What is to be kept; undefined while it does not hold at one place. */
  const inboxOf = (): StoredInbox | undefined => {
    const { epoch, at, replay, _whole: whole, _counts: { unread, unseen, _isExact: isExact } } = replica
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
      has_more: !isListed || whole._bottom > 0 || active.length > KEPT,
      pending: marks.open()
    }
  }

  const isChanged = () => user !== undefined && user === core.user && core.leads && saved !== store._version

  const save = () => {
    const inbox = isChanged() && inboxOf()
    if (!inbox) return
    saved = store._version
    // The storage may hang: of the writes that wait for it, the newest is enough.
    if (next) next.inbox = inbox
    else {
      const write = next = { inbox }
      run('save', user, () => {
        next = undefined
        return write.inbox
      }).catch(reportFault)
    }
  }

  store._workers.push(() => { if (isChanged() && store._isDue(task, hasFailed ? RETRY : DELAY)) save() })

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
    async wipe (isKept) {
      const of = user ?? core.user ?? left
      left = isKept ? of : undefined
      // A write that waits goes on with what it has.
      user = next = undefined
      if (!isKept) await run('wipe', of)
    }
  }
}
