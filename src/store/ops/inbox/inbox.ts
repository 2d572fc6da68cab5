import type { InboxEntries, InboxEntry, InboxFilter, InboxPage, Unread } from '../../store.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { NOTHING, countUnread } from './counts.ts'
import { WINDOWS } from './states.ts'
import { choiceOf, findItem } from './find.ts'
import type { EntryRow, Reading } from './page.ts'
import { readingOf, search } from './search.ts'

/** How many windows are read within one snapshot; a filter that matches less is searched for with pauses. */
const FIRST_WINDOWS = 4

/** One page; undefined if its filters match so few notifications that a few windows do not fill it: then `searchInbox`. */
export function * inbox ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxPage | undefined> {
  return yield * readPage(userId, filter, now, FIRST_WINDOWS)
}

/** One page, found window by window: any number of statements, each of which reads few rows. */
export function * searchInbox ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxPage> {
  return (yield * readPage(userId, filter, now, Infinity))!
}

function * readPage (userId: string, filter: InboxFilter, now: number, maxWindows: number): Steps<InboxPage | undefined> {
  const reading = yield * readingOf(userId, filter, now)
  const page = yield * readEntries(reading, filter, maxWindows)
  if (!page) return undefined
  if (reading.windows.length === 0) return { ...page, unread: 0, unseen: 0, seq: yield * head() }
  const { count: unread, unseen, seq } = (yield * countUnread(userId, now, { muting: reading.muting }))!
  return { ...page, unread, unseen, seq }
}

/** The same without counts. */
export function * inboxEntries ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxEntries | undefined> {
  return yield * readEntries(yield * readingOf(userId, filter, now), filter, FIRST_WINDOWS)
}

export function * searchEntries ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxEntries> {
  return (yield * readEntries(yield * readingOf(userId, filter, now), filter, Infinity))!
}

function * readEntries (reading: Reading, filter: InboxFilter, maxWindows: number): Steps<InboxEntries | undefined> {
  if (reading.windows.length === 0) return { entries: [], more: false }
  const rows = yield * search(reading, { ...filter, limit: filter.limit + 1 }, maxWindows)
  return rows && { entries: yield * entriesOf(reading, rows.slice(0, filter.limit)), more: rows.length > filter.limit }
}

export function * unread ({ now }: ReadContext, userId: string): Steps<Unread> {
  return (yield * countUnread(userId, now)) ?? { ...NOTHING, seq: yield * head(), floor: yield * floor() }
}

export function * head (): Steps<number> {
  return (yield * get<{ seq: number }>('SELECT seq FROM log'))!.seq
}

function * floor (): Steps<number> {
  return (yield * get<{ floor: number }>('SELECT floor FROM log'))!.floor
}

/** The entries of rows, each with the key under which it is in the inbox: of several, the first by name. */
function * entriesOf ({ userId, windows }: Reading, rows: EntryRow[]): Steps<InboxEntry[]> {
  const keys = yield * lookUpKeys(userId, rows.filter(row => row.keys === null).map(({ seq }) => seq))
  const acknowledged = yield * lookUpAcknowledgements(userId, rows.filter(({ body }) => body.includes('"acknowledge":{')).map(({ seq }) => seq))
  return rows.map(row => {
    const of = row.keys === null ? [keys.get(row.seq)] : JSON.parse(row.keys) as string[]
    const matching = windows.filter(({ key }) => of.includes(key))
    // For late joiners a notification is older than the membership.
    const { key = null } = matching.find(({ after }) => after < row.seq) ?? matching[0] ?? {}
    const acted = row.action === null ? null : { action: row.action, at: row.acted_at! }
    return { acknowledgedAt: acknowledged.get(row.seq) ?? null, seq: row.seq, body: row.body, readAt: row.read === 1 ? row.read_at : null, archived: row.archived === 1, acted, key }
  })
}

/** When the user acknowledged those of these notifications that must be. */
function * lookUpAcknowledgements (userId: string, seqs: number[]): Steps<Map<number, number>> {
  if (seqs.length === 0) return new Map()
  const rows = yield * all<{ seq: number, at: number }>(
    `SELECT a.seq, a.at FROM ${rowsOf({ seq: 'BIGINT' })} AS d JOIN acknowledgements a ON a.seq = d.seq AND a.user_id = ?`, listOf(seqs.map(seq => [seq])), userId
  )
  return new Map(rows.map(({ seq, at }) => [seq, at]))
}

function * lookUpKeys (userId: string, seqs: number[]): Steps<Map<number, string>> {
  if (seqs.length === 0) return new Map()
  const rows = yield * all<{ seq: number, key: string }>(
    `SELECT d.seq, MIN(w.key) AS key FROM (${WINDOWS}) AS w CROSS JOIN ${rowsOf({ seq: 'BIGINT' })} AS d CROSS JOIN (SELECT 0 AS class UNION ALL SELECT 2 UNION ALL SELECT 3) AS g
     WHERE (SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = g.class AND k.seq = d.seq LIMIT 1) IS NOT NULL GROUP BY d.seq`, userId, listOf(seqs.map(seq => [seq]))
  )
  return new Map(rows.map(({ seq, key }) => [seq, key]))
}

function * item ({ now }: ReadContext, userId: string, id: string): Steps<InboxEntry | undefined> {
  const found = yield * findItem(userId, id, now)
  if (!found) return undefined
  const { seq, body, unread, first_read_at: readAt, archived_at: archivedAt } = found
  const chosen = (yield * choiceOf(userId, seq)) ?? { action: null, at: null }
  const row = { seq, body, read: 1 - unread, read_at: readAt, archived: Number(archivedAt !== null), action: chosen.action, acted_at: chosen.at, keys: null }
  const [entry] = yield * entriesOf(yield * readingOf(userId, { limit: 1 }, now), [row])
  return entry
}

export const reads = { head, floor, item } satisfies Reads
