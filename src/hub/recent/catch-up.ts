import { audienceKey, excludedBy, excludes } from '../../log/audience.ts'
import type { LogEvent } from '../../log/event.ts'
import { isFollowUp, type Connection } from '../connection.ts'
import { movedSubjects } from '../control.ts'
import { isPublic, type Frames } from '../encoding.ts'
import { cohortName } from '../cohort.ts'
import type { Mutes } from '../mutes/mutes.ts'
import { Ring } from './ring.ts'
import { passes } from '../topics.ts'

/** A chunk's size: what a reader that stalls in a replay keeps in memory. Small, because there may be thousands of them. */
const CHUNK_BYTES = 65_536
/** Bound of the backlogs that are kept for others, until the next event. */
const MAX_SHARED_BYTES = 16 * 1024 * 1024
const MAX_RANGES = 64

/** The events that a connection missed: how many, and their frames joined into chunks that are written one by one. */
export interface Backlog { count: number, chunks: Buffer[] }

/** The event as a connection gets it. */
export type Show = (event: LogEvent) => LogEvent

/** Joins frames into chunks of at least `CHUNK_BYTES` (the last one aside). Frames are pulled, and so encoded, as chunks are. */
export function * chunksOf (frames: Iterable<Buffer>): Iterable<Buffer> {
  let chunk: Buffer[] = []
  let size = 0
  for (const frame of frames) {
    chunk.push(frame)
    size += frame.length
    if (size < CHUNK_BYTES) continue
    yield Buffer.concat(chunk, size)
    chunk = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(chunk, size)
}

/** The events between two `seq`s, and what everybody who missed them can share. */
interface Range {
  events: LogEvent[]
  /** The audience keys of the events, and the users whom they exclude: whoever is among them needs a backlog of their own. */
  touchedKeys: Set<string>
  /** The users that the events move. */
  moved: Set<string>
  /** Whether a group was removed: then anybody may have been a member of it. */
  hasRemovedGroup: boolean
  /** Whether an event can expire: then two connections of one cohort may need different backlogs. */
  isExpiring: boolean
  /** Of the notifications that edits and recalls are about, the oldest one's `seq`: who joined after it may need another backlog than the rest of the cohort. Undefined if there are none. */
  oldestOrigin: number | undefined
  /** The events that have a topic. */
  byTopic: Map<string, LogEvent[]>
  /** The backlogs of cohorts, by the cohort's name and how its members deviate from it. */
  shared: Map<string, Backlog>
}

/**
 * The newest events, for connections that missed them. After a restart or a network fault thousands
 * resume from about the same `seq`, so the backlog of a cohort is built once and shared:
 *
 *   events 5 (all), 6 (u:bob): alice and ben of company a share one backlog [5]; bob's own is [5, 6]
 */
export class CatchUp {
  readonly #frames: Frames
  readonly #ring: Ring
  readonly #mutes: Mutes
  #ranges = new Map<string, Range>()
  #sharedBytes = 0

  /** `seq`: that of the newest event when it begins. */
  constructor (frames: Frames, mutes: Mutes, seq: number) {
    this.#frames = frames
    this.#mutes = mutes
    this.#ring = new Ring(seq)
  }

  push (events: LogEvent[]): void {
    this.#ring.push(events)
    this.#forget()
  }

  /**
   * What a connection missed of the events with `after < seq ≤ upTo`. Undefined if only the store can
   * tell: the ring no longer covers `after`, or the user moved since, be it after `upTo`. `show`: how events that are for the user alone look.
   */
  of (connection: Connection, after: number, upTo: number, show?: Show): Backlog | undefined {
    if (after < this.#ring.start) return undefined
    if (after === upTo) return { count: 0, chunks: [] }
    const range = this.#rangeOf(after, upTo)
    const { events, touchedKeys, moved, hasRemovedGroup, isExpiring, oldestOrigin, shared } = range
    const { subject, membership, topics, wire } = connection
    // Before a move the user had another audience, which the store knows and the ring does not. The hub may be ahead of `upTo`, and so may the move.
    if (hasRemovedGroup || moved.has(subject) || connection.hasJoinedAfter(upTo)) return undefined
    const isTouched = touchedKeys.has(subject) || [...connection.groups.keys()].some(key => touchedKeys.has(key))
    if (!membership || isExpiring || isTouched || (oldestOrigin !== undefined && connection.lastJoined >= oldestOrigin)) return this.#build(events, connection, show)
    const name = `${cohortName(membership, topics, wire.encoding)}${this.#deviationsOf(connection, range)}`
    return shared.get(name) ?? this.#share(range, name, this.#build(events, connection))
  }

  /** For which events the user's own settings, or a former company's, decide otherwise than the cohort's: who has the same shares a backlog. */
  #deviationsOf (connection: Connection, { byTopic }: Range): string {
    const { mutes, membership } = connection
    if (!mutes) return ''
    const company = membership?.company == null ? undefined : audienceKey.company(membership.company)
    const topics = mutes.formerCompanies.length > 0 ? byTopic.keys() : mutes.settings.topics
    const seqs = [...topics].flatMap(topic => byTopic.get(topic) ?? []).filter(event => this.#mutes.isMuted(connection, event) !== this.#mutes.isOff(company, event)).map(({ seq }) => seq)
    return seqs.length > 0 ? ` ${seqs.sort((a, b) => a - b).join()}` : ''
  }

  #rangeOf (after: number, upTo: number): Range {
    const name = `${after} ${upTo}`
    const known = this.#ranges.get(name)
    if (known) return known
    const events = this.#ring.between(after, upTo)
    const touchedKeys = new Set(events.flatMap(({ keys }) => [...keys, ...excludedBy(keys)]))
    const moved = new Set(events.flatMap(movedSubjects))
    const hasRemovedGroup = events.some(({ kind }) => kind === 'group.removed')
    const isExpiring = events.some(event => this.#ring.expiryOf(event) !== null)
    const origins = events.flatMap(({ originSeq }) => originSeq ?? [])
    const oldestOrigin = origins.length > 0 ? origins.reduce((oldest, origin) => Math.min(oldest, origin)) : undefined
    const byTopic = Map.groupBy(events.filter(({ topic }) => topic !== null), ({ topic }) => topic!)
    const range: Range = { events, byTopic, touchedKeys, moved, hasRemovedGroup, isExpiring, oldestOrigin, shared: new Map() }
    if (this.#ranges.size >= MAX_RANGES) this.#forget()
    this.#ranges.set(name, range)
    return range
  }

  #build (events: LogEvent[], connection: Connection, show: Show = event => event): Backlog {
    const keys = new Set(connection.keys)
    const wanted = events.filter(event => this.#isFor(connection, keys, event))
    const frames = wanted.map(event => this.#frames.of(show(event), connection.wire.encoding))
    return { count: wanted.length, chunks: [...chunksOf(frames)] }
  }

  #isFor (connection: Connection, keys: ReadonlySet<string>, event: LogEvent): boolean {
    if (!isPublic(event) || !passes(connection.topics, event)) return false
    const expiresAt = this.#ring.expiryOf(event)
    if (expiresAt !== null && expiresAt <= Date.now()) return false
    if (this.#ring.isRecalled(event) || this.#mutes.isMuted(connection, event)) return false
    if (isFollowUp(event)) return connection.hasOriginal(event)
    return event.keys.some(key => keys.has(key)) && !excludes(event.keys, connection.subject)
  }

  #share ({ shared }: Range, name: string, backlog: Backlog): Backlog {
    this.#sharedBytes += backlog.chunks.reduce((sum, { length }) => sum + length, 0)
    if (this.#sharedBytes > MAX_SHARED_BYTES) this.#forget()
    else shared.set(name, backlog)
    return backlog
  }

  #forget (): void {
    if (this.#ranges.size > 0) this.#ranges = new Map()
    this.#sharedBytes = 0
  }
}
