import type { LogEvent } from '../../log/event.ts'
import type { Steps } from '../query.ts'
import type { Batch } from './batch.ts'
import type { WriteContext } from './context.ts'
import * as credentials from './identity/credentials.ts'
import * as refresh from './identity/refresh.ts'
import * as sessions from './identity/sessions.ts'
import * as userChanges from './identity/user-changes.ts'
import * as users from './identity/users.ts'
import * as inbox from './inbox/inbox.ts'
import * as mark from './inbox/mark.ts'
import * as notify from './notify.ts'
import * as replay from './replay.ts'
import * as retain from './retain.ts'

/** Reads of one statement, and those whose statements need not look at one moment of the store. */
export const reads = { ...inbox.reads, ...replay.reads, ...notify.reads, ...users.reads, ...userChanges.reads, ...credentials.reads, ...sessions.reads }

/** Reads whose statements look at one moment of the store. */
export const snapshots = { ...replay.snapshots }

/** Writes: what a batch is made of and what is sent to the thread that commits it. */
export const writes = {
  ...notify.writes, ...mark.writes, ...retain.writes, ...users.writes, ...userChanges.writes, ...credentials.writes, ...sessions.writes, ...refresh.writes
}

export type WriteName = keyof typeof writes
type ArgsOf<Operation> = Operation extends (context: never, ...args: infer Args) => unknown ? Args : never
/** A write as it waits for its commit; `at` is when it was asked for, milliseconds since 1970. */
export type Write<Name extends WriteName = WriteName> = { [N in Name]: { name: N, at: number, args: ArgsOf<(typeof writes)[N]> } }[Name]

/** A write's outcome: its value, or the code of the catalogue it failed with. */
export type Outcome<T = unknown> = { ok: true, value: T } | { ok: false, code: string, detail: string }

export interface Committed { outcomes: Outcome[], events: LogEvent[] }
/** Commits writes in one transaction; rejects if the transaction as a whole did not. */
export type Commit = (batch: Write[]) => Promise<Committed>

/** The steps of a write. */
export function stepsOf (batch: Batch, { name, at, args }: Write): Steps<unknown> {
  const operation = writes[name] as (context: WriteContext, ...args: unknown[]) => Steps<unknown>
  return operation({ batch, at }, ...args)
}
