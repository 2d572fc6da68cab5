import type { Socket } from 'node:net'
import { Connection } from '../hub/connection.ts'
import type { TopicFilter } from '../hub/topics.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import type { Identity } from '../session/identity.ts'
import { AttachedSession, type CommonDeps } from '../session/session.ts'
import { preamble } from './encoding.ts'
import type { StreamReporter } from './reporter.ts'
import { StreamWire } from './wire.ts'

/** Seconds between two comments at most: less than the time after which proxies close what is silent. */
export const HEARTBEAT_SECONDS = 15
/** A comment is all that shows a client that its stream is alive, so it is sent in time, not at the first tick that is late. */
export const BEAT_SECONDS = HEARTBEAT_SECONDS - 2
/** The codes of connections that the server did not close: the client left, or the network failed. */
export const LEFT = 1005
export const LOST = 1006

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
  topics: TopicFilter
}

/** A stream: like a socket, but it only sends. */
export class StreamSession extends AttachedSession {
  protected readonly deps: StreamDeps
  readonly observer: StreamReporter
  readonly #wire: StreamWire

  constructor (deps: StreamDeps, { id, sink, observer, identity, topics }: StreamOpening) {
    const wire = new StreamWire(sink)
    super(deps, new Connection(id, wire, identity, topics, deps.maxUnsent), identity)
    this.deps = deps
    this.observer = observer
    this.#wire = wire
    wire.observe(this)
    sink.on('close', hadError => {
      this.ended()
      observer.closed(hadError ? LOST : LEFT)
    })
  }

  /** Welcomes the stream, replays what it missed, and makes it live. */
  begin (since: string | undefined): void {
    this.#wire.write(preamble())
    this.attachToHub({ since, onWelcome: () => this.#wire.uncork() }).catch((error: unknown) => this.observer.failed(error))
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
    this.#wire.beat()
  }
}
