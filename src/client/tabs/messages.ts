import type { ServerFrame, Welcome } from '../../protocol/server-frames.ts'
import type { Cause, State } from '../events.ts'

/** A frame that the leader received, and its cursor before it: who has another cursor then has missed something. */
export interface SharedFrame { frame: ServerFrame, previous: string | undefined }

/** How the leader's connection is. Once it is `disconnected`, the server closed it for good, for all of them. */
export interface Status extends Cause {
  state: State
  welcome: Welcome | undefined
  cursor: string | undefined
}

/** What tabs of one user tell each other, by its kind. */
export interface Contents {
  /** This tab has the connection from now on. */
  lead: undefined
  /** From a tab that listens: its cursor, or nothing where it only looks whether the leader is there. Answered by `here`, to it alone. */
  hello: string | undefined
  /** `missed`: what the tab `to` has missed, or null if the leader does not have that any more. */
  here: { to?: string, missed?: SharedFrame[] | null } & Status
  frame: SharedFrame
  /** A token was fetched. */
  token: string
  /** The user logged out. */
  logout: undefined
  /** What the inboxes tell those of other tabs. */
  inboxes: unknown
}

export type Kind = keyof Contents

/** A message; `from` names the tab that sends it. */
export type Message = { [K in Kind]: { from: string, kind: K, data: Contents[K] } }[Kind]
