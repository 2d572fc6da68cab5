import type { TopicFilter } from '../hub/topics.ts'
import { ServerStream, type StreamDeps, type StreamOpening } from './base.ts'
import { preamble } from './encoding.ts'

/** A stream of notifications. */
export class StreamSession extends ServerStream {
  constructor (deps: StreamDeps, { topics, ...opening }: StreamOpening & { topics: TopicFilter }) {
    super(deps, opening, topics)
  }

  /** Welcomes the stream, replays what it missed, and makes it live. */
  begin (since: string | undefined): void {
    this.wire.write(preamble())
    this.attachToHub({ since, onWelcome: () => this.wire.uncork() }).catch((error: unknown) => this.observer.failed(error))
  }
}
