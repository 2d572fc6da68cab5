import type { Membership } from '../log/audience.ts'
import { formatCursor, readSince } from '../protocol/cursor.ts'
import type { User } from '../protocol/notification.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { GapReason, Resume } from '../protocol/server-frames.ts'
import type { LogEvent } from '../log/event.ts'
import type { LogReader } from '../log/reader.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import { withQuietUntil } from './encoding.ts'
import type { KnownMutes } from './mutes/own.ts'
import { chunksOf, type Show } from './recent/catch-up.ts'
import { passes } from './topics.ts'

/** A subscriber's company and role (null for an API key), and the user or key that its welcome names. */
export interface Subscriber {
  membership: Membership | null
  profile: { user: User } | { key: { id: string, name: string } }
}

interface Unread { count: number, unseen: number, seq: number, floor: number }

export interface AttachServices {
  log: Pick<LogReader, 'replay'>
  /** Resolves when the hub was given the event `seq`. */
  reached: (seq: number) => Promise<void>
  /** Reads the user's audience keys, and the `seq` after which each addresses the user. */
  joined: (userId: string) => Promise<ReadonlyMap<string, number>>
  /** Reads the user's own settings of topics, and when the quiet hours end (milliseconds; null if they are not now). */
  mutes: (userId: string) => Promise<KnownMutes & { quietUntil: number | null }>
  /** Reads the counts of unread and unseen notifications, the `seq` at which they hold, and the log's floor. */
  unread: (userId: string) => Promise<Unread>
}

export interface AttachOptions {
  hub: Hub
  services: AttachServices
  /** Reads the current subscriber. Throws BLF_UNAUTHENTICATED if the credentials have ended. */
  currentSubscriber: () => Promise<Subscriber>
  heartbeatSeconds: number
  /** The cursor to resume from. */
  since?: string | undefined
  /** The id of the client frame that authenticated the connection. */
  replyTo?: string | undefined
  /** Called when the welcome was sent. */
  onWelcome?: () => void
}

/** Events of a page: no more than a stalled reader should keep in memory. */
const PAGE = 64

/**
 * Welcomes a connection, replays what it missed, and makes it live, without a gap and without doubles:
 *
 *   since          unreadSeq                    hub.seq
 *     |--- replay ----|--- replayed again until ---|--- flushes --->
 *                     |    the ring covers it      |
 *
 * `unreadSeq` is where the unread count of the welcome holds: everything up to there is replay
 * (`caught_up` follows it), everything after it is new. `hub.goLive` sends the rest from memory and
 * joins the cohort in one turn.
 */
