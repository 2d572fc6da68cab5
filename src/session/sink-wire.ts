import type { Duplex } from 'node:stream'
import type { Wire } from '../hub/connection.ts'
import type { Encoding } from '../hub/encoding.ts'
import type { CloseCode } from '../protocol/close-codes.ts'

export interface CloseObserver {
  /** Called with each code that the server closes the connection with. */
  closing (code: CloseCode): void
}

/** A wire whose frames go straight to a TCP socket, whatever its transport makes of them. */
export abstract class SinkWire<Sink extends Duplex = Duplex> implements Wire {
  readonly sink: Sink

  constructor (sink: Sink) {
    this.sink = sink
  }

  abstract get encoding (): Encoding
  abstract write (frames: Buffer): void
  abstract close (code: CloseCode): void
  abstract terminate (): void

  /** At the end of the turn, sends what was kept back so that the answer's head and the welcome are one packet. */
  uncork (): void {
    setImmediate(() => this.sink.uncork())
  }

  get unsent (): number {
    return this.sink.writableLength
  }

  drained (): Promise<void> {
    const { sink } = this
    if (!sink.writableNeedDrain || sink.destroyed) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const settle = () => {
      sink.off('drain', settle).off('close', settle)
      resolve()
    }
    sink.on('drain', settle).on('close', settle)
    return promise
  }
}
