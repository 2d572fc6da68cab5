import { addressing, excludedUsers, isGroupKey, isUserKey, userOfKey } from '../../../log/audience.ts'
import { problem } from '../../../errors.ts'
import { all, get, listOf, rowsOf, type Steps, type Value } from '../../query.ts'
import { IS_MEMBER_ROW, NO_END } from './place.ts'
import { flags, type FlagRow, type Possible } from './flags.ts'

/** How many rows of the members of one key one step reads, matching or not: this bounds its time. */
export const SLICE = 500

/** The reported notification, as the statements need it. */
export interface Subject {
  seq: number
  topic: string | null
  /** When it ended, because it expired or was recalled; null if it has not. */
  endedAt: number | null
  keys: string[]
  possible: Possible
}

/** Where a walk over the recipients is: in which part of them, and after whom. */
interface Place { part: number, after: string, toSeq: number }
const START: Place = { part: 0, after: '', toSeq: 0 }

/*
 * The recipients are walked key by key, and of each key first those who are members still, then those who were: both are a range of an
 * index. Who is a member of several groups of the audience belongs to the first of them, and has not left before the last of them. An
 * audience of users is one part.
 */
interface Part { key: string | null, isFormer: boolean, /** Groups that may share members with this one, and whether each comes before it. */ shared: [key: string, isEarlier: number][] }

function partsOf ({ keys }: Subject): Part[] {
  const addressed = addressing(keys)
  if (addressed[0] === undefined || isUserKey(addressed[0])) return [{ key: null, isFormer: false, shared: [] }]
  const areShared = isGroupKey(addressed[0]) && addressed.length > 1
  return addressed.flatMap((key, index) => [false, true].map(isFormer => {
    return { key, isFormer, shared: areShared ? addressed.map((other, place): [string, number] => [other, Number(place < index)]) : [] }
  }))
}

/* Compared and ordered as rows, which only the index by key can do: PostgreSQL might take one by users, of whom each has many keys. */
const OPEN = 'SELECT w.user_id, w.from_seq, w.to_seq, w.source FROM memberships w WHERE w.to_seq IS NULL AND (w.key, w.user_id) > (?, ?) AND w.key <= ? ORDER BY w.key, w.user_id'
const FORMER = `SELECT w.user_id, w.from_seq, w.to_seq, w.source FROM memberships w
  WHERE w.to_seq IS NOT NULL AND (w.key, w.user_id, w.to_seq) > (?, ?, ?) AND w.key <= ? ORDER BY w.key, w.user_id, w.to_seq`
const NAMED = `SELECT d.user_id, 0 AS from_seq, (
    SELECT MIN(w.to_seq) FROM memberships w WHERE w.user_id = d.user_id AND w.key = d.key AND w.from_seq < p.seq AND w.to_seq > p.seq
  ) AS to_seq, 'user' AS source FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d CROSS JOIN p`

/** SQL for the memberships of shared groups that a row's user had when it was sent. */
const HELD = `FROM shared y JOIN memberships w ON w.user_id = r.user_id AND w.key = y.key WHERE w.from_seq < p.seq AND COALESCE(w.to_seq, ${NO_END}) > p.seq AND ${IS_MEMBER_ROW('w')}`

/** SQL for one step: of the rows that it reads (r), the recipients (m), with their states. */
function sliceOf (rows: string, select: string, { isShared, possible }: { isShared: boolean, possible: Possible }): string {
  return `WITH p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS seq, CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS ended_at),
    excluded AS MATERIALIZED (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS x), shared AS MATERIALIZED (SELECT key, is_earlier FROM ${rowsOf({ key: 'TEXT', is_earlier: 'BIGINT' })} AS y),
    r AS MATERIALIZED (${rows}),
    m AS MATERIALIZED (
      SELECT r.user_id, 0 AS from_seq, COALESCE(r.to_seq, 0) AS place_seq, ${isShared ? `(SELECT MAX(COALESCE(w.to_seq, ${NO_END})) ${HELD})` : `COALESCE(r.to_seq, ${NO_END})`} AS to_seq FROM r CROSS JOIN p
      WHERE r.from_seq < p.seq AND COALESCE(r.to_seq, ${NO_END}) > p.seq AND ${IS_MEMBER_ROW('r')} AND r.user_id NOT IN (SELECT id FROM excluded)
      ${isShared ? `AND NOT EXISTS (SELECT 1 ${HELD} AND y.is_earlier = 1)` : ''}
    ),
    f AS MATERIALIZED (${flags(possible)})
    ${select}`
}