export async function attach (connection: Connection, options: AttachOptions): Promise<void> {
  const { hub, services, since, replyTo } = options
  hub.register(connection)
  const profile = await readProfile(connection, options)
  const welcome = (cursor: string, { count: unread, unseen }: Pick<Unread, 'count' | 'unseen'>, resume: Resume, quietUntil: string | null = null) => {
    connection.send({
      type: 'welcome',
      cursor,
      payload: {
        connection_id: connection.id,
        ...profile,
        unread_count: unread,
        unseen_count: unseen,
        heartbeat_interval: options.heartbeatSeconds,
        resume,
        ...quietUntil === null ? {} : { quiet_until: quietUntil }
      },
      reply_to: replyTo
    })
    options.onWelcome?.()
  }
  const { membership } = connection
  // An API key has no inbox: there is nothing to replay, and no event will come.
  if (!membership) return welcome(formatCursor(hub.epoch, hub.seq), { count: 0, unseen: 0 }, 'none')
  const [unread, joined, mutes] = await Promise.all([services.unread(membership.id), services.joined(membership.id), services.mutes(membership.id)])
  const { seq: unreadSeq, floor } = unread
  connection.setJoined(joined)
  connection.setMutes(mutes)
  // What the store says of the user's keys may be newer than the hub. Until the hub is there too, it would go by keys that the user had not yet.
  await services.reached(Math.max(unreadSeq, mutes.seq, ...joined.values()))
  const start = since === undefined ? undefined : readSince(since, { epoch: hub.epoch, head: unreadSeq, floor })
  const resume = start === undefined ? 'none' : typeof start === 'number' ? 'complete' : 'gap'
  connection.coverage?.begin(typeof start === 'number' ? start : unreadSeq, connection.topics !== null)
  // With `since` itself: who is disconnected during the replay must resume from the same cursor again.
  const quietUntil = mutes.quietUntil === null ? null : formatTimestamp(mutes.quietUntil)
  welcome(since ?? formatCursor(hub.epoch, unreadSeq), unread, resume, quietUntil)
  if (typeof start === 'number') {
    // A change that the welcome knows of must not contradict it: quiet hours may have begun or ended since.
    const show: Show = event => event.seq <= mutes.seq ? withQuietUntil(event, quietUntil) : event
    const count = await replay(connection, membership.id, options, start, unreadSeq, show)
    if (count === undefined) sendGap(connection, hub, unreadSeq, 'expired')
    else connection.send({ type: 'caught_up', cursor: formatCursor(hub.epoch, unreadSeq), payload: { count } })
  } else if (start) {
    sendGap(connection, hub, unreadSeq, start)
  }
  for (let after = unreadSeq; !connection.isClosed && !hub.goLive(connection, after);) {
    const upTo = hub.seq
    const count = await replay(connection, membership.id, options, after, upTo)
    if (count === undefined) sendGap(connection, hub, upTo, 'expired')
    after = upTo
  }
  connection.coverage?.live(hub.seq)
}

function sendGap (connection: Connection, { epoch }: Hub, seq: number, reason: GapReason): void {
  connection.coverage?.gap(seq)
  connection.send({ type: 'gap', cursor: formatCursor(epoch, seq), payload: { reason } })
}

/**
 * Control events reach a connection from its registration on. What changed between the check of its
 * credentials and its registration is read here.
 */
async function readProfile (connection: Connection, { currentSubscriber }: AttachOptions): Promise<Subscriber['profile']> {
  const { membership: before } = connection
  const { membership, profile } = await currentSubscriber()
  // A control event may have changed it meanwhile, and is newer.
  if (connection.membership === before) connection.membership = membership
  return profile
}

/**
 * Sends the events with `after < seq ≤ upTo`, as fast as the reader takes them: from memory, or a page
 * at a time from the store. Returns how many, undefined if retention removed some of them first.
 */
async function replay (connection: Connection, userId: string, { hub, services }: AttachOptions, after: number, upTo: number, show?: Show): Promise<number | undefined> {
  const backlog = hub.recent(connection, after, upTo, show)
  if (backlog) {
    await writePaced(connection, backlog.chunks)
    connection.coverage?.reached(upTo)
    return backlog.count
  }
  let count = 0
  let reached = after
  while (!connection.isClosed) {
    const begin = reached
    const page = await hub.replays.take(userId, () => services.log.replay(userId, begin, upTo, PAGE, connection.topics))
    if (!page) return undefined
    // The filter may have changed while the page was read.
    const wanted = page.events.filter(event => passes(connection.topics, event))
    await writePaced(connection, chunksOf(framesOf(show ? wanted.map(show) : wanted, hub, connection)))
    count += wanted.length
    connection.coverage?.reached(page.upTo)
    if (page.upTo === upTo) break
    reached = page.upTo
  }
  return count
}

/** Encodes each event when its frame is pulled. */
function * framesOf (events: LogEvent[], { frames }: Hub, { wire }: Connection): Iterable<Buffer> {
  for (const event of events) yield frames.of(event, wire.encoding)
}

/** Writes each chunk when the reader has taken the ones before it. */
async function writePaced (connection: Connection, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) {
    connection.write(chunk)
    await connection.wire.drained()
  }
}
