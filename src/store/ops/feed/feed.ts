import { problem } from '../../../errors.ts'
import { audienceKey, isUserKey, userOfKey } from '../../../log/audience.ts'
import type { EventKind } from '../../../log/event.ts'
import type { DeliveryChannel, FeedType } from '../../../protocol/outbound/feed.ts'
import { companiesInReach } from '../../../rights/rights.ts'
import type { FeedEvent, FeedFilter, FeedView } from '../../contract/feed.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { findActor } from '../identity/actor.ts'

/** How many places of the log one page looks at, and how many events it reads of them beyond those that were asked for: some are of other types, or others'. */
const WINDOW = 1_000
const BEYOND = 64

/** The types that events of a kind can have in the feed. */
const TYPES: Partial<Record<EventKind, FeedType[]>> = {
  notification: ['notification.sent'],
  'notification.updated': ['notification.updated'],
  'notification.recalled': ['notification.recalled'],
  'notification.read': ['notification.read'],
  'notification.unread': ['notification.unread'],
  'notification.archived': ['notification.archived'],
  'notification.unarchived': ['notification.unarchived'],
  'notification.deleted': ['notification.deleted'],
  'notification.restored': ['notification.restored'],
  'notification.acknowledged': ['notification.acknowledged'],
  'notification.acted': ['notification.acted'],
  'inbox.read_all': ['inbox.read_all'],
  'user.updated': ['user.created', 'user.updated', 'user.removed'],
  'delivery.failed': ['delivery.failed'],
  'webhook.disabled': ['webhook.disabled']
}
const KINDS = Object.keys(TYPES) as EventKind[]

interface Row {
  seq: number
  kind: EventKind
  id: string | null
  topic: string | null
  at: number
  /** The company that the whole audience of the notification was in. */
  scope: string | null
  keys: string | null
  body: string | null
}

/** What only notifications need is not read of the others, nor the other way round: texts and audiences are long. */
const rowsFor = (condition: string) => `SELECT n.seq, n.kind, COALESCE(n.id, o.id) AS id, n.topic, n.at, COALESCE(n.scope, o.scope) AS scope,
  CASE WHEN n.kind IN ('notification', 'notification.updated', 'notification.recalled', 'user.updated') THEN NULL ELSE n.keys END AS keys,
  CASE WHEN n.kind = 'notification' OR (n.kind = 'notification.updated' AND o.id IS NOT NULL) THEN NULL ELSE n.body END AS body
  FROM events n LEFT JOIN events o ON o.seq = n.origin_seq
  WHERE n.seq > ? AND n.seq <= ? AND n.kind IN (SELECT kind FROM ${rowsOf({ kind: 'TEXT' })} AS d) ${condition} ORDER BY n.seq LIMIT ?`
const ROWS = rowsFor('')
/** Most are of others: what tells its company itself need not be looked at any further. */
const ROWS_OF = rowsFor(`AND (n.kind NOT IN ('notification', 'notification.updated', 'notification.recalled') OR COALESCE(n.scope, o.scope) IN (SELECT company FROM ${rowsOf({ company: 'TEXT' })} AS e))`)

/** Which of these users were in which of these companies when the event with this `seq` came: an event that moves somebody concerns both. */
const COMPANIES = `SELECT DISTINCT d.seq FROM ${rowsOf({ seq: 'BIGINT', user_id: 'TEXT' })} AS d CROSS JOIN ${rowsOf({ key: 'TEXT' })} AS c
  JOIN memberships w ON w.user_id = d.user_id AND w.key = c.key AND w.from_seq <= d.seq AND (w.to_seq IS NULL OR w.to_seq >= d.seq)`

/** Which of these events created their users: everybody is addressed as one of all from then on. */
const CREATED = `SELECT d.seq FROM ${rowsOf({ seq: 'BIGINT', user_id: 'TEXT' })} AS d JOIN memberships w ON w.user_id = d.user_id AND w.key = 'all' AND w.from_seq = d.seq`

