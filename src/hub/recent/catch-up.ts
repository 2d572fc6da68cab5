import { keysOfCohort } from '../../log/audience.ts'
import type { LogEvent } from '../../log/event.ts'
import { cohortName } from '../cohort.ts'
import type { Connection } from '../connection.ts'
import { movedSubject } from '../control.ts'
import { isPublic, type Frames } from '../frame.ts'
import { Ring } from './ring.ts'
import { passes } from '../topics.ts'

/** What a reader that stalls in a replay keeps in memory: small, for there may be thousands. */
const CHUNK_BYTES = 65_536
/** Of what is kept for others until the log goes on. */
const MAX_SHARED_BYTES = 16 * 1024 * 1024
const MAX_RANGES = 64

/** What a socket missed: how many events, and their frames joined into what is written at once. */
export interface Missed { count: number, chunks: Buffer[] }

/** Joins frames, each made when it is its turn, into chunks of no more than one frame above a size. */
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

/** A part of the log, looked at once for all who missed it. */
interface Range {
  events: LogEvent[]
  /** Keys that its events address, and whom they move: for who is named among them it is put together alone. */
  named: Set<string>
  /** Whether an event of it expires: it is there for one and not for the next. */
  isFleeting: boolean
  /** What it is for a cohort, by the cohort's name. */
  shared: Map<string, Missed>
}

/** The newest events, for sockets that missed them: they come back by the thousand, so what a cohort missed is put together once. */
export class CatchUp {
  readonly #frames: Frames
  readonly #ring: Ring
  #ranges = new Map<string, Range>()
  #sharedBytes = 0

  /** `position`: the log's head when it begins. */
  constructor (frames: Frames, position: number) {
    this.#frames = frames
    this.#ring = new Ring(position)
  }

  push (events: LogEvent[]): void {
    this.#ring.push(events)
    this.#forget()
  }

  /**
   * What a socket missed of the events with `after < seq ≤ upTo`. Undefined if that takes the store:
   * the ring does not reach back, or the user moved since.
   */
  of (connection: Connection, after: number, upTo: number): Missed | undefined {
    if (after < this.#ring.start) return undefined
    if (after === upTo) return { count: 0, chunks: [] }
    const range = this.#rangeOf(after, upTo)
    const { events, named, isFleeting, shared } = range
    const { subject, membership, topics, isCompressed } = connection
    if (named.has(subject)) {
      // Before a move another audience was theirs, which the store knows and the ring does not.
      return events.some(event => movedSubject(event) === subject) ? undefined : this.#putTogether(events, connection)
    }
    if (!membership || isFleeting) return this.#putTogether(events, connection)
    const name = cohortName(membership, topics, isCompressed)
    return shared.get(name) ?? this.#share(range, name, this.#putTogether(events, connection))
  }

  #rangeOf (after: number, upTo: number): Range {
    const name = `${after} ${upTo}`
    const known = this.#ranges.get(name)
    if (known) return known
    const events = this.#ring.between(after, upTo)
    const named = new Set(events.flatMap(event => [...event.keys, movedSubject(event) ?? '']))
    const range: Range = { events, named, isFleeting: events.some(({ expiresAt }) => expiresAt !== null), shared: new Map() }
    if (this.#ranges.size >= MAX_RANGES) this.#forget()
    this.#ranges.set(name, range)
    return range
  }

  #putTogether (events: LogEvent[], connection: Connection): Missed {
    const wanted = events.filter(event => this.#isFor(connection, event))
    const frames = wanted.map(event => this.#frames.of(event, connection.isCompressed))
    return { count: wanted.length, chunks: [...chunksOf(frames)] }
  }

  #isFor ({ subject, membership, topics }: Connection, event: LogEvent): boolean {
    if (!isPublic(event) || !passes(topics, event) || !membership) return false
    if (event.expiresAt !== null && event.expiresAt <= Date.now()) return false
    if (this.#ring.isRecalled(event)) return false
    const keys = [subject, ...keysOfCohort(membership)]
    return event.keys.some(key => keys.includes(key))
  }

  #share ({ shared }: Range, name: string, missed: Missed): Missed {
    this.#sharedBytes += missed.chunks.reduce((sum, { length }) => sum + length, 0)
    if (this.#sharedBytes > MAX_SHARED_BYTES) this.#forget()
    else shared.set(name, missed)
    return missed
  }

  #forget (): void {
    if (this.#ranges.size > 0) this.#ranges = new Map()
    this.#sharedBytes = 0
  }
}
