import { WebSocket } from 'ws'
import { reasonOf } from '../protocol/close-codes.ts'
import type { Session } from './session.ts'

/** A socket as ws makes it for an upgrade, with the session that works with it. */
export class LiveSocket extends WebSocket {
  session: Session | undefined

  /**
   * Called by ws too: when its peer begins the closing, whose code and reason it echoes, and when its
   * peer breaks the protocol, for which ws has a code only.
   */
  override close (code?: number, reason?: string | Buffer): void {
    this.session?.closing()
    super.close(code, reason ?? reasonOf(code))
  }
}