/** What a step found: its recipients (or what `select` makes of them), and where the next one begins. */
interface Slice<T> { found: T[], next: Place | null }

function * readSlice<T> (subject: Subject, place: Place, select: string): Steps<Slice<T>> {
  const parts = partsOf(subject)
  const { possible } = subject
  const { key, isFormer, shared } = parts[place.part]!
  const common: Value[] = [subject.seq, subject.topic, subject.endedAt ?? Number(NO_END), listOf(excludedUsers(subject.keys).map(id => [id])), listOf(shared)]
  const following = place.part + 1 < parts.length ? { ...START, part: place.part + 1 } : null
  if (key === null) {
    const users = addressing(subject.keys).map(key => ({ key, id: userOfKey(key) })).sort((a, b) => a.id < b.id ? -1 : 1)
    const slice = users.filter(({ id }) => id > place.after).slice(0, SLICE)
    const found = slice.length === 0 ? [] : yield * all<T>(sliceOf(NAMED, select, { isShared: false, possible }), ...common, listOf(slice.map(({ id, key }) => [id, key])))
    return { found, next: slice.length < SLICE ? null : { ...START, after: slice.at(-1)!.id } }
  }
  const params = [key, place.after, ...isFormer ? [place.toSeq] : [], key]
  const rows = isFormer ? FORMER : OPEN
  // Not a parameter: PostgreSQL takes one for a tenth of the rows, and then plans the statement again each time.
  const found = yield * all<T>(sliceOf(`${rows} LIMIT ${SLICE}`, select, { isShared: shared.length > 0, possible }), ...common, ...params)
  // The last row that was read, recipient or not; a short index lookup, and none at the end of a part.
  const last = yield * get<{ user_id: string, to_seq: number | null }>(`${rows} LIMIT 1 OFFSET ${SLICE - 1}`, ...params)
  return { found, next: last ? { part: place.part, after: last.user_id, toSeq: last.to_seq ?? 0 } : following }
}

/** Reads recipients of which `where` (an SQL condition on f) is true, from a place on, in `maxSteps` steps at most. */
export function * search (subject: Subject, where: string, { limit, after, maxSteps }: { limit: number, after?: string | undefined, maxSteps: number }): Steps<{ found: FlagRow[], next: string | null }> {
  const found: FlagRow[] = []
  let place: Place | null = after === undefined ? START : parsePlace(after, subject)
  for (let step = 0; place && step < maxSteps; step++) {
    const slice: Slice<FlagRow> = yield * readSlice<FlagRow>(subject, place, `SELECT * FROM f WHERE ${where} ORDER BY f.user_id, f.place_seq`)
    const room = limit - found.length
    found.push(...slice.found.slice(0, room))
    if (slice.found.length > room || (slice.found.length === room && slice.next)) {
      const { user_id: last, place_seq: toSeq } = found.at(-1)!
      return { found, next: formatPlace({ part: place.part, after: last, toSeq }) }
    }
    place = slice.next
  }
  return { found, next: place && formatPlace(place) }
}

/** Takes steps over the recipients, from the first or where an earlier call ended: all of them, or `count`. */
export function * steps<T> (subject: Subject, from: string | null, select: string, count = Infinity): Steps<{ found: T[], next: string | null }> {
  const found: T[] = []
  let place: Place | null = from === null ? START : parsePlace(from, subject)
  for (let step = 0; place && step < count; step++) {
    const slice: Slice<T> = yield * readSlice<T>(subject, place, select)
    found.push(...slice.found)
    place = slice.next
  }
  return { found, next: place && formatPlace(place) }
}

/** A place as clients know it: opaque. */
function formatPlace ({ part, after, toSeq }: Place): string {
  return `${part.toString(36)}.${toSeq.toString(36)}.${Buffer.from(after).toString('base64url')}`
}

function parsePlace (text: string, subject: Subject): Place {
  const [, part = '', toSeq = '', after = ''] = /^([0-9a-z]{1,4})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]*)$/.exec(text) ?? []
  const place = { part: parseInt(part, 36), toSeq: parseInt(toSeq, 36), after: Buffer.from(after, 'base64url').toString() }
  if (!(place.part < partsOf(subject).length) || !Number.isSafeInteger(place.toSeq) || place.after.includes('\0')) throw problem('BLF_BAD_CURSOR', 'This `after` is not a `next_after` of this list.')
  return place
}
