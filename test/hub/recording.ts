import { audienceKey, type Membership } from '../../src/log/audience.ts'
import { Connection, type ByteSink, type Wire } from '../../src/hub/connection.ts'
import type { Encoding } from '../../src/hub/encoding.ts'
import { plainEncoding } from '../../src/socket/frame.ts'
import type { TopicFilter } from '../../src/hub/topics.ts'
import type { LogEvent } from '../../src/log/event.ts'

/** A wire that keeps what is written to it. */
export class RecordingWire implements Wire {
  readonly writes: Buffer[] = []
  unsent = 0
  /** Its own sink. */
  readonly sink: ByteSink = this
  readonly writable = true
  encoding: Encoding = plainEncoding
  code: number | undefined
  isTerminated = false

  write (frames: Buffer): void { this.writes.push(frames) }
  get writableLength (): number { return this.unsent }
  async drained (): Promise<void> {}
  close (code: number): void { this.code = code }
  terminate (): void { this.isTerminated = true }
}

/** The payload texts of a buffer of unmasked text frames. RFC 6455 §5.2. */
export function textsOf (frames: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < frames.length;) {
    if (frames[at] !== 0x81) throw new Error(`no whole text frame at ${at}`)
    const short = frames[at + 1]!
    const [start, length] = short < 126
      ? [at + 2, short]
      : short === 126
        ? [at + 4, frames.readUInt16BE(at + 2)]
        : [at + 10, Number(frames.readBigUInt64BE(at + 2))]
    texts.push(frames.toString('utf8', start, start + length))
    at = start + length
  }
  return texts
}

export interface Recorded { connection: Connection, wire: RecordingWire, /** What came, oldest first: the ids of notifications, the types of the rest. */ seen: () => string[] }

/** A connection of a user on a recording wire. */
export function recorded (membership: Membership, { topics = null, id = membership.id, maxUnsent = 1000 }: { topics?: TopicFilter, id?: string, maxUnsent?: number } = {}): Recorded {
  const wire = new RecordingWire()
  const connection = new Connection(id, wire, { subject: audienceKey.user(membership.id), sessionId: undefined, membership }, topics, maxUnsent)
  const seen = () => wire.writes.flatMap(textsOf).map(text => {
    const { id, type } = JSON.parse(text) as { id?: string, type: string }
    return type === 'notification' ? id! : type
  })
  return { connection, wire, seen }
}

/** A notification of the log, to everyone unless it says otherwise. */
export function notification (seq: number, rest: Partial<LogEvent> = {}): LogEvent {
  const id = rest.id ?? `n${seq}`
  return { seq, kind: 'notification', id, keys: ['all'], topic: null, at: 0, expiresAt: null, body: JSON.stringify({ id }), ...rest }
}

/** The log's word that a user stands elsewhere now, or is gone. */
export function updated (seq: number, user: { id: string, role?: string, company?: string | null }): LogEvent {
  return { seq, kind: 'user.updated', id: null, keys: [], topic: null, at: 0, expiresAt: null, body: JSON.stringify(user) }
}
