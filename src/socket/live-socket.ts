import { WebSocket } from 'ws'
import type { Session } from './session.ts'

/** A socket as ws makes it for an upgrade, with the session that works with it. */
export class LiveSocket extends WebSocket {
  session: Session | undefined

  /** Called by ws too, when its peer begins the closing. */
  override close (code?: number, reason?: string | Buffer): void {
    this.session?.closing()
    super.close(code, reason)
  }
}
