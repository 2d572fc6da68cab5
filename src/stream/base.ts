import type { Socket } from 'node:net'
import { Connection } from '../hub/connection.ts'
import type { TopicFilter } from '../hub/topics.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import type { Identity } from '../session/identity.ts'
import { AttachedSession, type CommonDeps } from '../session/session.ts'
import type { StreamReporter } from './reporter.ts'
import { StreamWire } from './wire.ts'

/** Seconds between two comments at most: less than the time after which proxies close what is silent. */
export const HEARTBEAT_SECONDS = 15
/** A comment is all that shows a client that its stream is alive, so it is sent in time, not at the first tick that is late. */
export const BEAT_SECONDS = HEARTBEAT_SECONDS - 2
/** The codes of connections that the server did not close: the client left, or the network failed. */
const LEFT = 1005
const LOST = 1006

/** What all streams of a node share. */
export interface StreamDeps extends CommonDeps {
  /** Bytes that may wait for a reader before it counts as slow. */
  maxUnsent: number
}

/** What one stream was opened with. */
export interface StreamOpening {
  id: string
  sink: Socket
  observer: StreamReporter
  identity: Identity
  device?: string | undefined
}

/** A stream of Server-Sent Events, whatever is sent on it: like a socket, but it only sends. */
export abstract class ServerStream<Deps extends StreamDeps = StreamDeps> extends AttachedSession {
  protected readonly deps: Deps
  readonly observer: StreamReporter
  protected readonly wire: StreamWire

  constructor (deps: Deps, { id, sink, observer, identity, device }: StreamOpening, topics: TopicFilter) {
    const wire = new StreamWire(sink)
    super(deps, new Connection(id, wire, identity, topics, deps.maxUnsent, device), identity)
    this.deps = deps
    this.observer = observer
    this.wire = wire
    wire.observe(this)
    sink.on('close', hadError => {
      this.ended()
      observer.closed(hadError ? LOST : LEFT)
    })
  }

  override closing (code: CloseCode): void {
    this.observer.closing(code)
    super.closing()
  }

  /** Closes a stream before it has begun. */
  refuse (code: CloseCode): void {
    this.close(code)
  }

  protected beat (): void {
    this.wire.beat()
  }
}
