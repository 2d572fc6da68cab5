import { formatCursor } from '../../protocol/cursor.ts'
import type { InboxStorage, StoredInbox } from '../seam.ts'
import type { Outbox } from './outbox.ts'
import { VERSION } from './state/reduce.ts'
import { isActive } from './state/overlay.ts'
import { areCountsKnown } from './state/snapshot.ts'
import { WHOLE, type Intent, type State } from './state/state.ts'
import type { Store } from './store.ts'
import { isIntent } from './tabs.ts'
import { bottomOf } from './state/views.ts'

/** The most notifications that are kept. */
const KEPT = 200
/** How long changes are collected before they are written, in milliseconds. */
const DELAY = 1000
/** How long it waits after a failure: there may be room again. */
const RETRY = 30_000

/** Keeps the inbox in a storage. Where that fails it goes on without, and says so. */
export class Keeper {
  readonly #store: Store
  readonly #outbox: Outbox
  readonly #storage: InboxStorage
  /** Whose inbox was read from the storage: only then may another one be written over it. */
  #user: string | undefined
  #saved: State | undefined
  #hasFailed = false
  /** Writes, one after the other, so that a `wipe` is not overtaken. */
  #last: Promise<unknown> = Promise.resolve()

  constructor (store: Store, outbox: Outbox, storage: InboxStorage) {
    this.#store = store
    this.#outbox = outbox
    this.#storage = storage
  }

  /** Begins with what was kept for the user. */
  async load (): Promise<void> {
    const { user } = this.#store.core
    if (user === undefined || this.#user === user) return
    const stored = await this.#try(() => this.#storage.load(this.#key(user)))
    if (this.#store.core.user !== user) return
    this.#user = user
    if (!isStored(stored)) return
    this.#store.dispatch({ kind: 'restored', stored })
    this.#outbox.resume((stored.pending ?? []).filter(isIntent) as Intent[])
  }

  work (): void {
    const { core, timers, state } = this.#store
    if (this.#user === undefined || !core.leads || this.#isSame(state)) return
    timers.start('save', this.#hasFailed ? RETRY : DELAY, () => this.save())
  }

  /** Writes what has changed, without waiting any longer. */
  save (): void {
    const { state, core, timers } = this.#store
    timers.stop('save')
    const [user, inbox] = [this.#user, inboxOf(state)]
    if (user === undefined || user !== core.user || !core.leads || !inbox || this.#isSame(state)) return
    this.#saved = state
    this.#store.run(() => this.#try(() => this.#storage.save(this.#key(user), inbox)))
  }

  /** Removes what was kept for the user. */
  async wipe (): Promise<void> {
    const user = this.#user ?? this.#store.core.user
    this.#user = undefined
    this.#saved = undefined
    if (user !== undefined) await this.#try(() => this.#storage.wipe(this.#key(user)))
  }

  #key (user: string): string {
    return `${this.#store.core.base} ${user}`
  }

  #isSame ({ entities, counts, at, pending }: State): boolean {
    const saved = this.#saved
    if (!saved || saved.at !== at || saved.counts !== counts || saved.pending.length !== pending.length || saved.entities.size !== entities.size) return false
    for (const [id, entity] of entities) if (saved.entities.get(id) !== entity) return false
    return pending.every((intent, n) => intent === saved.pending[n])
  }

  async #try<T> (fn: () => Promise<T>): Promise<T | undefined> {
    const done = this.#last.then(fn)
    this.#last = done.catch(() => {})
    try {
      const result = await done
      this.#hasFailed = false
      return result
    } catch (error) {
      if (!this.#hasFailed) this.#store.core.report({ code: 'storage', reason: `The inbox is not kept offline: ${String(error)}` })
      this.#hasFailed = true
      return undefined
    }
  }
}

/** What is to be kept of a state; undefined while it does not hold at one place. */
function inboxOf (state: State): StoredInbox | undefined {
  const { epoch, at, counts, replay, generation, pending } = state
  const whole = state.views.get(WHOLE)
  if (epoch === undefined || at < 0 || !counts || !areCountsKnown(state) || replay) return undefined
  const isListed = whole?.generation === generation && whole.incompleteAt === 0
  const bottom = isListed ? bottomOf(state, whole) : Infinity
  const active = [...state.entities.values()].filter(entity => entity.seq >= bottom && isActive(entity) && entity.generation === generation).sort((a, b) => b.seq - a.seq)
  return {
    version: VERSION,
    cursor: formatCursor(epoch, at),
    unread_count: counts.unread,
    unseen_count: counts.unseen,
    items: active.slice(0, KEPT).map(({ item }) => item),
    has_more: bottom > 0 || active.length > KEPT,
    pending: pending.filter(({ at: confirmedAt }) => confirmedAt === undefined)
  }
}

function isStored (stored: StoredInbox | undefined): stored is StoredInbox {
  return stored?.version === VERSION && typeof stored.cursor === 'string' && typeof stored.unread_count === 'number' && typeof stored.unseen_count === 'number' &&
    Array.isArray(stored.items) && stored.items.every(item => typeof (item as { id?: unknown } | null)?.id === 'string' && typeof (item as { cursor?: unknown }).cursor === 'string')
}
