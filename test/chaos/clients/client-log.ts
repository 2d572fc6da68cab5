import type { InboxSnapshot } from '../../../src/client/index.ts'
import type { ServerFrameType } from '../../../src/protocol/server-frames.ts'
import { placeOf } from '../checker/truth.ts'
import { frameLogOf, type ConnectionLog, type FrameLog, type SubscriberLog, type WireFrame } from '../journal.ts'
import { Waiting } from '../waiting.ts'

/** What a client is listened to for: all that it passes on and that is not an answer to itself. */
const told: Record<Exclude<ServerFrameType, 'ok' | 'error' | 'pong' | 'subscribed'>, true> = {
  welcome: true,
  caught_up: true,
  gap: true,
  'token.expiring': true,
  notification: true,
  'notification.updated': true,
  'notification.recalled': true,
  'notification.read': true,
  'notification.unread': true,
  'notification.archived': true,
  'notification.unarchived': true,
  'notification.deleted': true,
  'notification.restored': true,
  'notification.acted': true,
  'notification.acknowledged': true,
  'notification.reminder': true,
  'inbox.seen': true,
  'inbox.read_all': true,
  'inbox.changed': true,
  'preferences.changed': true
}
export const toldTypes = Object.keys(told) as (keyof typeof told)[]

/** The part of a snapshot that is judged. */
export type Shown = Pick<InboxSnapshot, 'unreadCount' | 'unseenCount' | 'hasMore' | 'networkStatus' | 'connection' | 'stale'> & { items: InboxSnapshot['items'] }

/** The log of a client of ours: what its events and its inbox say, and nothing that it does not show. */
export class ClientLog {
  readonly log: SubscriberLog
  readonly #waiting = new Waiting()
  /** The newest cursor that it told of. */
  cursor: string | undefined
  #asked: { at: number, since: string | undefined } = { at: Date.now(), since: undefined }
  #shown: Shown | undefined
  /** The run is over, or it goes: what happens to it now is not judged. */
  isOver = false

  constructor (log: SubscriberLog) {
    this.log = log
  }

  get connection (): ConnectionLog | undefined {
    return this.log.connections.at(-1)
  }

  /** It asks for a connection, from this cursor on. */
  asks (since: string | undefined): void {
    this.#asked = { at: Date.now(), since }
  }

  /** It told of a frame. */
  tells (wire: WireFrame): void {
    if (this.isOver) return
    const frame = frameLogOf(wire)
    // A tab that listens to another one hears of everything, but not always of a welcome.
    if (frame.type === 'welcome' || !this.connection) this.#connected(frame)
    this.connection!.frames.push(frame)
    const { cursor } = frame
    if (cursor !== undefined && (this.cursor === undefined || placeOf(cursor) > placeOf(this.cursor))) this.cursor = cursor
    this.#waiting.wake()
  }

  /** Its connection ended with this code. */
  ends (code: number): void {
    if (this.connection && !this.isOver) this.connection.closed ??= code
    this.#waiting.wake()
  }

  /** Its inbox shows this. */
  shows (shown: Shown): void {
    if (this.isOver) return
    const { items, unreadCount: unread, unseenCount: unseen, hasMore, networkStatus, connection, stale } = this.#shown = shown
    const isCurrent = connection === 'connected' && networkStatus === 'ready' && !stale
    const { cursor } = this
    this.log.screens?.push({ items, unread, unseen, isCurrent, hasMore, cursor })
    this.#waiting.wake()
  }

  /** Something else has become so. */
  protected wake (): void {
    this.#waiting.wake()
  }

  get isCurrent (): boolean {
    return this.log.screens?.at(-1)?.isCurrent === true
  }

  /** Whether its inbox shows a notification. */
  hasOnScreen (id: string): boolean {
    return this.#shown?.items.some(item => item.id === id) === true
  }

  /** Resolves when `test` is true after something that it told of or showed. */
  until (test: () => boolean): Promise<void> {
    return this.#waiting.until(test)
  }

  /** Resolves when it was told of everything up to a cursor. */
  reached (cursor: string): Promise<void> {
    const place = placeOf(cursor)
    return this.until(() => this.cursor !== undefined && placeOf(this.cursor) >= place)
  }

  #connected (first: FrameLog): void {
    const { at: openedAt, since } = this.log.client === 'node' ? this.#asked : { at: this.#asked.at, since: first.type === 'welcome' ? this.cursor : undefined }
    this.log.connections.push({ number: this.log.connections.length, openedAt, since, frames: [], asked: new Map() })
  }
}

/** A client of ours: in Node, or in a tab of a browser. */
export interface Client extends ClientLog {
  cuts: number
  complaints: string[]
  /** Resolves when it is connected. */
  welcomed: () => Promise<void>
  /** Resolves when its inbox says that it is whole. */
  settled: () => Promise<void>
  /** Goes for good: `hasLeft` if before the end. */
  stop: (hasLeft?: boolean) => Promise<void>
}
