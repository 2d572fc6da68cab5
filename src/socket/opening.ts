import type { Verb } from '../../schemas/socket/client-frames.ts'
import type { BelfryError } from '../errors.ts'
import type { Wire } from '../hub/connection.ts'
import type { Hub } from '../hub/hub.ts'
import type { Validate } from './incoming.ts'
import type { Identity, Services } from './services.ts'
import type { TopicFilter } from '../hub/topics.ts'
import type { Wheel } from '../hub/wheel.ts'

/** What the sessions of a node have in common. */
export interface Setting {
  hub: Hub
  services: Services
  wheel: Wheel
  validate: Validate
  maxUnsent: number
  /** Whether a flood of frames is more than a socket may send. */
  isFloodLimited: boolean
}

/** Who opened a session's socket. */
export interface Host {
  /** The address it was opened from. */
  readonly ip: string
  /** Takes it that the socket is this identity's; throws if that has too many. */
  claim (identity: Identity): Promise<void>
  /** Is told of verbs that were asked for without the right to. */
  denied (verb: Verb): void
  /** Is told of errors that were answered, and what was behind them. */
  refused (error: BelfryError, cause: unknown): void
  /** Is told of faults that are ours. */
  failed (error: unknown): void
  /** Is told of an error of the socket; whether it is one that ends it. */
  broke (error: Error): boolean
  /** Is told that the socket is gone. */
  closed (code: number): void
}

/** What one socket was opened with. */
export interface Opening {
  id: string
  wire: Wire
  host: Host
  /** Known if the upgrade carried credentials; else the first message must. */
  identity?: Identity | undefined
  since?: string | undefined
  topics: TopicFilter
}
