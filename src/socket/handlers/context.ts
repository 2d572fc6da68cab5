import type { ClientFrame, Verb } from '../../../schemas/socket/client-frames.ts'
import type { Connection, Place } from '../../hub/connection.ts'
import type { Hub } from '../../hub/hub.ts'
import type { Identity, Services } from '../services.ts'

/** What a verb works with: one authenticated socket and what stands behind it. */
export interface Context {
  hub: Hub
  services: Services
  connection: Connection
  identity: Identity
  /** The address the socket was opened from. */
  ip: string
  /** Takes on a renewed identity and its expiry. */
  renew: (identity: Identity) => void
}

export interface Answer {
  type: 'ok' | 'subscribed' | 'pong'
  cursor?: string
  payload?: object
  /** Where it stands among the events, for a verb that holds them back. */
  place?: Place
}

/** Does what a client frame asks for and says what to answer; throws errors of the catalogue. */
export type Handler<V extends Verb> = (context: Context, payload: ClientFrame<V>['payload']) => Answer | Promise<Answer>
