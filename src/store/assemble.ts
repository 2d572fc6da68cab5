import { isBelfryError, problem } from '../errors.ts'
import type { ErrorCode } from '../protocol/error-codes.ts'
import type { UserMutes } from '../preferences/records.ts'
import { GroupCommit } from './group-commit.ts'
import { Batcher } from './batcher.ts'
import type { ReadContext } from './ops/context.ts'
import { inbox, inboxEntries, searchEntries, searchInbox, unread } from './ops/inbox/inbox.ts'
import { longs, reads, snapshots, writes, type Commit, type Outcome, type Write, type WriteName } from './ops/index.ts'
import { countHeardOfEach, countUnreadOfEach, MAX_COUNTED } from './ops/inbox/counts.ts'
import { report } from './ops/reports/reports.ts'
import { searchSent, sent } from './ops/sent/sent.ts'
import { userMutesOfEach } from './ops/preferences/preferences.ts'
import { windowsOfEach, type Window } from './ops/identity/member.ts'
import { get, type Steps } from './query.ts'
import type { CommitListener, Store, Unread } from './store.ts'

/** What an engine implements itself; everything else is the same for all engines. */
export interface Engine {
  name: Store['engine']
  epoch: string
  /** SQL for the size of the database, bytes. */
  size: string
  /** SQL for the store's own clock, milliseconds since 1970; absent if that is the clock of this process. */
  clock?: string | undefined
  /** Commits a batch in one transaction, durably; rejects if the batch is not known to be committed. */
  commit: Commit
  /** Runs an operation's steps in one snapshot of the store. */
  read: <T>(steps: Steps<T>) => T | Promise<T>
  /** Runs steps that need no snapshot, if that is cheaper. */
  readOne?: <T>(steps: Steps<T>) => T | Promise<T>
  /** As `read`, for many statements: pauses between them so that others are served, and takes turns by key. */
  readLong?: <T>(key: string, steps: Steps<T>) => Promise<T>
  /** The same for reads that may take seconds: they wait for each other, and no other long read for them. */
  readWhole?: <T>(key: string, steps: Steps<T>) => Promise<T>
  /** Converts an engine's error to one of the catalogue, with the original as `cause`. */
  toFault: (error: unknown) => Error
  /** Throws if writes cannot succeed before the next start. */
  assertWritable?: () => void
  close: () => Promise<void>
}

export interface AssembleOptions {
  /** The clock: milliseconds since 1970. */
  now?: (() => number) | undefined
}

/** Unread counts asked for within this time share a statement: sockets connect by the thousand, and a welcome can wait this long. */
const COUNT_PACE_MS = 3
/** Writes that nobody waits for. */
const PATIENT: ReadonlySet<WriteName> = new Set<WriteName>(['publishDue'])
/** How many steps over its recipients a short report has at most. */
const SHORT_REPORT = 8
/** The most users whose keys one statement reads. */
const MAX_WINDOWS = 256

