import type { ClientFrameOf, Verb } from '../../protocol/client-frames.ts'
import type { Connection, ReplyAfter } from '../../hub/connection.ts'
import type { Hub } from '../../hub/hub.ts'
import type { OkFrame, OkPayloads, PongFrame, SubscribedFrame } from '../../protocol/server-frames.ts'
import type { Identity } from '../../session/identity.ts'
import type { Services } from '../services.ts'

/** What the handler of a verb needs: an authenticated socket, its hub and the services. */
export interface Context {
  hub: Hub
  services: Services
  connection: Connection
  identity: Identity
  /** The address the socket was opened from. */
  ip: string
  /** Replaces the socket's identity by one with a newer token. */
  renew: (identity: Identity) => void
}

/** The frame that answers a verb, without its `reply_to`, which the session adds. */
type ReplyFrame<V extends Verb> = V extends keyof OkPayloads ? OkFrame<V> : V extends 'ping' ? PongFrame : SubscribedFrame

export interface Reply<Frame = ReplyFrame<Verb>> {
  frame: Frame
  /** Where it belongs among the events, for a verb that buffers them. */
  after?: ReplyAfter
}

/** Does what a client frame asks for and returns the reply; throws errors of the catalogue. */
export type Handler<V extends Verb> = (context: Context, payload: ClientFrameOf<V>['payload']) => Reply<ReplyFrame<V>> | Promise<Reply<ReplyFrame<V>>>
