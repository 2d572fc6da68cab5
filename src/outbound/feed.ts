import { setTimeout as pause } from 'node:timers/promises'
import { problem } from '../errors.ts'
import type { LogEvent } from '../log/event.ts'
import type { Tail } from '../log/tail.ts'
import { formatCursor, readSince } from '../protocol/cursor.ts'
import type { FeedItem, FeedPage, FeedType } from '../protocol/outbound/feed.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { ActorRef } from '../rights/principal.ts'
import type { FeedEvent, FeedView } from '../store/contract/feed.ts'
import type { Store } from '../store/store.ts'

export interface FeedQuery {
  since?: string | undefined
  /** Without `since`: how many places before the end of the log it begins. */
  last?: number | undefined
  types?: FeedType[] | undefined
  limit: number
  /** How long to wait for an event, milliseconds. */
  waitMs: number
}

/** How many polls of one principal may wait at this node. */
export const MAX_WAITING_EACH = 20
/** The shortest time between two looks of one poll at the log, milliseconds. */
const PACE_MS = 50
/** How many pages one poll reads at most, if few of their events are asked for. */
const MAX_PAGES = 20

/** Answers polls of the event feed; those that ask to wait are answered when there is something. */
export class EventFeed {
  readonly #store: Pick<Store, 'feed' | 'epoch'>
  readonly #tail: Pick<Tail, 'seq'>
  readonly #waiting = new Set<(events: LogEvent[]) => void>()
  readonly #waitingEach = new Map<string, number>()
  readonly #closing = new AbortController()

  constructor ({ store, tail }: { store: Pick<Store, 'feed' | 'epoch'>, tail: Pick<Tail, 'seq' | 'follow'> }) {
    this.#store = store
    this.#tail = tail
    tail.follow(events => { for (const look of this.#waiting) look(events) })
  }

  /** How many polls wait. */
  get waiting (): number {
    return this.#waiting.size
  }

  /**
   * The events after `since`; waits for some if there are none. Once `signal` is aborted nobody waits for the answer. Throws BLF_CURSOR_GONE,
   * BLF_RATE_LIMITED if too many polls of the principal wait, and what `Store.feed` throws.
   */
  async poll (by: ActorRef, { since, last, types, limit, waitMs }: FeedQuery, signal: AbortSignal): Promise<FeedPage> {
    const deadline = performance.now() + waitMs
    const ended = AbortSignal.any([signal, this.#closing.signal])
    const isOver = () => performance.now() >= deadline || ended.aborted
    let { events, upTo } = await this.#read(by, await this.#startOf(by, since, last), types, limit)
    if (events.length === 0 && !isOver()) {
      const leave = this.#enter(by)
      try {
        while (events.length === 0 && !isOver()) {
          const readAt = performance.now()
          await this.#wait(upTo, types, Math.min(deadline - readAt, 2 ** 30), ended)
          const left = Math.min(deadline, readAt + PACE_MS) - performance.now()
          // It rejects where nobody waits any more.
          if (left > 0) await pause(left, undefined, { signal: ended }).catch(() => {});
          ({ events, upTo } = await this.#read(by, upTo, types, limit))
        }
      } finally {
        leave()
      }
    }
    return { items: events.map(event => toItem(this.#store.epoch, event)), cursor: formatCursor(this.#store.epoch, upTo) }
  }

  /** Answers all that wait, and lets nobody wait any more. */
  close (): void {
    this.#closing.abort()
  }

  async #startOf (by: ActorRef, since: string | undefined, last: number | undefined): Promise<number | null> {
    if (since === undefined && last === undefined) return null
    const { head, floor } = await this.#store.feed({ after: null, limit: 0, types: [], of: { by } })
    if (since === undefined) return Math.max(floor, head - last!)
    const start = readSince(since, { epoch: this.#store.epoch, head, floor })
    if (typeof start !== 'number') throw this.#gone(start, floor)
    return start
  }

  /** Reads on until there is something, or the log ends. */
  async #read (by: ActorRef, after: number | null, types: FeedType[] | undefined, limit: number): Promise<Pick<FeedView, 'events' | 'upTo'>> {
    const events: FeedEvent[] = []
    let from = after
    for (let pages = 1; ; pages++) {
      const view = await this.#store.feed({ after: from, limit: limit - events.length, ...(types ? { types } : {}), of: { by } })
      // Retention was faster. What was read already is an answer; the next poll is told.
      if (view.isGone && events.length === 0) throw this.#gone('expired', view.floor)
      if (view.isGone) return { events, upTo: from! }
      events.push(...view.events)
      from = view.upTo
      if (events.length >= limit || view.upTo >= view.head || pages === MAX_PAGES) return { events, upTo: view.upTo }
    }
  }

  #gone (reason: Exclude<ReturnType<typeof readSince>, number>, floor: number) {
    return Object.assign(problem('BLF_CURSOR_GONE'), { gap: { reason, cursor: formatCursor(this.#store.epoch, floor) } })
  }

  #enter ({ kind, id }: ActorRef): () => void {
    const name = `${kind}:${id}`
    const count = this.#waitingEach.get(name) ?? 0
    if (count >= MAX_WAITING_EACH) throw problem('BLF_RATE_LIMITED', `As many polls as may be (${MAX_WAITING_EACH}) wait with these credentials.`)
    this.#waitingEach.set(name, count + 1)
    return () => {
      const left = this.#waitingEach.get(name)! - 1
      if (left === 0) this.#waitingEach.delete(name)
      else this.#waitingEach.set(name, left)
    }
  }

  /** Resolves when there may be an event after `seq` of one of these types, after `ms`, or once it has `ended`. */
  async #wait (seq: number, types: FeedType[] | undefined, ms: number, ended: AbortSignal): Promise<void> {
    if (this.#tail.seq > seq) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const kinds = types && new Set<string>(types.map(kindOf))
    const look = (events: LogEvent[]) => { if (events.some(event => event.seq > seq && (!kinds || kinds.has(event.kind)))) resolve() }
    const timer = setTimeout(resolve, ms)
    const end = () => resolve()
    this.#waiting.add(look)
    ended.addEventListener('abort', end)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(look)
      ended.removeEventListener('abort', end)
    }
  }
}

/** The kind of event that has this type in the feed. */
function kindOf (type: FeedType): string {
  return type === 'notification.sent' ? 'notification' : type.startsWith('user.') ? 'user.updated' : type
}

/** An event as backends get it. */
export function toItem (epoch: string, { seq, type, at, userId, notificationIds, before, topic, webhookId, channel }: FeedEvent): FeedItem {
  return {
    cursor: formatCursor(epoch, seq),
    type,
    at: formatTimestamp(at),
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(notificationIds ? { notification_ids: notificationIds } : {}),
    ...(before === undefined ? {} : { before }),
    ...(topic === undefined ? {} : { topic }),
    ...(webhookId === undefined ? {} : { webhook_id: webhookId }),
    ...(channel === undefined ? {} : { channel })
  }
}
