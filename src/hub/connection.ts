import type { CloseCode } from '../protocol/close-codes.ts'
import { audienceKey, excludes, isGroupKey, isGroupOpenTo, keysOfCohort, type Membership } from '../log/audience.ts'
import type { LogEvent, TopicsChanged } from '../log/event.ts'
import type { Cohort } from './cohort.ts'
import type { GroupChange } from './control.ts'
import type { Encoding, OwnFrame } from './encoding.ts'
import { concatFrames, type Outgoing } from './outgoing.ts'
import { OwnMutes, type KnownMutes } from './mutes/own.ts'
import { Coverage } from './recent/coverage.ts'
import type { TopicFilter } from './topics.ts'

/** What a flush writes to: a TCP socket, or anything like it. */
export interface ByteSink {
  write (frames: Buffer): unknown
  /** Bytes that wait to be written. */
  readonly writableLength: number
  /** Whether writing is possible at all. */
  readonly writable: boolean
}

/** What carries a connection's bytes: an upgraded socket, an HTTP response that stays open… */
export interface Wire {
  readonly encoding: Encoding
  readonly sink: ByteSink
  /** Bytes written but not yet taken by the operating system. */
  readonly unsent: number
  /** Writes whole frames; never throws. */
  write (frames: Buffer): void
  /** Resolves when nothing is unsent or the wire is closed. */
  drained (): Promise<void>
  /** Says why, then closes. */
  close (code: CloseCode): void
  /** Closes at once, without a word. */
  terminate (): void
}

/** A reply is sent after the event `seq` and before the next one; instead of that event if it reports the same change. */
export interface ReplyAfter { seq: number, replacesEvent: boolean }

/** An edit or a recall of a notification: only for those whom its keys addressed when that was sent. */
export type FollowUp = LogEvent & { originSeq: number }

export function isFollowUp (event: LogEvent): event is FollowUp {
  return event.originSeq !== undefined
}

const NO_GROUPS: ReadonlyMap<string, number> = new Map()
const NO_CHANGES: { change: GroupChange, seq: number }[] = []

interface Owner { subject: string, sessionId?: string | undefined, membership: Membership | null }

/** An authenticated subscriber: who it is, what it wants to see, and the wire that its frames are written to. */
export class Connection {
  readonly id: string
  readonly wire: Wire
  readonly #maxUnsent: number
  /** The audience key of its user, or the subject of its API key. */
  readonly subject: string
  /** The login session it was opened with, if any. */
  sessionId: string | undefined
  /** The user's current company and role, kept up to date by control events; null for an API key. */
  membership: Membership | null
  topics: TopicFilter
  /** What it has sent to its user's device; absent if the device has no name. */
  readonly coverage: Coverage | undefined
  /** Of each of `#cohortKeys`, in that order: the `seq` after which it addresses the user. Empty until it is known. */
  #joined: number[] = []
  /** The keys of the user's groups, and the `seq` after which each addresses the user. */
  #groups: ReadonlyMap<string, number> = NO_GROUPS
  /** Until the store has been read: what changed since the connection is registered. */
  #changes: { change: GroupChange, seq: number }[] | undefined
  /** What the user chose of topics; absent if that is nothing. */
  mutes: OwnMutes | undefined
  /** Up to which event `mutes` is what the store knew, or, until it has been read, what changed since the registration. */
  #mutesSeq: number | { topics: TopicsChanged['topics'], seq: number }[] = []
  /** Set while the connection is live: only then a flush reaches it. */
  cohort: Cohort | undefined
  /** Closed by the server: by a control event, for a slow reader… */
  isClosed = false
  /** Removed from the hub, for good. */
  isGone = false
  /** Events buffered until a reply is sent. */
  #held: { events: Outgoing[], bytes: number } | undefined

  /** `maxUnsent`: bytes that may wait on its wire before its reader counts as slow. */
  constructor (id: string, wire: Wire, { subject, sessionId, membership }: Owner, topics: TopicFilter, maxUnsent: number, device?: string) {
    this.id = id
    this.wire = wire
    this.#maxUnsent = maxUnsent
    this.subject = subject
    this.sessionId = sessionId
    this.membership = membership
    this.topics = topics
    this.coverage = device === undefined || !membership ? undefined : new Coverage(device)
  }

