import { formatCursor, parseCursor } from '../protocol/cursor.ts'
import { chunksOf } from './recent/catch-up.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Identity, Services, Standing } from '../socket/services.ts'
import { passes } from './topics.ts'
import type { LogEvent } from '../log/event.ts'

export type GapReason = 'expired' | 'epoch' | 'future' | 'unreadable'

export interface AttachOptions {
  hub: Hub
  services: Services
  identity: Identity
  heartbeatSeconds: number
  /** The cursor to resume from. */
  since?: string | undefined
  /** The client frame that asked for it. */
  replyTo?: string | undefined
  /** Called when the welcome was sent: what is answered from then on comes after it. */
  onGreeted?: () => void
}

/** Events of one read: no more than a stalled reader should keep in memory. */
const PAGE = 64

/**
 * Greets a socket, replays what it missed, and makes it live, without a gap or a double: `live` is a
 * place that the unread count is exact for; everything up to it is replay, everything after it comes
 * from the hub, whose ring closes the distance in the turn that registers the socket.
 */
export async function attach (connection: Connection, options: AttachOptions): Promise<void> {
  const { hub, services, identity, since, replyTo } = options
  hub.register(connection)
  const shown = await confirm(connection, options)
  const greet = (cursor: string, unread: number, resume: string) => {
    connection.send({
      type: 'welcome',
      cursor,
      payload: {
        connection_id: connection.id,
        ...shown,
        unread_count: unread,
        heartbeat_interval: options.heartbeatSeconds,
        resume
      },
      reply_to: replyTo
    })
    connection.uncork()
    options.onGreeted?.()
  }
  const userId = identity.membership?.id
  // An API key has no inbox: there is nothing to replay, and nothing will come.
  if (userId === undefined) return greet(formatCursor(hub.epoch, hub.position), 0, 'none')
  const { count: unread, seq: live, floor } = await services.unread(connection.membership!)
  await services.reached(live)
  const place = since === undefined ? undefined : readPlace(since, hub.epoch, live, floor)
  const resume = place === undefined ? 'none' : typeof place === 'number' ? 'complete' : 'gap'
  // What was missed is still to come: whoever is cut here must come back with the cursor they came with.
  greet(since ?? formatCursor(hub.epoch, live), unread, resume)
  if (typeof place === 'number') {
    const count = await replay(connection, userId, options, place, live)
    if (count === undefined) sendGap(connection, hub, live, 'expired')
    else connection.send({ type: 'caught_up', cursor: formatCursor(hub.epoch, live), payload: { count } })
  } else if (place) {
    sendGap(connection, hub, live, place)
  }
  for (let from = live; !connection.isClosed && !hub.goLive(connection, from);) {
    const upTo = hub.position
    const count = await replay(connection, userId, options, from, upTo)
    if (count === undefined) sendGap(connection, hub, upTo, 'expired')
    from = upTo
  }
}

function sendGap (connection: Connection, { epoch }: Hub, seq: number, reason: GapReason): void {
  connection.send({ type: 'gap', cursor: formatCursor(epoch, seq), payload: { reason } })
}

/**
 * Control events reach a socket once it is registered; what ended or moved between the check of its
 * credentials and that is made up for here.
 */
async function confirm (connection: Connection, { services, identity }: AttachOptions): Promise<Standing['shown']> {
  const { membership: before } = connection
  const { membership, shown } = await services.standing(identity)
  // Moved by an event meanwhile: that one is newer.
  if (connection.membership === before) connection.membership = membership
  return shown
}

/** Where to resume from, or why that is not possible. */
function readPlace (since: string, epoch: string, head: number, floor: number): number | GapReason {
  const position = parseCursor(since)
  if (!position) return 'unreadable'
  if (position.epoch !== epoch) return 'epoch'
  if (position.seq > head) return 'future'
  return position.seq < floor ? 'expired' : position.seq
}

/**
 * Sends the events with `after < seq ≤ upTo`, a page at a time, as fast as the socket takes them; how
 * many, undefined if retention was faster than the socket.
 */
async function replay (connection: Connection, userId: string, { hub, services }: AttachOptions, after: number, upTo: number): Promise<number | undefined> {
  const recent = hub.recent(connection, after, upTo)
  if (recent) {
    await writePaced(connection, recent.chunks)
    return recent.count
  }
  let count = 0
  while (!connection.isClosed) {
    const begin = after
    const page = await hub.replays.take(userId, () => services.log.replay(userId, begin, upTo, PAGE, connection.topics))
    if (!page) return undefined
    // The filter may have changed meanwhile.
    const wanted = page.events.filter(event => passes(connection.topics, event))
    await writePaced(connection, chunksOf(framesOf(wanted, hub, connection)))
    count += wanted.length
    if (page.upTo === upTo) break
    after = page.upTo
  }
  return count
}

/** Frames, each made when it is its turn. */
function * framesOf (events: LogEvent[], { frames }: Hub, { isCompressed }: Connection): Iterable<Buffer> {
  for (const event of events) yield frames.of(event, isCompressed)
}

/** Writes chunks, each when the socket has taken what came before. */
async function writePaced (connection: Connection, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) {
    connection.write(chunk)
    await connection.drained()
  }
}