function * feed (_context: ReadContext, { after, limit, types, of }: FeedFilter): Steps<FeedView> {
  const companies = 'company' in of ? (of.company === null ? null : [of.company]) : yield * reachOf(of.by)
  const { seq: head, floor } = (yield * get<{ seq: number, floor: number }>('SELECT seq, floor FROM log'))!
  const start = after ?? floor
  if (start < floor) return { events: [], upTo: floor, head, floor, isGone: true }
  const end = Math.min(head, start + WINDOW)
  const kinds = types ? KINDS.filter(kind => TYPES[kind]!.some(type => types.includes(type))) : KINDS
  const list = listOf(kinds.map(kind => [kind]))
  const most = limit + BEYOND
  const rows = companies === null ? yield * all<Row>(ROWS, start, end, list, most) : yield * all<Row>(ROWS_OF, start, end, list, listOf(companies.map(company => [company])), most)
  const events = yield * eventsOf(rows, companies)
  const wanted = types ? events.filter(({ type }) => types.includes(type)) : events
  const shown = wanted.slice(0, limit)
  const upTo = wanted.length > limit ? shown.at(-1)?.seq ?? start : rows.length === most ? rows.at(-1)!.seq : end
  return { events: shown, upTo, head, floor, isGone: false }
}

/** The companies whose events an actor may read; null for everybody's. */
function * reachOf (by: Parameters<typeof findActor>[0]): Steps<string[] | null> {
  const actor = yield * findActor(by)
  if (!actor) throw problem('BLF_UNAUTHENTICATED')
  const companies = companiesInReach(actor, 'events.read')
  if (companies?.length === 0) throw problem('BLF_FORBIDDEN')
  return companies
}

/** What these rows are to somebody who may see the events of these companies, or (null) of everybody. */
function * eventsOf (rows: Row[], companies: string[] | null): Steps<FeedEvent[]> {
  const users = new Map(rows.flatMap(row => {
    const id = userOf(row)
    return id === undefined ? [] : [[row.seq, id] as const]
  }))
  const concerned = companies === null ? null : yield * seqsOf(COMPANIES, [...users], companies)
  const isSeen = (row: Row) => {
    const company = companyOf(row)
    return companies === null || (company !== null && companies.includes(company)) || concerned!.has(row.seq)
  }
  const seen = rows.filter(isSeen)
  const updates = seen.filter(({ kind }) => kind === 'user.updated').map(({ seq }) => [seq, users.get(seq)!] as [number, string])
  const created = updates.length === 0 ? new Set<number>() : yield * seqsOf(CREATED, updates)
  return seen.map(row => toEvent(row, users.get(row.seq), created.has(row.seq)))
}

function * seqsOf (sql: string, users: [seq: number, id: string][], companies?: string[]): Steps<Set<number>> {
  if (users.length === 0) return new Set()
  const lists = [listOf(users), ...companies ? [listOf(companies.map(company => [audienceKey.company(company)]))] : []]
  return new Set((yield * all<{ seq: number }>(sql, ...lists)).map(({ seq }) => seq))
}

/** The company that an event is of, whoever did it. */
function companyOf ({ kind, scope, body }: Row): string | null {
  return kind === 'delivery.failed' || kind === 'webhook.disabled' ? (JSON.parse(body!) as { company: string | null }).company : scope
}

/** Who did it, or whom it is about. */
function userOf ({ kind, keys, body }: Row): string | undefined {
  if (kind === 'user.updated') return (JSON.parse(body!) as { id: string }).id
  const key = keys === null ? undefined : (JSON.parse(keys) as string[]).find(isUserKey)
  return key === undefined ? undefined : userOfKey(key)
}

function toEvent ({ seq, kind, id, topic, at, body }: Row, userId: string | undefined, isCreated: boolean): FeedEvent {
  const details = body === null ? {} : JSON.parse(body) as { id?: string, ids?: string[], before?: string, topic?: string, role?: string, webhook_id?: string, user_id?: string, channel?: DeliveryChannel }
  const event = { seq, at, ...(userId === undefined ? {} : { userId }) }
  if (kind === 'user.updated') return { ...event, type: isCreated ? 'user.created' : details.role === undefined ? 'user.removed' : 'user.updated' }
  const about = topic ?? details.topic
  const [type] = TYPES[kind]!
  const told: FeedEvent = { ...event, type: type!, ...(about == null ? {} : { topic: about }) }
  if (kind === 'delivery.failed' || kind === 'webhook.disabled') {
    const { webhook_id: webhookId, channel, ids, user_id: failedUser } = details
    return { ...told, ...(webhookId === undefined ? {} : { webhookId }), ...(channel === undefined ? {} : { channel }), ...(ids ? { notificationIds: ids } : {}), ...(failedUser === undefined ? {} : { userId: failedUser }) }
  }
  if (kind === 'inbox.read_all') return { ...told, ...(details.before === undefined ? {} : { before: details.before }) }
  const ids = id === null ? details.ids ?? (details.id === undefined ? [] : [details.id]) : [id]
  return { ...told, notificationIds: ids }
}

export const snapshots = { feed } satisfies Reads
