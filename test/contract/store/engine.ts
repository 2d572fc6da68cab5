import type { Test } from 'tap'
import { keysOfAudience, type Audience } from '../../../src/log/audience.ts'
import type { LogEvent } from '../../../src/log/event.ts'
import type { Draft, Store } from '../../../src/store/store.ts'

/** What the contract is proved for. */
export interface Engine {
  name: string
  /** Opens a new, empty store, which is closed and removed when the test ends. */
  open: (t: Test, options?: { now?: () => number }) => Promise<Opened>
  /** How many random histories to try: fewer where a commit costs more. */
  histories: number
  /** Counts the statements that are run from now on, until the test ends; absent where another thread runs them. */
  countStatements?: (t: Test) => () => number
}

export interface Opened {
  store: Store
  /** Closes the store and opens the same data again; absent where the data ends with the store. */
  reopen?: () => Promise<Store>
}

export type Part = (t: Test, engine: Engine) => void

export interface Clock { now: () => number, move: (ms: number) => void }

/** A clock that stands until it is moved. */
export function clock (now = Date.UTC(2026, 0, 31)): Clock {
  return { now: () => now, move: (ms: number) => { now += ms } }
}

let drafts = 0

/** A draft to an audience, like no other before it. */
export function draft (audience: Audience, overrides: Partial<Draft> = {}): Draft {
  const number = ++drafts
  const { id = `n-${number}`, type = 'info', topic = null } = overrides
  return {
    id,
    idempotencyKey: null,
    sender: 'user:root',
    scope: null,
    keys: keysOfAudience(audience),
    digest: `digest ${number}`,
    type,
    topic,
    at: 0,
    expiresAt: null,
    body: JSON.stringify({ id, title: `Notification ${number}`, type, read: false, data: topic === null ? {} : { topic } }),
    ...overrides
  }
}

/** Every event a store commits from now on, in the order it tells of them. */
export function follow (store: Store, committed: LogEvent[] = []): LogEvent[] {
  store.onCommit(events => { committed.push(...events) })
  return committed
}

/** The whole log, read in pages. */
export async function wholeLog (store: Store, limit = 100): Promise<LogEvent[]> {
  const log: LogEvent[] = []
  let page: LogEvent[]
  do {
    page = await store.events(log.at(-1)?.seq ?? 0, limit)
    log.push(...page)
  } while (page.length === limit)
  return log
}

/** The ids in an inbox, newest first. */
export async function inboxIds (store: Store, userId: string): Promise<string[]> {
  const { entries } = await store.inbox(userId, { limit: 1000 })
  return entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
}

/** The code a promise rejects with, or undefined if it resolves. */
export async function codeOf (outcome: Promise<unknown>): Promise<string | undefined> {
  return await outcome.then(() => undefined, error => (error as { code?: string }).code ?? String(error))
}

/** What a mark found, without what it counted. */
export async function marked (store: Store, ...args: Parameters<Store['mark']>): Promise<{ found: { id: string, readAt: number | null }[], missing: string[] }> {
  const { found, missing } = await store.mark(...args)
  return { found: found.map(({ id, readAt }) => ({ id, readAt })), missing }
}

/** 1, 2, 3 … `to`. */
export function upTo (to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1)
}
