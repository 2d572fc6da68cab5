import type { CallState } from '../../../protocol/outbound/webhook.ts'
import type { CallRecord, Move, NewCall, ReaderLease, ReaderStart, ReaderState } from '../../contract/readers.ts'
import { all, get, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { storeTime, type ReadContext, type Reads, type WriteContext, type Writes } from '../context.ts'

interface ReaderRow { name: string, seq: number, inner_place: string | null, token: number, lease_owner: string | null, lease_until: number, missed: number }
interface CallRow { seq: number, state: CallState, n: number, at: number, status: number | null, error: string | null, next_at: number | null, item: string }

const STATE = `SELECT r.seq, r.inner_place, r.lease_owner, r.lease_until, r.missed, l.seq AS head, l.floor,
  (SELECT e.at FROM events e WHERE e.seq > r.seq ORDER BY e.seq LIMIT 1) AS oldest_at,
  (SELECT count(*) FROM reader_calls c WHERE c.reader = r.name AND c.state = 'pending') AS pending,
  (SELECT MIN(c.next_at) FROM reader_calls c WHERE c.reader = r.name AND c.next_at IS NOT NULL) AS next_at
  FROM readers r CROSS JOIN log l WHERE r.name = ?`

function * reader ({ now, clock }: ReadContext, name: string): Steps<ReaderState | undefined> {
  const row = yield * get<ReaderRow & { head: number, floor: number, oldest_at: number | null, pending: number, next_at: number | null }>(STATE, name)
  if (!row) return undefined
  const time = yield * storeTime(clock, now)
  const { seq, inner_place: inner, head, floor, missed, lease_owner: owner, lease_until: until, oldest_at: oldest, next_at: next } = row
  return {
    seq,
    inner,
    now: time,
    head,
    floor,
    missed,
    owner,
    leaseMs: owner === null ? 0 : Math.max(0, until - time),
    lagMs: oldest === null ? null : Math.max(0, time - oldest),
    pending: Number(row.pending),
    dueIn: next === null ? null : Math.max(0, next - time)
  }
}

function * takeReader ({ batch, at }: WriteContext, name: string, owner: string, { leaseMs, start, isAlone = false }: { leaseMs: number, start: ReaderStart, isAlone?: boolean }): Steps<ReaderLease | undefined> {
  const now = yield * storeTime(batch.clock, at)
  const row = yield * get<ReaderRow>('SELECT * FROM readers WHERE name = ?', name)
  if (!row) {
    const seq = start === 'head' ? batch.seq : (yield * get<{ floor: number }>('SELECT floor FROM log'))!.floor
    yield * run('INSERT INTO readers (name, seq, token, lease_owner, lease_until) VALUES (?, ?, 1, ?, ?)', name, seq, owner, now + leaseMs)
    return { token: 1, seq }
  }
  if (!isAlone && row.lease_owner !== null && row.lease_owner !== owner && row.lease_until > now) return undefined
  yield * run('UPDATE readers SET token = token + 1, lease_owner = ?, lease_until = ? WHERE name = ?', owner, now + leaseMs, name)
  return { token: row.token + 1, seq: row.seq }
}

function * renewReaders ({ batch, at }: WriteContext, owner: string, leaseMs: number): Steps<string[]> {
  const now = yield * storeTime(batch.clock, at)
  const rows = yield * all<{ name: string }>('UPDATE readers SET lease_until = ? WHERE lease_owner = ? RETURNING name', now + leaseMs, owner)
  return rows.map(({ name }) => name)
}

function * releaseReaders (_context: WriteContext, owner: string): Steps<void> {
  yield * run('UPDATE readers SET lease_owner = NULL, lease_until = 0 WHERE lease_owner = ?', owner)
}

/** Moves a reader, unless `token` is not the newest any more; whether it did. Seven statements at most, however many calls. */
export function * moveReader ({ batch, at }: WriteContext, name: string, token: number, { seq, inner = null, calls, keep = 0, missed = 0 }: Move): Steps<boolean> {
  const row = yield * get('SELECT 1 AS hit FROM readers WHERE name = ? AND token = ?', name, token)
  if (!row) return false
  const now = yield * storeTime(batch.clock, at)
  const kept = calls.filter(({ state }) => state !== 'delivered' || keep > 0)
  const done = calls.filter(({ state }) => state === 'delivered' && keep === 0)
  yield * putCalls(name, kept, now)
  if (done.length > 0) {
    yield * run(`DELETE FROM reader_calls WHERE reader = ? AND seq IN (SELECT seq FROM ${rowsOf({ seq: 'BIGINT' })} AS d)`, name, listOf(done.map(({ seq }) => [seq])))
  }
  if (keep > 0 && calls.some(({ state }) => state === 'delivered')) {
    yield * run(
      `DELETE FROM reader_calls WHERE reader = ? AND state = 'delivered' AND seq <= (
         SELECT c.seq FROM reader_calls c WHERE c.reader = ? AND c.state = 'delivered' ORDER BY c.seq DESC LIMIT 1 OFFSET ?)`, name, name, keep
    )
  }
  yield * run('UPDATE readers SET seq = ?, inner_place = ? WHERE name = ?', seq, inner, name)
  if (missed > 0) yield * run('UPDATE readers SET missed = missed + ?, missed_at = ? WHERE name = ?', missed, now, name)
  return true
}

const COLUMNS = ['state', 'n', 'at', 'status', 'error', 'next_at', 'item']
const PUT_CALLS = `INSERT INTO reader_calls (reader, seq, ${COLUMNS.join(', ')})
  SELECT CAST(? AS TEXT), d.seq, d.state, d.n, CAST(? AS BIGINT), d.status, d.error, d.next_at, d.item
  FROM ${rowsOf({ seq: 'BIGINT', state: 'TEXT', n: 'BIGINT', status: 'BIGINT', error: 'TEXT', next_at: 'BIGINT', item: 'TEXT' })} AS d WHERE TRUE
  ON CONFLICT (reader, seq) DO UPDATE SET ${COLUMNS.map(column => `${column} = excluded.${column}`).join(', ')}`

function * putCalls (name: string, calls: NewCall[], now: number): Steps<void> {
  if (calls.length === 0) return
  const rows = calls.map(({ seq, state, n, status, error, nextIn, item }): Value[] => [seq, state, n, status, error, nextIn === null ? null : Math.round(now + nextIn), item])
  yield * run(PUT_CALLS, name, now, listOf(rows))
}

const CALL = `seq, ${COLUMNS.join(', ')}`

function * dueCalls ({ now, clock }: ReadContext, name: string, limit: number): Steps<CallRecord[]> {
  const time = yield * storeTime(clock, now)
  return (yield * all<CallRow>(`SELECT ${CALL} FROM reader_calls WHERE reader = ? AND next_at <= ? ORDER BY next_at, seq LIMIT ?`, name, time, limit)).map(toCall)
}

function * calls (_context: ReadContext, name: string, { limit, state, before = Number.MAX_SAFE_INTEGER }: { limit: number, state?: CallState, before?: number }): Steps<CallRecord[]> {
  const rows = state === undefined
    ? yield * all<CallRow>(`SELECT ${CALL} FROM reader_calls WHERE reader = ? AND seq < ? ORDER BY seq DESC LIMIT ?`, name, before, limit)
    : yield * all<CallRow>(`SELECT ${CALL} FROM reader_calls WHERE reader = ? AND state = ? AND seq < ? ORDER BY seq DESC LIMIT ?`, name, state, before, limit)
  return rows.map(toCall)
}

function toCall ({ next_at: nextAt, ...row }: CallRow): CallRecord {
  return { ...row, nextAt }
}

/** Removes calls that ended before `since`; how many. */
export function * forgetCalls (since: number, limit: number): Steps<number> {
  return (yield * all(
    'DELETE FROM reader_calls WHERE (reader, seq) IN (SELECT reader, seq FROM reader_calls WHERE next_at IS NULL AND at < ? ORDER BY at LIMIT ?) RETURNING 1 AS gone', since, limit
  )).length
}

export const reads = { reader, dueCalls, calls, storeTime: ({ now, clock }) => storeTime(clock, now) } satisfies Reads
export const writes = { takeReader, renewReaders, releaseReaders, moveReader } satisfies Writes