/** Makes a store from an engine: adds group commit and the operations. */
export function assembleStore (engine: Engine, { now = Date.now }: AssembleOptions = {}): Store {
  const listeners: CommitListener[] = []
  let isFull = false

  const commits = new GroupCommit<Write, Outcome>({
    commit: async batch => {
      const start = performance.now()
      const { outcomes, events } = await engine.commit(batch).catch(error => {
        const fault = engine.toFault(error)
        isFull ||= isBelfryError(fault) && fault.code === 'BLF_STORE_FULL'
        throw fault
      })
      // A commit that stored no event does not prove that there is room.
      if (events.length > 0) isFull = false
      const commit = { ms: performance.now() - start, writes: batch.length }
      for (const listener of listeners) listener(events, commit)
      return outcomes
    },
    refuse: () => problem('BLF_STORE_UNAVAILABLE', 'Too many writes are waiting; nothing was stored.')
  })

  async function write (name: WriteName, args: unknown[]): Promise<unknown> {
    // Drops trailing `undefined`: the writer thread gets JSON, which would turn it into null.
    while (args.length > 0 && args.at(-1) === undefined) args.pop()
    const outcome = await commits.submit({ name, at: now(), args } as Write, PATIENT.has(name))
    if (outcome.ok) return outcome.value
    // The details of an unexpected error are logged, not shown to clients.
    if (outcome.code === 'BLF_INTERNAL') throw Object.assign(problem('BLF_INTERNAL'), { cause: outcome.detail })
    throw problem(outcome.code as ErrorCode, outcome.detail)
  }

  async function read<T> (steps: Steps<T>, how = engine.readOne ?? engine.read): Promise<T> {
    try {
      return await how(steps)
    } catch (error) {
      // An operation's own refusal is not a fault of the engine.
      throw isBelfryError(error) ? error : engine.toFault(error)
    }
  }

  const context = (): ReadContext => ({ now: now(), clock: engine.clock })

  const snapshot = <T>(steps: Steps<T>) => read(steps, engine.read)

  const readLong = <T>(key: string, steps: Steps<T>) => read(steps, steps => engine.readLong?.(key, steps) ?? engine.read(steps))

  const readWhole = <T>(key: string, steps: Steps<T>) => read(steps, steps => engine.readWhole?.(key, steps) ?? engine.read(steps))

  async function countEach (ids: string[]): Promise<(Unread | undefined)[]> {
    const at = now()
    const counted = await read(countUnreadOfEach(ids, at))
    // What is muted takes further statements, and so a snapshot; of most users nothing is.
    const muting = ids.flatMap((id, place) => counted[place]?.mutes ? [id] : [])
    if (muting.length === 0) return counted.map(count => count?.unread)
    const heard = await snapshot(countHeardOfEach(muting, at))
    return counted.map((count, place) => count?.mutes ? heard[muting.indexOf(ids[place]!)] : count?.unread)
  }

  const counts = new Batcher<string, Unread | undefined>({
    loadMany: countEach,
    maxBatch: MAX_COUNTED,
    paceMs: COUNT_PACE_MS
  })
  const windows = new Batcher<string, Window[]>({
    loadMany: ids => read(windowsOfEach(ids)),
    maxBatch: MAX_WINDOWS,
    paceMs: COUNT_PACE_MS
  })

  const mutes = new Batcher<string, UserMutes>({
    loadMany: ids => read(userMutesOfEach(ids)),
    maxBatch: MAX_WINDOWS,
    paceMs: COUNT_PACE_MS
  })

  return {
    ...methodsOf(reads, (_name, operation, args) => read(operation(context(), ...args))),
    ...methodsOf(snapshots, (_name, operation, args) => snapshot(operation(context(), ...args))),
    ...methodsOf(longs, (name, operation, args) => readLong(name, operation(context(), ...args))),
    ...methodsOf(writes, (name, _operation, args) => write(name, args)),

    engine: engine.name,
    epoch: engine.epoch,
    isFull: () => isFull,
    onCommit: listener => { listeners.push(listener) },
    bytes: async () => Number((await read(get<{ bytes: number }>(`SELECT ${engine.size} AS bytes`)))!.bytes),
    ping: async () => {
      await read(reads.head())
      try {
        engine.assertWritable?.()
      } catch (error) {
        throw engine.toFault(error)
      }
    },
    close: async () => {
      await commits.idle()
      counts.flush()
      windows.flush()
      mutes.flush()
      await engine.close()
    },

    inbox: async (userId, filter) => {
      const then = context()
      return await snapshot(inbox(then, userId, filter)) ?? await readLong(userId, searchInbox(then, userId, filter))
    },
    inboxEntries: async (userId, filter) => {
      const then = context()
      return await snapshot(inboxEntries(then, userId, filter)) ?? await readLong(userId, searchEntries(then, userId, filter))
    },
    report: async id => {
      const then = context()
      // One of a million takes seconds, for which others, most of them small, need not wait.
      const short = await readLong('report', report(then, id, SHORT_REPORT))
      return short === null ? (await readWhole('report', report(then, id))) ?? undefined : short
    },
    userMutes: userId => mutes.load(userId),
    joined: async (userId) => new Map((await windows.load(userId)).map(({ key, after }) => [key, after])),
    sent: async filter => {
      const then = context()
      return await snapshot(sent(then, filter)) ?? await readLong('sent', searchSent(then, filter))
    },
    unread: async (userId) => await counts.load(userId) ?? await snapshot(unread(context(), userId))
  }
}

/** An operation of any table; `Reads` and `Writes` check its type against the store's methods. */
type AnyOperation = (context: ReadContext, ...args: unknown[]) => Steps<unknown>

/** Makes a store's method from each operation of a table; `perform` carries out a call. */
function methodsOf<Name extends keyof Store> (
  table: Record<Name, unknown>, perform: (name: Name, operation: AnyOperation, args: unknown[]) => Promise<unknown>
): Pick<Store, Name> {
  const entries = Object.entries(table) as [Name, AnyOperation][]
  return Object.fromEntries(entries.map(([name, operation]) => [name, (...args: unknown[]) => perform(name, operation, args)])) as Pick<Store, Name>
}
