import { excludedBy, type Membership } from '../log/audience.ts'
import type { LogEvent, TopicsChanged } from '../log/event.ts'
import { CatchUp, type Backlog, type Show } from './recent/catch-up.ts'
import { Cohorts } from './cohort.ts'
import type { Connection, ReplyAfter } from './connection.ts'
import { isAboutGroups, isOfNoConnection, readControl, readGroupChanges, readTopicsChange, removedGroup, type GroupChange } from './control.ts'
import { KeyedSets } from './keyed-sets.ts'
import { FlushSchedule } from './flush.ts'
import { Frames, isPublic, type OwnFrame } from './encoding.ts'
import { address, deliver } from './address.ts'
import { Mutes, type SharedSettings } from './mutes/mutes.ts'
import { Roster } from './roster.ts'
import type { TopicFilter } from './topics.ts'
import { OpenWires } from './wires.ts'
import { Turns } from '../log/turns.ts'

/** Pages that replays read at the same time: few, so that most of the store's readers are left to requests. */
const REPLAYS_AT_ONCE = 4

export interface HubOptions {
  epoch: string
  /** The log's head when the hub begins: every later event is published to it. */
  seq: number
  /** The operator's and all companies' settings of topics, as of `seq` or a later event. */
  settings?: SharedSettings
  /** Called after each flush: how long it took, and how many frames it wrote, over all connections. */
  onFlush?: (flush: { ms: number, deliveries: number }) => void
  /** Called with an event of a kind that this version does not know; it was skipped. */
  onUnknown?: (event: LogEvent) => void
}

/**
 * Sends the log's events to the open connections that they are addressed to. It knows no transport: a
 * connection has an encoding and a wire. The events of one turn of the event loop are joined: each event
 * is encoded once per encoding, each cohort has one buffer, each connection gets one write, in log order.
 */
