import type { InboxEntry, InboxFilter, InboxPage, Unread } from '../../store.ts'
import { all, get, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { windowsOf } from '../identity/member.ts'
import { countUnread } from './counts.ts'
import { pageOf, windowStart, type EntryRow, type Reading } from './page.ts'

/** How many rows of one key one statement of a search reads. */
const WINDOW = 256
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
  if (reading.keys === 0) return { entries: [], more: false, unread: 0, unseen: 0, seq: yield * head() }
  const rows = yield * search(reading, { ...filter, limit: filter.limit + 1 }, maxWindows)
  if (!rows) return undefined
  const { count: unread, unseen, seq } = (yield * countUnread(userId, now))!
  return { entries: rows.slice(0, filter.limit).map(toEntry), more: rows.length > filter.limit, unread, unseen, seq }
}

/** The newest notifications that a filter matches; undefined if so many windows do not fill the page, and there are more. */
function * search (reading: Reading, filter: InboxFilter, maxWindows: number): Steps<EntryRow[] | undefined> {
  const rows: EntryRow[] = []
  let before = filter.before ?? Number.MAX_SAFE_INTEGER
  for (let windows = 1; ; windows++) {
    const from = yield * windowStart(reading, filter, before, windows === 1 ? firstRows(reading, filter) : WINDOW)
    rows.push(...yield * pageOf(reading, { ...filter, limit: filter.limit - rows.length, before }, from))
    if (rows.length === filter.limit || from === 0) return rows
    if (windows === maxWindows) return undefined
    before = from
  }
}

/** How many rows of each key the first window has: with many keys, a few of each are a page. */
function firstRows ({ keys }: Reading, { limit }: InboxFilter): number {
  return Math.max(8, Math.ceil(2 * limit / Math.max(1, keys / 10)))
}

/** The `seq` of the newest notification with `seq ≤ upTo`, of one topic or of any, that a member has not read. */
export function * newestUnread (userId: string, upTo: number, topic: string | null, now: number): Steps<number | undefined> {
  const filter = { limit: 1, before: upTo + 1, unread: true, ...(topic === null ? {} : { topic }) }
  const [newest] = (yield * search(yield * readingOf(userId, filter, now), filter, Infinity))!
  return newest?.seq
}

function * readingOf (userId: string, { unread, topic }: InboxFilter, now: number): Steps<Reading> {
  const marks = unread === undefined
    ? []
    : yield * all<{ topic: string, seq: number }>('SELECT topic, MAX(seq) AS seq FROM read_through WHERE user_id = ? GROUP BY topic', userId)
  const through = Math.max(0, ...marks.filter(mark => mark.topic === '' || mark.topic === topic).map(({ seq }) => seq))
  const topics = topic === undefined ? marks.filter(mark => mark.topic !== '' && mark.seq > through) : []
  return { userId, keys: (yield * windowsOf(userId)).length, now, through, topics }
}

export function * unread ({ now }: ReadContext, userId: string): Steps<Unread> {
  return (yield * countUnread(userId, now)) ?? { count: 0, unseen: 0, seq: yield * head(), floor: yield * floor() }
}

export function * head (): Steps<number> {
  return (yield * get<{ seq: number }>('SELECT seq FROM log'))!.seq
}

function * floor (): Steps<number> {
  return (yield * get<{ floor: number }>('SELECT floor FROM log'))!.floor
}

function toEntry ({ seq, body, read, read_at: readAt }: EntryRow): InboxEntry {
  return { seq, body, readAt: read === 1 ? readAt : null }
}

export const reads = { head, floor } satisfies Reads
