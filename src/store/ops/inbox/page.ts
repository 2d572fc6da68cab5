import type { InboxFilter } from '../../store.ts'
import { SHARED_CLASSES } from '../index-class.ts'
import { ANY, blocksIn, tailOf, type BlockName } from '../key-blocks.ts'
import { KEY_BLOCK } from '../ordinals.ts'
import { all, get, highOf, listOf, lowOf, onlySqlite, rangesOf, rowsOf, seqOf, seqsOf, type Steps, type Value } from '../../query.ts'
import type { Window } from '../identity/member.ts'
import { IS_MUTED, type Muting } from './muted.ts'
import { ALIVE, IN_VIEW, OWN_MARK, READ_AT, UNREAD, WINDOWS, greater, sinceOf, smaller } from './states.ts'

/*
 * A page is merged from "arms": a kind of index range each, of which one range for every key of the user (w) is read,
 * newest first. Which arms there are depends on the filter, so that whatever it is, they pass over few rows:
 *
 *     seq  1 ─────────── through ─────────── before        through: the newest "read all"
 *          read but for marks  unread but for marks
 *     unread=true    unread marks    keys
 *     unread=false   keys            read marks, topics that were read through
 *
 * By topic and type, keys are read by their blocks (`../key-blocks.ts`), and row by row only in their tails.
 * Notifications of several keys or for late joiners are few, and are read whatever their state is.
 */
interface Arm {
  /** What one range is read for. */
  from: string
  /** A SELECT of a range's rows, without ORDER BY. */
  rows: string
  /** Further conditions on them: rows without the state that is asked for are passed over. */
  state: string
  /** Newest first, as the index has them. */
  order: string
  /** Where a window may begin if not with one of the rows: a SELECT without LIMIT, newest first, and how many of these a window of so many rows has. */
  starts?: { from: string, select: string, count: (rows: number) => number }
  /** The `since` of the notifications. */
  since: string
  /** Whether a page takes all of a window's rows, since some are passed over only after they were merged. */
  isWhole?: boolean
}

/** Whose inbox is read, and what of it is read through: for every topic (`through`), and for single ones beyond that. */
export interface Reading {
  userId: string
  /** The user's keys, and since when each is the user's. */
  windows: Window[]
  now: number
  through: number
  topics: { topic: string, seq: number }[]
  /** What is muted for the user; null for nothing. */
  muting: Muting | null
}

/** `keys`: the event's, as JSON; null if they are so many that looking one up is cheaper. */
export interface EntryRow {
  seq: number
  body: string
  read: number
  read_at: number | null
  archived: number
  /** The action that the user chose, and when; null if none. */
  action: string | null
  acted_at: number | null
  keys: string | null
}

/** SQL for the user's windows with what is asked: `tail` is where that of the key begins, if it is needed; `newer` is the end of what was read before, `low` and `high` the bounds beside `through`. */
const windowsOf = ({ topic, type }: InboxFilter, { topics }: Pick<Reading, 'topics'>) => `p AS MATERIALIZED (
    SELECT CAST(? AS TEXT) AS user_id, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS through, CAST(? AS BIGINT) AS start, CAST(? AS BIGINT) AS before,
      CAST(? AS TEXT) AS topic, CAST(? AS TEXT) AS type
  ), w AS MATERIALIZED (
    SELECT x.*, ${topic === undefined && type === undefined && topics.length === 0 ? '0' : tailOf('x.key')} AS tail, ${greater('x.newer', 'x.through')} AS low, ${smaller('x.before', '(x.through + 1)')} AS high
    FROM (SELECT d.key, d.after, p.*, ${greater('d.after', 'p.start')} AS newer FROM (${WINDOWS}) AS d CROSS JOIN p) AS x
  ), t AS MATERIALIZED (SELECT d.topic, d.seq FROM ${rowsOf({ topic: 'TEXT', seq: 'BIGINT' })} AS d)`

const UNENDED = '(k.expires_at IS NULL OR k.expires_at > w.now)'
/** SQL for a key's own state by the mark: 2 if archived or deleted, else `read`. */
const OWN = '(SELECT CASE WHEN m.archived_at IS NOT NULL OR m.deleted_at IS NOT NULL THEN 2 ELSE m.read END FROM marks m WHERE m.user_id = w.user_id AND m.seq = k.seq)'
const TOPIC_COVERED = '(k.topic IS NOT NULL AND EXISTS (SELECT 1 FROM read_through r WHERE r.user_id = w.user_id AND r.topic = k.topic AND r.seq >= k.seq))'

