import { get, type Steps } from '../query.ts'
import type { Store } from '../store.ts'
import type { Batch } from './batch.ts'

/** When the read was called, milliseconds since 1970; `clock` is SQL for the store's own clock, if that is another. */
export interface ReadContext { now: number, clock?: string | undefined }

/** The commit that a write is part of, and when the write was called, milliseconds since 1970. */
export interface WriteContext { batch: Batch, at: number }

/** The steps of a method of the store: a context, then exactly the method's arguments. */
type Operation<Context, Method> = Method extends (...args: infer Args) => Promise<infer Result>
  ? (context: Context, ...args: Args) => Steps<Result>
  : never

/**
 * The tables that each file of operations exports: `reads` and `writes`, by the names of the store's
 * methods. `assemble.ts` builds the store's methods from these tables, so a new method is listed in the
 * store's contract and in its own file only.
 */
export type Reads = { [Name in keyof Store]?: Operation<ReadContext, Store[Name]> }
/** As `Reads`, of many statements: between them others are served. */
export type Longs = Reads
export type Writes = { [Name in keyof Store]?: Operation<WriteContext, Store[Name]> }

/** The time by the store's own clock, milliseconds since 1970: on every node the same. */
export function * storeTime (clock: string | undefined, now: number): Steps<number> {
  return clock === undefined ? now : (yield * get<{ now: number }>(`SELECT ${clock} AS now`))!.now
}
