import type { ServerFrame, Welcome } from '../../protocol/server-frames.ts'
import type { State } from '../events.ts'

/** A frame that the leader received, and its cursor before it: who has another cursor then has missed something. */
export interface SharedFrame { frame: ServerFrame, previous: string | undefined }

/** How the leader's connection is. */
export interface Status {
  state: State
  code: number
  reason: string
  welcome: Welcome | undefined
  cursor: string | undefined
}

/** What tabs of one user tell each other; `from` names the tab that does. */
export type Message = { from: string } & (
  /** This tab has the connection from now on. */
  | { kind: 'lead' }
  /** From a tab that listens: what it has. Answered by `here`, to it alone. */
  | { kind: 'hello', cursor: string | undefined }
  /** `missed`: what the tab `to` has missed, or null if the leader does not have that any more. */
  | { kind: 'here', to?: string, missed?: SharedFrame[] | null } & Status
  | { kind: 'frame' } & SharedFrame
  /** From a visible tab that listens; the leader answers `alive`. */
  | { kind: 'ping' }
  | { kind: 'alive' }
  /** The server closed the connection for good, for all of them. */
  | { kind: 'end', code: number, reason: string }
  /** A token was fetched. */
  | { kind: 'token', token: string }
  /** The user logged out. */
  | { kind: 'logout' }
  /** What the inboxes tell those of other tabs. */
  | { kind: 'inboxes', data: unknown }
)

type Of<Kind> = Extract<Message, { kind: Kind }>
/** A message without its sender. */
export type Content = { [Kind in Message['kind']]: Omit<Of<Kind>, 'from'> }[Message['kind']]
