import type { Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import { CatchUp, type Missed } from './recent/catch-up.ts'
import { Cohorts, type Cohort } from './cohort.ts'
import type { Connection, Place } from './connection.ts'
import { readControl } from './control.ts'
import { FlushSchedule } from './flush.ts'
import { Frames, isPublic } from './frame.ts'
import { add, inOrder, type Outgoing } from './outgoing.ts'
import { Roster } from './roster.ts'
import { passes, type TopicFilter } from './topics.ts'
import { Turns } from '../log/turns.ts'

/** Pages being read at once: all that a node's sockets replay leaves most of the store's readers to others. */
const REPLAYS_AT_ONCE = 4

export interface HubOptions {
  epoch: string
  /** The log's head when the hub begins: it is told of every event after it. */
  position: number
  /** Called after each flush: how long it took and how many frames went to how many sockets in sum. */
  onFlush?: (flush: { ms: number, deliveries: number }) => void
  /** Called with an event that this version does not know, which was skipped. */
  onUnknown?: (event: LogEvent) => void
}

/**
 * Sends the log's events to the open sockets they are meant for. Events of one turn are joined: one
 * frame an event, one buffer a cohort, one write a socket, in log order on every socket.
 */
export class Hub {
  readonly epoch: string
  readonly #onFlush: HubOptions['onFlush']
  readonly #onUnknown: HubOptions['onUnknown']
  readonly #cohorts = new Cohorts()
  readonly #roster = new Roster()
  readonly #catchUp: CatchUp
  readonly #schedule = new FlushSchedule(() => this.flush())
  readonly frames: Frames
  /** Whose turn it is to read a page of the log from the store. */
  readonly replays = new Turns(REPLAYS_AT_ONCE)
  #pending: LogEvent[] = []
  #position: number

  constructor ({ epoch, position, onFlush, onUnknown }: HubOptions) {
    this.epoch = epoch
    this.frames = new Frames(epoch)
    this.#position = position
    this.#catchUp = new CatchUp(this.frames, position)
    this.#onFlush = onFlush
    this.#onUnknown = onUnknown
  }

  /** The `seq` of the newest event the hub was given. */
  get position (): number {
    return this.#position
  }

  /** How many sockets are open and authenticated. */
  get size (): number {
    return this.#roster.size
  }

  /** Takes contiguous events; they go out with the next flush. */
  publish (events: LogEvent[]): void {
    for (const event of events) {
      this.#position = event.seq
      if (isPublic(event)) this.#pending.push(event)
      else this.#obey(event)
    }
    this.#catchUp.push(events)
    if (this.#pending.length > 0) this.#schedule.request()
  }

  /** Registers a socket of a user; it gets no events before `goLive`. */
  register (connection: Connection): void {
    this.#roster.add(connection)
  }

  /** What a socket missed of the events with `after < seq ≤ upTo`, from memory; undefined if that takes the store. */
  recent (connection: Connection, after: number, upTo: number): Missed | undefined {
    return this.#catchUp.of(connection, after, upTo)
  }

  /**
   * Makes a socket live from `from` on, in one turn: what the ring holds after `from`, then every
   * flush. False if the ring does not do, or holds more than is written at once; then it takes a replay first.
   */
  goLive (connection: Connection, from: number): boolean {
    const missed = this.recent(connection, from, this.#position)
    // A replay minds its reader's pace; what is caught up on in one turn does not.
    if (!missed || missed.chunks.length > 1) return false
    // What is pending lies before this socket's live; flushed now, it can be sent neither twice nor never.
    this.flush()
    const [chunk] = missed.chunks
    if (chunk) connection.write(chunk)
    this.#join(connection)
    return true
  }

  /** Changes a socket's topic filter at one place in the log, which it returns. */
  setTopics (connection: Connection, topics: TopicFilter): number {
    this.#rejoin(connection, () => { connection.topics = topics })
    return this.#position
  }

  /** Buffers a socket's events until it is answered: the answer stands among them at its own place. */
  hold (connection: Connection): void {
    connection.hold()
    this.#resettle(connection)
  }

  /** Answers a socket whose events are buffered and lets them go; without a place the answer comes first. */
  release (connection: Connection, answer: object, place?: Place): void {
    // What was committed before the answer's place may still be pending.
    this.flush()
    connection.release(answer, place)
    this.#resettle(connection)
  }

  /** Forgets a socket, for good: it gets no more events. */
  remove (connection: Connection): void {
    if (connection.cohort) this.#cohorts.leave(connection, connection.cohort)
    connection.cohort = undefined
    connection.isGone = true
    this.#roster.remove(connection)
  }

  /** The open sockets of a user or key. */
  connectionsOf (subject: string): Connection[] {
    return this.#roster.of(subject)
  }

  /** Every open socket. */
  connections (): Iterable<Connection> {
    return this.#roster.all()
  }

  /** How many users with an open socket here an event under these keys would reach. */
  countConnected (keys: string[]): number {
    const users = new Set<string>()
    for (const key of keys) {
      if (this.#roster.has(key)) users.add(key)
      for (const cohort of this.#cohorts.at(key)) for (const { subject } of cohort.members()) users.add(subject)
    }
    return users.size
  }

  /** Sends what is pending, now; how many events that was. */
  flush (): number {
    if (this.#pending.length === 0) return 0
    const start = performance.now()
    this.#schedule.cancel()
    const events = this.#pending
    this.#pending = []
    const { shared, own } = this.#address(events)
    let deliveries = 0
    for (const [cohort, outgoing] of shared) {
      deliveries += outgoing.length * cohort.size
      cohort.deliver(outgoing, own)
    }
    for (const [connection, mine] of own) {
      connection.deliver(inOrder(shared.get(connection.cohort!) ?? [], mine))
      deliveries += mine.length
    }
    this.#onFlush?.({ ms: performance.now() - start, deliveries })
    return events.length
  }

  /** Stops flushing; what is pending is sent first. */
  close (): void {
    this.flush()
    this.#schedule.cancel()
  }

  #address (events: LogEvent[]): { shared: Map<Cohort, Outgoing[]>, own: Map<Connection, Outgoing[]> } {
    const shared = new Map<Cohort, Outgoing[]>()
    const own = new Map<Connection, Outgoing[]>()
    for (const event of events) {
      const encoded = (isCompressed: boolean) => ({ seq: event.seq, frame: this.frames.of(event, isCompressed) })
      for (const key of event.keys) {
        for (const cohort of this.#cohorts.at(key)) {
          if (passes(cohort.topics, event)) add(shared, cohort, encoded(cohort.isCompressed))
        }
        for (const connection of this.#roster.of(key)) {
          if (!connection.cohort || !passes(connection.topics, event)) continue
          add(own, connection, encoded(connection.isCompressed))
        }
      }
    }
    return { shared, own }
  }

  /** A control event: sockets move or close at its place in the log. */
  #obey (event: LogEvent): void {
    const control = readControl(event)
    if (!control) return this.#onUnknown?.(event)
    for (const connection of this.connectionsOf(control.subject)) {
      const { membership } = control
      if (membership) this.#retarget(connection, membership)
      else if (control.sessionId === undefined || control.sessionId === connection.sessionId) {
        this.flush()
        connection.close(4401)
        this.remove(connection)
      }
    }
  }

  #retarget (connection: Connection, membership: Membership): void {
    const { role, company } = connection.membership!
    if (role === membership.role && company === membership.company) return
    this.#rejoin(connection, () => { connection.membership = membership })
  }

  #join (connection: Connection): void {
    const { membership, topics, isGone } = connection
    if (membership && !isGone) connection.cohort = this.#cohorts.join(connection, membership, topics)
  }

  /** Its cohort has another place for it now that its events are kept back, or no longer are. */
  #resettle (connection: Connection): void {
    connection.cohort?.remove(connection)
    connection.cohort?.add(connection)
  }

  #rejoin (connection: Connection, change: () => void): void {
    this.flush()
    const { cohort } = connection
    if (cohort) this.#cohorts.leave(connection, cohort)
    change()
    if (cohort) this.#join(connection)
  }
}