function armsOf ({ view = 'active', unread, topic, type }: InboxFilter, { through, topics, muting }: Pick<Reading, 'through' | 'topics' | 'muting'>): Arm[] {
  const wanted = `${topic === undefined ? '' : 'AND k.topic = w.topic'} ${type === undefined ? '' : 'AND k.type = w.type'}`
  // What is muted can have no mark.
  if (view !== 'active') return [viewArm(view)]
  const isHeard = muting ? `AND NOT ${IS_MUTED}` : ''
  const ofType = type === undefined ? ANY : 'w.type'
  const filtered = topic !== undefined || type !== undefined
  const keys = (low: string, high: string, state: string): Arm[] => {
    const all = { from: 'w', low: `w.${low}`, high: `w.${high}`, wanted, state: `AND ${UNENDED} ${isHeard} AND ${state}` }
    if (!filtered) return [rowArm(all)]
    return [blockArm({ ...all, name: { key: 'w.key', topic: topic === undefined ? ANY : 'w.topic', type: ofType } }), rowArm({ ...all, low: greater(all.low, 'w.tail') })]
  }
  const marks = (index: string, state: string, low: string, high: string): Arm => ({
    from: 'w',
    rows: `SELECT m.seq FROM marks m${onlySqlite(`INDEXED BY ${index}`)} WHERE m.user_id = w.user_id AND m.key = w.key AND ${state} AND m.archived_at IS NULL AND m.deleted_at IS NULL AND m.seq > w.${low} AND m.seq < w.${high}`,
    state: `AND EXISTS (SELECT 1 FROM event_keys k WHERE k.key = m.key AND k.class = 0 AND k.seq = m.seq AND ${UNENDED} ${wanted})`,
    order: 'm.seq DESC',
    since: 'w.after'
  })
  const shared: Arm = {
    from: `w CROSS JOIN ${SHARED_CLASSES} AS g`,
    rows: `SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = g.class AND k.seq > CASE WHEN g.class = 3 THEN w.start ELSE w.newer END AND k.seq < w.before ${wanted}`,
    state: `AND ${UNENDED} ${isHeard}`,
    order: 'k.seq DESC',
    since: 'w.after',
    isWhole: true
  }
  if (unread === undefined) return [...keys('newer', 'before', `COALESCE(${OWN}, 1) <> 2`), shared]
  if (unread) {
    const state = `CASE COALESCE(${OWN}, 9) WHEN 0 THEN TRUE WHEN 9 THEN NOT ${TOPIC_COVERED} ELSE FALSE END`
    return [...keys('low', 'before', state), ...through > 0 ? [marks('marks_unread', 'm.read = 0', 'newer', 'high')] : [], shared]
  }
  const state = `COALESCE(${OWN}, 1) = 1`
  const ofTopic = { from: 'w CROSS JOIN t', low: 'w.low', high: smaller('w.before', '(t.seq + 1)'), wanted: `AND k.topic = t.topic ${wanted}`, state: `AND ${UNENDED} ${isHeard} AND ${state}` }
  const ofTopics = [blockArm({ ...ofTopic, name: { key: 'w.key', topic: 't.topic', type: ofType } }), rowArm({ ...ofTopic, low: greater('w.low', 'w.tail') })]
  return [
    ...through > 0 ? keys('newer', 'high', state) : [], marks('marks_key', 'm.read = 1', 'low', 'before'), ...topics.length > 0 ? ofTopics : [], shared
  ]
}

/** Rows of a key with `low < seq < high`, and what is wanted of them. */
interface Range { from: string, low: string, high: string, wanted: string, state: string }

function rowArm ({ from, low, high, wanted, state }: Range): Arm {
  const rows = `SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = 0 AND k.seq > ${low} AND k.seq < ${high} ${wanted}`
  return { from, rows, state, order: 'k.seq DESC', since: 'w.after' }
}

/** How many rows that a list wants one of its blocks is taken to have: it may be each, or one. */
const ROWS_OF_BLOCK = KEY_BLOCK / 2

/** The same, of a key's blocks with a name. */
function blockArm ({ from, low, high, wanted, state, name }: Range & { name: BlockName }): Arm {
  const blocks = blocksIn(name, low, high)
  const [first, last] = [greater(lowOf('y'), `(${low} + 1)`), smaller(highOf('y'), `(${high} - 1)`)]
  return {
    from: `${from} CROSS JOIN ${rangesOf(blocks, 'y')}`,
    rows: `SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = 0 AND k.seq >= ${first} AND k.seq <= ${last} ${wanted}`,
    state,
    order: 'k.seq DESC',
    since: 'w.after',
    starts: { select: `SELECT z.low AS seq FROM (${blocks}) AS z`, from, count: rows => Math.ceil(rows / ROWS_OF_BLOCK) }
  }
}

