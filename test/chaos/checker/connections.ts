import type { Report, Verdict } from '../checker.ts'
import type { ConnectionLog, FrameLog, Journal, SubscriberLog } from '../journal.ts'
import { dueAt, placeOf, titlesOf, type Accepted, type Truth } from './truth.ts'

type Counts = Pick<Verdict, 'deliveries' | 'repeated' | 'connections' | 'gaps'>

/**
 * Each connection alone has to be whole and in order from where it began to the last it got. Our client joins them: of all
 * that it tells, nothing may come twice.
 */
export function checkConnections (journal: Journal, truth: Truth, report: Report): Counts {
  const counts = { deliveries: 0, repeated: 0, connections: 0, gaps: 0 }
  for (const subscriber of journal.subscribers) {
    let reached = -1
    let memory = newMemory()
    for (const connection of subscriber.connections) {
      if (!subscriber.client) memory = newMemory()
      const walk = walkFrames(subscriber, connection, memory, truth, report)
      if (walk.begin === undefined) continue
      counts.connections += 1
      counts.deliveries += walk.received.size
      counts.gaps += walk.gaps.length
      for (const seq of walk.received) if (seq <= reached) counts.repeated += 1
      // It has to go on where the last one ended, or before.
      const after = reached === -1 ? walk.begin : Math.min(reached, walk.begin)
      findLost(subscriber, connection, walk, after, truth, report)
      findUntold(subscriber, connection, { after, end: walk.end }, journal, report)
      reached = Math.max(reached, walk.end)
    }
    const { end } = journal
    if (end !== undefined && !subscriber.hasLeft && reached < placeOf(end)) {
      report('lost', `${subscriber.name} stayed but never got to ${end}`)
    }
  }
  return counts
}

interface Walk {
  /** Where it began; undefined if it was over before its welcome. */
  begin: number | undefined
  /** Up to where it was told everything. */
  end: number
  received: Set<number>
  /** What a tab was told that it missed: after one place, and up to another. */
  gaps: [number, number][]
}

/** What must not come again, of a connection or of all that a client tells. */
interface Memory { seen: Set<number>, revisions: Map<string, number>, places: Map<string, number>, last: number }

const newMemory = (): Memory => ({ seen: new Set(), revisions: new Map(), places: new Map(), last: -1 })

function walkFrames (subscriber: SubscriberLog, connection: ConnectionLog, memory: Memory, truth: Truth, report: Report): Walk {
  const where = nameOf(subscriber, connection)
  const { seen, revisions, places } = memory
  const received = new Set<number>()
  const gaps: Walk['gaps'] = []
  let begin: number | undefined
  const live = liveFrom(connection)
  let replayed = 0
  for (const frame of connection.frames) {
    if (frame.type === 'welcome') {
      if (frame.resume === 'gap') report('gap', `${where} could not resume from ${connection.since}`)
      begin = placeOf(connection.since ?? frame.cursor!)
    } else if (frame.type === 'gap' && subscriber.client === 'tab') {
      // It slept for longer than the tab with the connection remembers: its screen is fetched again.
      gaps.push([memory.last, placeOf(frame.cursor!)])
    } else if (frame.type === 'caught_up') {
      // What another tab's connection replays a tab may have.
      if (subscriber.client !== 'tab' && frame.count !== replayed) report('miscounted', `${where} was told of ${frame.count} replayed events and got ${replayed}`)
    } else if (isEvent(frame)) {
      const seq = placeOf(frame.cursor!)
      if (seen.has(seq) || isElsewhere(frame, places)) report('doubled', `${where} got ${describe(frame)} twice`)
      else if (seq <= memory.last) report('misordered', `${where} got ${describe(frame)} after ${memory.last.toString(36)}`)
      else if (frame.type === 'notification.updated') {
        const { id = '', revision = 1 } = frame
        if (revision <= (revisions.get(id) ?? 1)) report('stale', `${where} got ${describe(frame)}, revision ${revision}, after revision ${revisions.get(id) ?? 1}`)
        revisions.set(id, revision)
      }
      seen.add(seq)
      replayed += 1
      if (isContent(frame)) received.add(seq)
      checkContent(where, frame, { user: subscriber.user, live, openedAt: connection.openedAt }, truth, report)
    }
    // Who is cut here comes back with this cursor, whatever frame has it: nothing older may follow.
    if (frame.cursor !== undefined) memory.last = Math.max(memory.last, placeOf(frame.cursor))
    // A tab begins with whatever it hears first of the log: that a token expires is of no place in it.
    if (subscriber.client === 'tab' && frame.cursor !== undefined) begin ??= placeOf(frame.cursor)
  }
  return { begin, end: memory.last, received, gaps }
}

/** After where a connection is sent what comes; `Infinity` if it did not get there. */
function liveFrom ({ since, frames }: ConnectionLog): number {
  const first = frames.find(({ type }) => type === (since === undefined ? 'welcome' : 'caught_up'))
  return first ? placeOf(first.cursor!) : Infinity
}

/** Whether a notification came from another place in the log too. */
function isElsewhere ({ type, id, cursor }: FrameLog, places: Map<string, number>): boolean {
  if (type !== 'notification') return false
  const seq = placeOf(cursor!)
  if (!places.has(id!)) places.set(id!, seq)
  return places.get(id!) !== seq
}

