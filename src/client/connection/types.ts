import type { ServerFrame } from '../../protocol/server-frames.ts'
import type { BelfryError } from '../errors.ts'
import type { State } from '../events.ts'

/** Whom a connection asks and tells. */
export interface Observer {
  /** Resolves when this tab may open a link. Until then another one has it. `isNeeded`: whether anybody still waits for it. */
  _lead (token: string, isNeeded: () => boolean): Promise<void>
  /** A frame that was not received before; `previous` is the cursor before it. */
  _onFrame (frame: ServerFrame, previous: string | undefined): void
  _onState (state: State, previous: State, code: number, reason: string): void
  _onError (error: BelfryError): void
}

/** Keeps one link to the server. */
export interface Connection {
  readonly _state: State
  /** The cursor of the last frame that had one: where to resume from. */
  _cursor: string | undefined
  _start (code: number, reason: string): void
  _stop (code: number, reason: string): void
  /** Gives the link up until `restart`: the page sleeps. */
  _pause (code: number, reason: string): void
  /** Gives the link up and starts over: another tab leads, or the page was woken up. */
  _restart (code: number, reason: string): void
  /** Something happened after which the link may be dead, or a new one possible. */
  _wake (): void
  /** There is another token of the same user: a link that is up is renewed with it. Never with one of somebody else. */
  _renew (token: string): void
  _set (state: State, code: number, reason: string): void
  /** Takes a frame, unless it was received already. */
  _receive (frame: ServerFrame): void
}