/** What is archived or deleted is listed by the marks alone, whatever the key. */
function viewArm (view: 'archived' | 'deleted'): Arm {
  const state = view === 'archived' ? 'm.archived_at IS NOT NULL AND m.deleted_at IS NULL' : 'm.deleted_at >= 0'
  return {
    from: 'p',
    rows: `SELECT m.seq FROM marks m${onlySqlite(`INDEXED BY marks_${view}`)} WHERE m.user_id = p.user_id AND ${state} AND m.seq > p.start AND m.seq < p.before`,
    state: '',
    order: 'm.seq DESC',
    since: `(SELECT ${sinceOf('m.seq', '(m.key IS NULL OR w.key = m.key) AND').replace('?', 'p.now')} FROM marks m WHERE m.user_id = p.user_id AND m.seq = ${seqOf('x')})`,
    isWhole: true
  }
}

const readingParams = ({ userId, now, through, topics, muting }: Reading, { topic, type }: InboxFilter, start: number, before: number): Value[] => [
  userId, now, through, start, before, topic ?? null, type ?? null, userId, listOf(topics.map(({ topic, seq }) => [topic, seq])),
  ...muting ? [muting.param] : []
]

const tablesOf = (filter: InboxFilter, reading: Reading) => windowsOf(filter, reading) + (reading.muting ? `, ${reading.muting.table}` : '')

/** The `seq` where a window below `before` begins: no range of an arm has more than `rows` rows in it, or about as many blocks as have them. 0 if it holds all there are. */
export function * windowStart (reading: Reading, filter: InboxFilter, before: number, rows: number): Steps<number> {
  const arms = armsOf(filter, reading)
  const places = arms.map(({ from, rows, order, starts = { from, select: `${rows} ORDER BY ${order}` } }) => `SELECT (${starts.select} LIMIT 1 OFFSET ?) AS seq FROM ${starts.from}`)
  const sql = `WITH ${tablesOf(filter, reading)} SELECT MAX(places.seq) AS seq FROM (${places.join(' UNION ALL ')}) AS places`
  const offsets = arms.map(({ starts }) => (starts?.count(rows) ?? rows) - 1)
  const { seq } = (yield * get<{ seq: number | null }>(sql, ...readingParams(reading, filter, 0, before), ...offsets))!
  return seq ?? 0
}

/** Notifications that the filter matches, newest first, with `from ≤ seq`. */
export function * pageOf (reading: Reading, filter: InboxFilter, from = 0): Steps<EntryRow[]> {
  const { limit, view = 'active', unread, topic, type, before = Number.MAX_SAFE_INTEGER } = filter
  const arms = armsOf(filter, reading)
  const candidates = arms.map(({ from, rows, state, order, since }) => (
    `SELECT ${seqOf('x')} AS seq, ${since} AS since FROM ${from} CROSS JOIN ${seqsOf(`${rows} ${state} ORDER BY ${order} LIMIT ?`, 'x')}`
  ))
  const conditions = [
    ALIVE, IN_VIEW[view], ...unread === undefined ? [] : [`${unread ? '' : 'NOT '}${UNREAD}`],
    ...topic === undefined ? [] : ['n.topic = ?'], ...type === undefined ? [] : ['n.type = ?']
  ]
  const sql = `WITH ${tablesOf(filter, reading)}, c AS MATERIALIZED (
      SELECT a.seq, MIN(a.since) AS since FROM (${candidates.join(' UNION ALL ')}) AS a WHERE a.since IS NOT NULL GROUP BY a.seq
    )
    SELECT n.seq, n.body, CASE WHEN ${UNREAD} THEN 0 ELSE 1 END AS read, ${READ_AT} AS read_at,
      CASE WHEN m.archived_at IS NULL THEN 0 ELSE 1 END AS archived, a.action, a.at AS acted_at, CASE WHEN length(n.keys) <= ${MAX_KEYS_TEXT} THEN n.keys END AS keys
    FROM c JOIN events n ON n.seq = c.seq ${OWN_MARK}
    LEFT JOIN acts a ON a.user_id = ? AND a.seq = n.seq WHERE ${conditions.join(' AND ')} ORDER BY n.seq DESC LIMIT ?`
  const limits = arms.map(({ isWhole = false }) => isWhole ? WHOLE : limit)
  const { userId, now } = reading
  return yield * all<EntryRow>(
    sql, ...readingParams(reading, filter, Math.max(0, from - 1), before), ...limits, userId, userId, userId, userId, now,
    ...unread === undefined ? [] : [userId], ...topic === undefined ? [] : [topic], ...type === undefined ? [] : [type], limit
  )
}

const WHOLE = Number.MAX_SAFE_INTEGER
/** The longest text of keys that a page reads of each of its notifications. */
const MAX_KEYS_TEXT = 4_096
