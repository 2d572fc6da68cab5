import { all, get, listOf, rowsOf, seqOf, seqsOf, type Steps, type Value } from '../../query.ts'
import type { SentFilter, SentRecord, SentView } from '../../sent.ts'
import type { ReadContext, Reads } from '../context.ts'
import { formerUserSeq, formerUserSeqOf } from '../identity/users.ts'
import { ownerOf } from '../life/recall.ts'
import { BLOCK, sourceName, type SourceColumn } from './blocks.ts'
import { seqsOfTime } from '../times/order.ts'

/** How many blocks with something of each source one step of a search looks at, and how many steps one page has: a whole page, if each block has but one. */
const WINDOW = 8
const MAX_WINDOWS = 26

/** The notifications of one source, those with `seq ≤ after` excluded. */
interface Source { column: SourceColumn, value: string, after: number }

function * sourcesOf ({ reach, sender, type }: SentFilter): Steps<Source[]> {
  if (reach === null) {
    if (sender !== undefined) return [{ column: 'sender', value: sender, after: 0 }]
    return [type === undefined ? { column: 'all', value: '', after: 0 } : { column: 'type', value: type, after: 0 }]
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
    const found = yield * recordsOf(yield * seqsIn(sources, filter, start, before, q === undefined ? wanted : WINDOW * BLOCK))
    records.push(...found.filter(record => hasTitle(record, q)).slice(0, wanted))
    if (records.length > limit) return { records: records.slice(0, limit), nextBefore: records[limit - 1]!.seq }
    if (start === oldest) return { records, nextBefore: null }
    if (windows === MAX_WINDOWS) return { records, nextBefore: start }
    if (windows === maxWindows) return undefined
    before = start
  }
}

/** The `seq` at which a step of a search begins: no source has something in more than `WINDOW` blocks from there to `before`. 0 if that is all. */
function * windowStart (sources: Source[], before: number): Steps<number> {
  // Not bounded from below: PostgreSQL takes a range between two parameters for small, and would sort all of it.
  const each = sources.map(() => `SELECT * FROM (SELECT b.block FROM sent_blocks b WHERE b.source = ? AND b.block <= ? ORDER BY b.block DESC LIMIT 1 OFFSET ${WINDOW - 1}) AS w`)
  const params = sources.flatMap(({ column, value }) => [sourceName(column, value), blockOf(before - 1)])
  const { block } = (yield * get<{ block: number | null }>(`SELECT MAX(w.block) AS block FROM (${each.join(' UNION ALL ')}) AS w`, ...params))!
  return (block ?? 0) * BLOCK
}

/** The newest notifications with `from ≤ seq < before` that match the filter (its title apart), newest first. */
function * seqsIn (sources: Source[], { topic, type, sender, from: since, to: until }: SentFilter, from: number, before: number, limit: number): Steps<number[]> {
  const conditions: [sql: string, value: Value | undefined][] = [['n.topic = ?', topic], ['n.type = ?', type], ['n.sender = ?', sender], ['n.at >= ?', since], ['n.at <= ?', until]]
  const given = conditions.filter((condition): condition is [string, Value] => condition[1] !== undefined)
  const each = sources.map(({ column }) => {
    const ofBlock = `SELECT n.seq FROM events n WHERE n.seq >= b.block * ${BLOCK} AND n.seq < b.block * ${BLOCK} + ${BLOCK} AND n.kind = 'notification'
      ${column === 'all' ? '' : `AND n.${column} = ?`} ${given.map(([sql]) => `AND ${sql}`).join(' ')} ORDER BY n.seq DESC LIMIT ${BLOCK}`
    return `SELECT * FROM (
      SELECT x.seq FROM (
        SELECT ${seqOf('e')} AS seq FROM (SELECT b.block FROM sent_blocks b WHERE b.source = ? AND b.block >= ? AND b.block <= ? ORDER BY b.block DESC) AS b CROSS JOIN ${seqsOf(ofBlock, 'e')}
      ) AS x WHERE x.seq > ? AND x.seq >= ? AND x.seq < ? ORDER BY x.seq DESC LIMIT ?
    ) AS w`
  })
  const params = sources.flatMap(({ column, value, after }) => [
    sourceName(column, value), blockOf(from), blockOf(before - 1), ...column === 'all' ? [] : [value], ...given.map(([, value]) => value), after, from, before, limit
  ])
  // UNION, because what a company admin sent to the company is in both sources.
  const rows = yield * all<{ seq: number }>(`SELECT w.seq FROM (${each.join(' UNION ')}) AS w ORDER BY seq DESC LIMIT ?`, ...params, limit)
  return rows.map(({ seq }) => seq)
}

const blockOf = (seq: number) => Math.floor(seq / BLOCK)

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
