import type { LogEvent } from '../../log/event.ts'
import type { Claims, Draft } from '../store.ts'
import type { Steps } from '../query.ts'
import type { Batch } from './batch.ts'
import { mark, readAll, type Marking, type ReadingAll } from './inbox/mark.ts'
import { notify, recall } from './notify.ts'
import { createKey, revokeKey, touchKey } from './identity/credentials.ts'
import { retain, tidy, type Retention, type Tidying } from './retain.ts'
import { refresh } from './identity/refresh.ts'
import { createTicket, endSession, openSession, redeemTicket, revokeSession, revokeSessionsOf } from './identity/sessions.ts'
import { changePassword, changeUser, removeUser, seeUser } from './identity/user-changes.ts'
import { createFirstUser, createUser } from './identity/users.ts'

/** Every write, by name: what a batch is made of and what crosses to the thread that commits it. */
export const writes = {
  notify: (batch: Batch, draft: Draft) => notify(batch, draft),
  recall,
  mark: (batch: Batch, marking: Marking) => mark(batch, marking),
  readAll: (batch: Batch, reading: ReadingAll) => readAll(batch, reading),
  createUser,
  createFirstUser,
  changeUser,
  changePassword,
  removeUser,
  retain: (_batch: Batch, retention: Retention) => retain(retention),
  tidy: (_batch: Batch, tidying: Tidying) => tidy(tidying),
  openSession,
  refresh,
  endSession,
  revokeSession: (batch: Batch, { id, at }: { id: string, at: number }) => revokeSession(batch, id, at),
  revokeSessions: (batch: Batch, { userId, at }: { userId: string, at: number }) => revokeSessionsOf(batch, userId, null, at),
  createTicket,
  redeemTicket,
  createKey,
  touchKey: (_batch: Batch, { id, at }: { id: string, at: number }) => touchKey(id, at),
  revokeKey,
  seeUser: (batch: Batch, { claims, at }: { claims: Claims, at: number }) => seeUser(batch, claims, at)
} as const

export type WriteName = keyof typeof writes
export interface Write<N extends WriteName = WriteName> { name: N, args: Parameters<(typeof writes)[N]>[1] }
export type WriteResult<N extends WriteName> = ReturnType<(typeof writes)[N]> extends Steps<infer T> ? T : never

/** A write's outcome: its value, or the code of the catalogue it failed with. */
export type Outcome<T = unknown> = { ok: true, value: T } | { ok: false, code: string, detail: string }

export interface Committed { outcomes: Outcome[], events: LogEvent[] }
/** Commits writes in one transaction; rejects if the transaction as a whole did not. */
export type Commit = (batch: Write[]) => Promise<Committed>

/** The steps of a write. */
export function stepsOf (batch: Batch, { name, args }: Write): Steps<unknown> {
  return (writes[name] as (batch: Batch, args: unknown) => Steps<unknown>)(batch, args)
}
