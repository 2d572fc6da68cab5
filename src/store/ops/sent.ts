import { all, get, listOf, rowsOf, type Steps, type Value } from '../query.ts'
import type { SentFilter, SentRecord, SentView } from '../sent.ts'
import type { ReadContext, Reads } from './context.ts'
import { formerUserSeq, formerUserSeqOf } from './identity/users.ts'
import { ownerOf } from './life/recall.ts'
import { seqsOfTime } from './times/order.ts'

/** How many notifications of each source one step of a search looks at, and how many steps one page has. */
const WINDOW = 500
const MAX_WINDOWS = 20

const TYPES = ['info', 'success', 'warning', 'error']

/** The notifications in one range of an index, those with `seq ≤ after` excluded. */
interface Source { column: 'sender' | 'scope' | 'type', value: string, after: number }

function * sourcesOf ({ reach, sender, type }: SentFilter): Steps<Source[]> {
  if (reach === null) {
    if (sender !== undefined) return [{ column: 'sender', value: sender, after: 0 }]
    return (type === undefined ? TYPES : [type]).map(value => ({ column: 'type', value, after: 0 }))
  }
  const { owner, company } = reach
  const own: Source = { column: 'sender', value: owner, after: yield * formerUserSeq(owner) }
  return company === null ? [own] : [own, { column: 'scope', value: company, after: 0 }]
}

/** The first page of a search; undefined if its filters match so few that one step does not fill it: then `searchSent`. */
export function * sent (_context: ReadContext, filter: SentFilter): Steps<SentView | undefined> {
  return yield * search(filter, 1)
}

/** One page, found in several steps, each of which reads few rows. */
export function * searchSent (_context: ReadContext, filter: SentFilter): Steps<SentView> {
  return (yield * search(filter, MAX_WINDOWS))!
}

function * search (filter: SentFilter, maxWindows: number): Steps<SentView | undefined> {
  const { limit, from, to, q } = filter
  const sources = yield * sourcesOf(filter)
  const [first, end] = from === undefined && to === undefined ? [0, Number.MAX_SAFE_INTEGER] : yield * seqsOfTime(from, to)
  const oldest = Math.max(first, Math.min(...sources.map(({ after }) => after + 1)))
  let before = Math.min(filter.before ?? Number.MAX_SAFE_INTEGER, end)
  const records: SentRecord[] = []
  for (let windows = 1; ; windows++) {
    const start = Math.max(oldest, yield * windowStart(sources, before))
    const wanted = limit + 1 - records.length
    const found = yield * recordsOf(yield * seqsIn(sources, filter, start, before, q === undefined ? wanted : WINDOW))
    records.push(...found.filter(record => hasTitle(record, q)).slice(0, wanted))
    if (records.length > limit) return { records: records.slice(0, limit), nextBefore: records[limit - 1]!.seq }
    if (start === oldest) return { records, nextBefore: null }
    if (windows === MAX_WINDOWS) return { records, nextBefore: start }
    if (windows === maxWindows) return undefined
    before = start
  }
}

/** The `seq` at which a step of a search begins: no source has more than `WINDOW` notifications from there to `before`. 0 if that is all. */
function * windowStart (sources: Source[], before: number): Steps<number> {
  // Not bounded from below: PostgreSQL takes a range between two parameters for small, and would sort all of it.
  const each = sources.map(({ column }) => `SELECT * FROM (
    SELECT n.seq FROM events n WHERE n.${column} = ? AND n.seq < ? AND n.kind = 'notification' ORDER BY n.seq DESC LIMIT 1 OFFSET ${WINDOW - 1}
  ) AS w`)
  const params = sources.flatMap(({ value }) => [value, before])
  const { seq } = (yield * get<{ seq: number | null }>(`SELECT MAX(w.seq) AS seq FROM (${each.join(' UNION ALL ')}) AS w`, ...params))!
  return seq ?? 0
}

/** The newest notifications with `from ≤ seq < before` that match the filter (its title apart), newest first. */
function * seqsIn (sources: Source[], { topic, type, sender, from: since, to: until }: SentFilter, from: number, before: number, limit: number): Steps<number[]> {
  const conditions: [sql: string, value: Value | undefined][] = [['n.topic = ?', topic], ['n.type = ?', type], ['n.sender = ?', sender], ['n.at >= ?', since], ['n.at <= ?', until]]
  const given = conditions.filter((condition): condition is [string, Value] => condition[1] !== undefined)
  const each = sources.map(({ column }) => `SELECT * FROM (
    SELECT n.seq FROM events n WHERE n.${column} = ? AND n.seq > ? AND n.seq >= ? AND n.seq < ? AND n.kind = 'notification'
    ${given.map(([sql]) => `AND ${sql}`).join(' ')} ORDER BY n.seq DESC LIMIT ?
  ) AS w`)
  const params = sources.flatMap(({ value, after }) => [value, after, from, before, ...given.map(([, value]) => value), limit])
  // UNION, because what a company admin sent to the company is in both sources.
  const rows = yield * all<{ seq: number }>(`SELECT w.seq FROM (${each.join(' UNION ')}) AS w ORDER BY seq DESC LIMIT ?`, ...params, limit)
  return rows.map(({ seq }) => seq)
}

interface SentRow extends Omit<SentRecord, 'owner' | 'keys' | 'expiresAt' | 'recalledAt'> { keys: string, expires_at: number | null, recalled_at: number | null }

const COLUMNS = 'n.id, n.seq, n.sender, n.scope, n.type, n.topic, n.keys, n.at, n.expires_at, n.recalled_at, n.body'

function * recordsOf (seqs: number[]): Steps<SentRecord[]> {
  if (seqs.length === 0) return []
  const rows = yield * all<SentRow & { former_seq: number }>(
    `SELECT ${COLUMNS}, ${formerUserSeqOf('n.sender')} AS former_seq FROM ${rowsOf({ seq: 'BIGINT' })} AS d JOIN events n ON n.seq = d.seq ORDER BY n.seq DESC`, listOf(seqs.map(seq => [seq]))
  )
  return rows.map(({ former_seq: formerSeq, ...row }) => toRecord(row, row.seq <= formerSeq ? '' : row.sender))
}

function toRecord ({ expires_at: expiresAt, recalled_at: recalledAt, keys, ...row }: SentRow, owner: string): SentRecord {
  return { ...row, owner, keys: JSON.parse(keys) as string[], expiresAt, recalledAt }
}

function hasTitle ({ body }: SentRecord, q: string | undefined): boolean {
  if (q === undefined) return true
  const { title } = JSON.parse(body) as { title: string | null }
  return title !== null && fold(title).startsWith(fold(q))
}

function fold (text: string): string {
  return text.normalize('NFC').toLowerCase()
}

function * sentNotification (_context: ReadContext, id: string): Steps<SentRecord | undefined> {
  const row = yield * get<SentRow>(`SELECT ${COLUMNS} FROM events n WHERE n.id = ? AND n.kind = 'notification'`, id)
  return row && toRecord(row, yield * ownerOf(row))
}

export const reads = { sentNotification } satisfies Reads