  get #cohortKeys (): string[] {
    return this.membership ? [this.subject, ...keysOfCohort(this.membership)] : []
  }

  /** The audience keys of its user; none for an API key. */
  get keys (): string[] {
    return [...this.#cohortKeys, ...this.#groups.keys()]
  }

  /** The keys of the groups that its user is a member of. */
  get groups (): ReadonlyMap<string, number> {
    return this.#groups
  }

  /** The `seq` after which all keys of its cohort address the user; infinite until it is known. */
  get lastJoined (): number {
    return this.#joined.length === 0 ? Infinity : Math.max(...this.#joined.slice(1))
  }

  /** Sets what the store says of the user's own settings of topics. What the log has told since then is newer. */
  setMutes (known: KnownMutes): void {
    const changes = this.#mutesSeq
    this.#mutesSeq = known.seq
    this.mutes = OwnMutes.of(known, this.mutes)
    if (typeof changes !== 'number') for (const { topics, seq } of changes) this.changeMutes(topics, seq)
  }

  /** Changes the user's own settings of topics after the event `seq`. */
  changeMutes (topics: TopicsChanged['topics'], seq: number): void {
    if (typeof this.#mutesSeq !== 'number') this.#mutesSeq.push({ topics, seq })
    else if (seq > this.#mutesSeq) (this.mutes ??= new OwnMutes()).settings.change(topics, seq)
  }

  /** The `seq` after which the user is in the company; Infinity for none. It is the fourth of the cohort's keys. */
  get companySince (): number { return this.#joined[3] ?? Infinity }

  /** Whether one of the user's keys is known to address the user only after the event `seq`. */
  hasJoinedAfter (seq: number): boolean {
    return [...this.#joined, ...this.#groups.values()].some(after => after > seq && after !== Infinity)
  }

  /** Sets what the store says of the user's keys: the `seq` after which each addresses the user. What the log has told since the registration is newer. */
  setJoined (after: ReadonlyMap<string, number>): void {
    const known = this.#joined
    this.#joined = this.#cohortKeys.map((key, index) => after.get(key) ?? known[index] ?? Infinity)
    const company = this.membership?.company ?? null
    const groups = [...after].filter(([key]) => isGroupKey(key) && isGroupOpenTo(key, company))
    if (groups.length > 0) this.#groups = new Map(groups)
    const changes = this.#changes ?? []
    this.#changes = NO_CHANGES
    for (const { change, seq } of changes) this.changeGroups(change, seq)
  }

  /** Changes the company and role after the event `seq`: keys that are new address the user from there on. The groups of a former company end. */
  move (membership: Membership, seq: number): void {
    const before = new Map(this.#cohortKeys.map((key, index) => [key, this.#joined[index]]))
    const left = this.membership?.company ?? null
    if (left !== null && left !== membership.company) (this.mutes ??= new OwnMutes()).leave(audienceKey.company(left), this.#joined[3] ?? 0, seq)
    this.membership = membership
    this.#joined = this.#cohortKeys.map(key => before.get(key) ?? seq)
    this.changeGroups({ joined: [], left: [...this.#groups.keys()].filter(key => !isGroupOpenTo(key, membership.company)) }, seq)
  }

  /** Whether the user may be a member of the group with this key: certain once `setJoined` has been called. */
  mayBeInGroup (key: string): boolean {
    return this.#changes !== NO_CHANGES || this.#groups.has(key)
  }

  /** Changes the user's groups after the event `seq`. */
  changeGroups (change: GroupChange, seq: number): void {
    if (this.#changes !== NO_CHANGES) (this.#changes ??= []).push({ change, seq })
    const { joined, left } = change
    if (joined.length === 0 && left.length === 0) return
    const groups = new Map(this.#groups)
    for (const key of left) groups.delete(key)
    for (const key of joined) groups.set(key, seq)
    this.#groups = groups.size > 0 ? groups : NO_GROUPS
  }

  /** Changes the topic filter after the event `seq`. */
  filter (topics: TopicFilter, seq: number): void {
    this.topics = topics
    this.coverage?.filter(topics !== null, seq)
  }

  /** Whether an edit or a recall is for this user: somebody whom the notification's keys addressed when it was sent, or address now if it is for late joiners. */
  hasOriginal ({ keys, originSeq, isLate = false }: FollowUp): boolean {
    if (excludes(keys, this.subject)) return false
    const limit = isLate ? Infinity : originSeq
    const isSince = (index: number) => isLate || this.#joined[index]! < limit
    // A live connection shares the list of its cohort: nothing is built for each of thousands.
    const cohortKeys = this.cohort?.keys ?? this.#cohortKeys.slice(1)
    return (isSince(0) && keys.includes(this.subject)) || cohortKeys.some((key, index) => isSince(index + 1) && keys.includes(key)) ||
      keys.some(key => (this.#groups.get(key) ?? Infinity) < limit)
  }

  /**
   * Writes frames, or closes the connection of a slow reader, which then resumes from its cursor.
   * A reader is slow if too much was unsent before: a single large flush makes nobody slow.
   */
  write (frames: Buffer): void {
    if (this.isClosed) return
    if (this.wire.unsent > this.#maxUnsent) this.close(1013)
    else this.wire.write(frames)
  }

  /** Sends events, oldest first; `joined`: their frames in one buffer, if the caller has it. */
  deliver (events: Outgoing[], joined?: Buffer): void {
    const held = this.#held
    if (!held) return this.write(joined ?? concatFrames(events))
    for (const event of events) {
      held.events.push(event)
      held.bytes += event.frame.length
    }
    if (held.bytes > this.#maxUnsent) this.close(1013)
  }

  /** Sends events whose frames are in one buffer. In the common case nothing waits in the sink: then its reader is not slow. */
  deliverJoined ({ events, joined }: { events: Outgoing[], joined: Buffer }): void {
    const { sink } = this.wire
    if (!this.#held && !this.isClosed && sink.writableLength === 0 && sink.writable) sink.write(joined)
    else this.deliver(events, joined)
  }

  /** Buffers events until `release`. */
  hold (): void {
    this.#held = { events: [], bytes: 0 }
  }

  get isHeld (): boolean {
    return this.#held !== undefined
  }

  /** Sends a reply and what was buffered, in order; without `after` the reply comes first. */
  release (reply: OwnFrame, { seq, replacesEvent }: ReplyAfter = { seq: -1, replacesEvent: false }): void {
    const events = this.#held?.events ?? []
    this.#held = undefined
    const before = events.filter(event => event.seq < seq || (event.seq === seq && !replacesEvent))
    const after = events.filter(event => event.seq > seq)
    this.write(concatFrames([...before, { seq, frame: this.wire.encoding.encodeFrame(reply) }, ...after]))
  }

  /** Sends a frame that is no event of the log. */
  send (frame: OwnFrame): void {
    this.write(this.wire.encoding.encodeFrame(frame))
  }

  close (code: CloseCode): void {
    if (this.isClosed) return
    this.isClosed = true
    this.wire.close(code)
  }
}
