import type { ServerFrame } from '../../protocol/server-frames.ts'
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
  onState (state: State, code: number, reason: string): void
  onError (code: string, reason: string): void
}
