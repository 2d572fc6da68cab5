import type { ServerFrame } from '../../protocol/server-frames.ts'
import type { BelfryError } from '../errors.ts'
import type { State } from '../events.ts'
import type { Settings } from '../options.ts'
import type { Platform } from '../platform.ts'
import type { Http } from './http.ts'
import type { Tokens } from './tokens.ts'

/** What a connection is made with, and whom it tells what. */
export interface ConnectionDeps {
  settings: Settings
  platform: Platform
  tokens: Tokens
  http: Http
  /** Resolves when this tab may open a link. Until then another one has it. `isNeeded`: whether anybody still waits for it. */
  lead (token: string, isNeeded: () => boolean): Promise<void>
  /** A frame that was not received before; `previous` is the cursor before it. */
  onFrame (frame: ServerFrame, previous: string | undefined): void
  onState (state: State, previous: State, code: number, reason: string): void
  onError (error: BelfryError): void
}

/** Keeps one link to the server. */
export interface Connection {
  readonly state: State
  /** The cursor of the last frame that had one: where to resume from. */
  cursor: string | undefined
  start (code: number, reason: string): void
  stop (code: number, reason: string): void
  /** Gives the link up until `restart`: the page sleeps. */
  pause (code: number, reason: string): void
  /** Gives the link up and starts over: another tab leads, or the page was woken up. */
  restart (code: number, reason: string): void
  /** Something happened after which the link may be dead, or a new one possible. */
  wake (): void
  /** There is another token of the same user: a link that is up is renewed with it. Never with one of somebody else. */
  renew (token: string): void
  set (state: State, code: number, reason: string): void
  /** Takes a frame, unless it was received already. */
  receive (frame: ServerFrame): void
}