/** What arrived must have been published, as it is, and for this user. */
function checkContent (where: string, frame: FrameLog, { user, live, openedAt }: { user: string, live: number, openedAt: number }, truth: Truth, report: Report): void {
  for (const id of isContent(frame) ? [frame.id!] : frame.ids ?? []) {
    const known = truth.byId.get(id)
    if (!known) {
      if (!truth.open.has(id)) report('phantom', `${where} got ${describe(frame)}, which nobody was told is published`)
      continue
    }
    const { publication } = known
    const at = placeOf(frame.cursor!)
    // Somebody's own marks are told whatever became of what was marked.
    const isOwn = !isContent(frame) && frame.type !== 'notification.recalled'
    const { belonging } = truth
    // A busy server replays after `caught_up` too: also what is for late joiners, and was sent before they joined.
    const isReplayed = at <= live || publication.lateJoiners
    const isTheirs = isOwn
      ? belonging.mayHaveHad(user, publication, known.seq)
      : (isReplayed && belonging.mayReplay(user, publication, known.seq, [openedAt, frame.at])) || (at > live && belonging.mayHave(user, publication, known.seq, at))
    if (!isTheirs) report('leaked', `${where} got ${describe(frame)}, meant for ${JSON.stringify(publication.audience)}`)
    if (!isContent(frame)) continue
    if (frame.at < dueAt(publication)) report('untimely', `${where} got ${describe(frame)} ${dueAt(publication) - frame.at} ms before its time`)
    const { revision = 1 } = frame
    const titles = titlesOf(publication, revision)
    if (titles.length === 0) report('phantom', `${where} got ${describe(frame)}, revision ${revision}, which nobody asked for`)
    else if (!titles.includes(frame.title!)) report('altered', `${where} got ${describe(frame)}, revision ${revision}, as ${frame.title}`)
    const seq = seqOf(frame, known)
    if (seq !== undefined && placeOf(frame.cursor!) !== seq) report('forked', `${where} got ${describe(frame)}, acknowledged at ${seq.toString(36)}`)
    if (!truth.chains.mayReplace(id, frame.replaces)) report('unreplaced', `${where} got ${describe(frame)}, which replaces ${frame.replaces ?? 'nothing'}`)
  }
}

/** Where what a frame has was acknowledged; undefined if no answer said. */
function seqOf ({ type, revision }: FrameLog, { seq, publication }: Accepted): number | undefined {
  if (type === 'notification') return seq
  const { outcome } = publication.edits.find(edit => edit.revision === revision) ?? {}
  return outcome?.status === 'accepted' && outcome.cursor !== undefined ? placeOf(outcome.cursor) : undefined
}

/** Whether a frame has a notification in it, new or edited. */
function isContent ({ type }: FrameLog): boolean {
  return type === 'notification' || type === 'notification.updated'
}

/** When a connection was told of something at each place or after it; `Infinity` if never. Places are asked for in their order. */
export function momentsOf ({ frames }: Pick<ConnectionLog, 'frames'>): (seq: number) => number {
  const told = frames.filter(({ type, cursor }) => cursor !== undefined && type !== 'welcome')
  let next = 0
  return seq => {
    while (next < told.length && placeOf(told[next]!.cursor!) < seq) next += 1
    return told[next]?.at ?? Infinity
  }
}

/** What was acknowledged after a place and did not come, though the connection says that it is past it. */
function findLost (subscriber: SubscriberLog, connection: ConnectionLog, walk: Walk, after: number, truth: Truth, report: Report): void {
  const pastAt = momentsOf(connection)
  for (const { seq, publication, revision, origin } of truth.expected(subscriber.user)) {
    const { id } = publication
    if (seq <= after || walk.gaps.some(([from, to]) => seq > from && seq <= to)) continue
    if (seq > walk.end) break
    if (!truth.belonging.mustHear(subscriber.user, publication, origin, pastAt(seq))) continue
    if (!walk.received.has(seq) && !truth.recalled.has(id)) {
      report('lost', `${nameOf(subscriber, connection)} did not get ${id}, revision ${revision} (${seq.toString(36)})`)
    }
  }
}

/** Moves after a place of which the connection was not told that they changed the inbox, though it says that it is past them. */
function findUntold (subscriber: SubscriberLog, connection: ConnectionLog, { after, end }: { after: number, end: number }, { moves }: Journal, report: Report): void {
  const changes = connection.frames.filter(({ type }) => type === 'inbox.changed').map(({ cursor }) => placeOf(cursor!))
  for (const move of moves.filter(({ user, after: low, until }) => user === subscriber.user && placeOf(low) >= after && placeOf(until) <= end)) {
    const isTold = changes.some(seq => seq > placeOf(move.after) && seq <= placeOf(move.until))
    if (!isTold) report('lost', `${nameOf(subscriber, connection)} was not told that its inbox changed: ${JSON.stringify(move)}`)
  }
}

export function isEvent ({ type }: FrameLog): boolean {
  return ['notification', 'inbox.', 'preferences.'].some(kind => type.startsWith(kind))
}

function nameOf ({ name }: SubscriberLog, { number }: ConnectionLog): string {
  return `${name}#${number}`
}

function describe ({ type, id, ids, cursor }: FrameLog): string {
  return `${type} ${id ?? ids?.join() ?? ''} (${cursor})`
}
