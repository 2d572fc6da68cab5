import { WebSocket } from 'ws'
import { reasonOf, type CloseCode } from '../protocol/close-codes.ts'
import type { SocketSession } from './opening.ts'

/** The class that ws instantiates for each upgrade: a WebSocket that knows its session. */
export class LiveSocket extends WebSocket {
  session: SocketSession | undefined

  /**
   * Also called by ws itself: to echo the code and reason of a peer that closes, and for a peer that
   * violates the protocol; then without a reason, and the code is the server's own.
   */
  override close (code?: number, reason?: string | Buffer): void {
    this.session?.closing()
    if (code !== undefined && reason === undefined) this.session?.observer.closing(code as CloseCode)
    super.close(code, reason ?? reasonOf(code))
  }
}