export class Hub {
  readonly epoch: string
  readonly #onFlush: HubOptions['onFlush']
  readonly #onUnknown: HubOptions['onUnknown']
  readonly #cohorts = new Cohorts()
  readonly #roster = new Roster()
  /** The live connections of each group's members, by the group's key. */
  readonly #groups = new KeyedSets<Connection>()
  readonly #mutes: Mutes
  readonly #catchUp: CatchUp
  readonly #schedule = new FlushSchedule(() => this.flush())
  readonly frames: Frames
  /** Every open wire of this node, those of registered connections among them. */
  readonly wires = new OpenWires(this.#roster)
  /** Who may read the next page of the log from the store. */
  readonly replays = new Turns(REPLAYS_AT_ONCE)
  #pending: LogEvent[] = []
  #seq: number

  constructor ({ epoch, seq, settings, onFlush, onUnknown }: HubOptions) {
    this.epoch = epoch
    this.frames = new Frames(epoch)
    this.#seq = seq
    this.#mutes = new Mutes(settings)
    this.#catchUp = new CatchUp(this.frames, this.#mutes, seq)
    this.#onFlush = onFlush
    this.#onUnknown = onUnknown
  }

  /** The `seq` of the newest event the hub was given. */
  get seq (): number {
    return this.#seq
  }

  /** How many connections are registered. */
  get size (): number {
    return this.#roster.size
  }

  /** Takes contiguous events; they go out with the next flush. */
  publish (events: LogEvent[]): void {
    for (const event of events) {
      this.#seq = event.seq
      if (isPublic(event)) this.#pending.push(event)
      else this.#obey(event)
    }
    this.#catchUp.push(events)
    if (this.#pending.length > 0) this.#schedule.request()
  }

  /** Registers a connection: control events reach it from now on, other events from `goLive` on. */
  register (connection: Connection): void {
    this.wires.registered(connection.wire)
    this.#roster.add(connection)
  }

  /** What a connection missed of the events with `after < seq ≤ upTo`, from memory; undefined if only the store can tell. */
  recent (connection: Connection, after: number, upTo: number, show?: Show): Backlog | undefined {
    return this.#catchUp.of(connection, after, upTo, show)
  }

  /**
   * Makes a connection live, in one turn: it is sent what the ring holds after the event `after`, and
   * every flush from then on. False if it has to replay first: the ring no longer covers `after`, or
   * holds more than one chunk.
   */
  goLive (connection: Connection, after: number): boolean {
    const backlog = this.recent(connection, after, this.#seq)
    // A replay waits for its reader between chunks; this does not.
    if (!backlog || backlog.chunks.length > 1) return false
    // Pending events are in the backlog too. Flushed before the connection joins, they are sent to it once.
    this.flush()
    const [chunk] = backlog.chunks
    if (chunk) connection.write(chunk)
    this.#join(connection)
    return true
  }

  /** Changes a connection's topic filter after the event with the returned `seq`. */
  setTopics (connection: Connection, topics: TopicFilter): number {
    this.#rejoin(connection, () => connection.filter(topics, this.#seq))
    return this.#seq
  }

  /** Buffers a connection's events until a reply is sent, so that newer events are applied after it. */
  hold (connection: Connection): void {
    connection.hold()
    this.#moveInCohort(connection)
  }

  /** Sends a reply and the buffered events, in order; without `after` the reply comes first. */
  release (connection: Connection, reply: OwnFrame, after?: ReplyAfter): void {
    // Events that come before the reply may still be pending.
    this.flush()
    connection.release(reply, after)
    this.#moveInCohort(connection)
  }

  /** Removes a connection for good: it gets no more events. Its wire may still be open. */
  remove (connection: Connection): void {
    this.#leave(connection)
    connection.isGone = true
    if (this.#roster.remove(connection)) this.wires.add(connection.wire)
  }

  /** The connections of a user or key. */
  connectionsOf (subject: string): Connection[] {
    return this.#roster.of(subject)
  }

  /** Every registered connection. */
  connections (): Iterable<Connection> {
    return this.#roster.all()
  }

  /** How many users with a connection to this node an event with these keys would reach. */
  countConnected (keys: string[]): number {
    const users = new Set<string>()
    for (const key of keys) {
      if (this.#roster.has(key)) users.add(key)
      for (const cohort of this.#cohorts.at(key)) for (const { subject } of cohort.members()) users.add(subject)
      for (const { subject } of this.#groups.of(key)) users.add(subject)
    }
    for (const subject of excludedBy(keys)) users.delete(subject)
    return users.size
  }

  /** Sends the pending events now; returns how many there were. */
  flush (): number {
    if (this.#pending.length === 0) return 0
    const start = performance.now()
    this.#schedule.cancel()
    const events = this.#pending
    this.#pending = []
    const deliveries = deliver(address(events, this.frames, { cohorts: this.#cohorts, roster: this.#roster, groups: this.#groups, mutes: this.#mutes }))
    this.#onFlush?.({ ms: performance.now() - start, deliveries })
    return events.length
  }

  /** Stops flushing; what is pending is sent first. */
  close (): void {
    this.flush()
    this.#schedule.cancel()
  }

  /** Applies a control event: connections change their audience or close, after all earlier events. */
  #obey (event: LogEvent): void {
    for (const [subject, change] of readGroupChanges(event)) {
      for (const connection of this.connectionsOf(subject)) this.#changeGroups(connection, change, event.seq)
    }
    const removed = removedGroup(event)
    const members = removed === undefined ? [] : [...this.connections()].filter(connection => connection.mayBeInGroup(removed))
    for (const connection of members) this.#changeGroups(connection, { joined: [], left: [removed!] }, event.seq)
    if (isAboutGroups(event) || isOfNoConnection(event)) return
    const settings = readTopicsChange(event)
    if (settings) return this.#changeSettings(settings, event.seq)
    const control = readControl(event)
    if (!control) return this.#onUnknown?.(event)
    for (const connection of this.connectionsOf(control.subject)) {
      const { membership } = control
      if (membership) this.#retarget(connection, membership, event.seq)
      else if (control.sessionId === undefined || control.sessionId === connection.sessionId) {
        this.flush()
        connection.close(4401)
        this.remove(connection)
      }
    }
  }

  #retarget (connection: Connection, membership: Membership, seq: number): void {
    const { role, company } = connection.membership!
    if (role === membership.role && company === membership.company) return
    this.#rejoin(connection, () => connection.move(membership, seq))
  }

  #changeGroups (connection: Connection, change: GroupChange, seq: number): void {
    this.#rejoin(connection, () => connection.changeGroups(change, seq))
  }

  #changeSettings ({ scope, topics }: TopicsChanged, seq: number): void {
    this.flush()
    this.#mutes.change(scope, topics, seq)
    for (const connection of this.connectionsOf(scope)) this.#rejoin(connection, () => connection.changeMutes(topics, seq))
  }

  #join (connection: Connection): void {
    const { membership, topics, isGone } = connection
    if (!membership || isGone) return
    connection.cohort = this.#cohorts.join(connection, membership, topics)
    this.#groups.add(connection.groups.keys(), connection)
  }

  #leave (connection: Connection): void {
    if (!connection.cohort) return
    this.#cohorts.leave(connection, connection.cohort)
    this.#groups.remove(connection.groups.keys(), connection)
    connection.cohort = undefined
  }

  /** A cohort keeps connections whose events are buffered apart from the others. */
  #moveInCohort (connection: Connection): void {
    connection.cohort?.remove(connection)
    connection.cohort?.add(connection)
  }

  /** Changes what a live connection's cohort and groups depend on, after all pending events. */
  #rejoin (connection: Connection, change: () => void): void {
    this.flush()
    const isLive = connection.cohort !== undefined
    this.#leave(connection)
    change()
    if (isLive) this.#join(connection)
  }
}
