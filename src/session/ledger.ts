import { randomUUID } from 'node:crypto'
import type { Bus } from '../bus/bus.ts'
import { problem } from '../errors.ts'
import type { Connection } from '../hub/connection.ts'
import type { Hub } from '../hub/hub.ts'
import type { Coverage } from '../hub/recent/coverage.ts'
import { audienceKey } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import { parseCursor } from '../protocol/cursor.ts'
import { AckWriter, type Ack } from './acks.ts'
import { AckRelay } from './relay.ts'
import { Unsent } from './unsent.ts'

export interface LedgerDeps {
  hub: Pick<Hub, 'epoch' | 'seq' | 'flush' | 'connectionsOf'>
  write: (acks: Ack[]) => Promise<void>
  bus: Pick<Bus, 'isUp' | 'tell' | 'onTold'>
  /** Whether there may be other nodes, which the bus reaches. */
  isShared: boolean
  paceMs?: number | undefined
}

/** How long a device whose connection has ended may still say over REST what it got, milliseconds. */
const REMEMBERED_MS = 60_000
/** The most connections that are remembered so. */
const MAX_REMEMBERED = 10_000

const NOT_SENT = {
  absent: 'No connection that this device has, or had in the last minute, was sent this cursor without a filter.',
  // Nobody can tell from here whether there are other nodes on the same database.
  alone: 'No connection that this device has at this node, or had in the last minute, was sent this cursor without a filter. Nodes without Redis do not ask each other: send it to the node that has the connection.'
}

interface Ended { userId: string, coverage: Coverage, until: number }

/** What devices say they got: checks it against what their connections were sent, and writes it down. */
export class Ledger {
  readonly #hub: LedgerDeps['hub']
  readonly #writer: AckWriter
  readonly #relay: AckRelay | undefined
  readonly #ended = new Set<Ended>()
  readonly #unsent = new Unsent()

  constructor ({ hub, write, bus, isShared, paceMs }: LedgerDeps) {
    this.#hub = hub
    this.#writer = new AckWriter({ write, ...(paceMs === undefined ? {} : { paceMs }) })
    this.#relay = isShared ? new AckRelay({ bus, node: randomUUID(), answer: (userId, device, cursor) => this.#here(userId, device, cursor) }) : undefined
  }

  /** Takes what the hub takes. */
  follow (events: LogEvent[]): void {
    this.#unsent.follow(events)
  }

  /** An `ack` of a socket. Resolves with the cursor once it is committed. Throws BLF_FORBIDDEN for an API key, BLF_BAD_CURSOR, BLF_ACK_INVALID. */
  async ofConnection ({ membership, coverage }: Connection, cursor: string): Promise<string> {
    if (!membership) throw problem('BLF_FORBIDDEN')
    const seq = this.#seqOf(cursor)
    if (!coverage) throw problem('BLF_ACK_INVALID', 'The socket was opened without `device`.')
    const done = this.#ack(membership.id, coverage, seq)
    if (!done) throw problem('BLF_ACK_INVALID')
    await done
    return cursor
  }

  /** The same of whichever connections a device of a user has: at any node with Redis, at this one without. Also throws BLF_UNAVAILABLE. */
  async ofDevice (userId: string, device: string, cursor: string): Promise<string> {
    this.#seqOf(cursor)
    const here = this.#here(userId, device, cursor)
    if (here) await here
    else {
      const outcome = await this.#relay?.ask(userId, device, cursor) ?? 'alone'
      if (outcome === 'unknown') throw problem('BLF_UNAVAILABLE', 'This device has no such connection at this node, and the other nodes could not be asked. Try again.')
      if (outcome !== 'written') throw problem('BLF_ACK_INVALID', NOT_SENT[outcome])
    }
    return cursor
  }

  /** Remembers for a while what a connection that has ended was sent. */
  ended ({ membership, coverage }: Connection): void {
    if (!membership || !coverage) return
    const now = performance.now()
    for (const ended of this.#ended) {
      if (ended.until > now && this.#ended.size < MAX_REMEMBERED) break
      this.#ended.delete(ended)
    }
    this.#ended.add({ userId: membership.id, coverage, until: now + REMEMBERED_MS })
  }

  /** Writes all that waits; resolves when it is committed. */
  async flush (): Promise<void> {
    await this.#writer.flush()
  }

  /** The same, and answers nobody any more. */
  async close (): Promise<void> {
    this.#relay?.close()
    await this.#writer.close()
  }

  /** Notes what a device got by the connections that it has or had at this node; undefined if none of them was sent that much. */
  #here (userId: string, device: string, cursor: string): Promise<void> | undefined {
    const seq = this.#seqOf(cursor)
    const open = this.#hub.connectionsOf(audienceKey.user(userId)).flatMap(({ coverage }) => coverage ?? [])
    const now = performance.now()
    const ended = [...this.#ended].filter(one => one.userId === userId && one.until > now).map(({ coverage }) => coverage)
    const noted = [...open, ...ended].filter(coverage => coverage.device === device).flatMap(coverage => this.#ack(userId, coverage, seq) ?? [])
    return noted.length === 0 ? undefined : Promise.all(noted).then(() => {})
  }

  #ack (userId: string, coverage: Coverage, seq: number): Promise<void> | undefined {
    // Events that wait for the end of the turn are not sent yet.
    this.#hub.flush()
    const covered = coverage.upTo(seq, this.#hub.seq)
    if (!covered) return undefined
    const isFirst = !coverage.isAcked
    coverage.isAcked = true
    const unsent = this.#unsent.within(covered.low, covered.high)
    return this.#writer.ack({ userId, device: coverage.device, ...covered, ...unsent.length > 0 ? { unsent } : {} }, isFirst).then(
      () => coverage.written(covered),
      (error: unknown) => {
        coverage.isAcked = false
        throw error
      }
    )
  }

  /** Throws BLF_BAD_CURSOR if it is malformed or of another log. */
  #seqOf (cursor: string): number {
    const parsed = parseCursor(cursor)
    if (parsed?.epoch !== this.#hub.epoch) throw problem('BLF_BAD_CURSOR')
    return parsed.seq
  }
}
