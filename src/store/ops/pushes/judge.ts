import type { Push, PushContent, PushedNotification } from '../../contract/pushes.ts'
import { hasIt } from '../index-class.ts'
import { all, listOf, rowsOf, type Steps, type Value } from '../../query.ts'
import { settingsReader, type SaidRow } from '../preferences/channels.ts'
import { mutedAt } from '../preferences/muted.ts'

/** A user who may get a push of a notification, by the key that addresses the user. `origin` is its place, `seq` that of the event that asks for it: of a reminder, a later one. */
export interface Candidate { seq: number, origin: number, topic: string | null, userId: string, key: string, /** Only this one of the user's subscriptions. */ subscriptionId?: string }

/** How many users one statement judges: this bounds its time. */
export const MAX_JUDGED = 64

const CANDIDATES = rowsOf({ place: 'BIGINT', seq: 'BIGINT', origin: 'BIGINT', topic: 'TEXT', user_id: 'TEXT', key: 'TEXT', subscription_id: 'TEXT' })

/** Whether a row exists for the user and the notification. */
const has = (table: string, condition: string) => `EXISTS (SELECT 1 FROM ${table} x WHERE x.user_id = p.user_id AND ${condition})`

/** SQL for whether a mark counts: of what a reminder is of, only one that was made after it; of a late joiner's, only one that was made after joining. */
const SINCE = '(p.origin = p.seq OR x.at_seq > p.seq)'
const JOINED = '(p.joined < p.seq OR x.at_seq > p.joined)'

/*
 * Who is a member now and was when it was sent (or joined since, if it is for late joiners), and has neither got it, nor seen, read, archived or deleted it, nor
 * had its topic muted. What the user marked as unread again has been read. Settings of channels are those of now. A reminder is for who has not acknowledged:
 * what they did before it does not matter. A late joiner's devices may have acknowledged what came after it, but were not sent it.
 */
const JUDGE = `WITH d AS MATERIALIZED (SELECT d.place, d.seq, d.origin, d.topic, d.user_id, d.key, d.subscription_id FROM ${CANDIDATES} AS d),
  p AS MATERIALIZED (SELECT d.*, (SELECT w.from_seq FROM memberships w WHERE w.user_id = d.user_id AND w.key = d.key AND w.to_seq IS NULL) AS joined FROM d)
  SELECT p.place, m.id, m.endpoint, m.p256dh, m.auth, m.vapid_key, c.choices, o.settings AS operator, t.settings AS company
  FROM p CROSS JOIN push_subscriptions m CROSS JOIN users u LEFT JOIN preferences c ON c.user_id = p.user_id
  LEFT JOIN topics o ON o.scope = 'all' AND o.topic = p.topic
  LEFT JOIN memberships w ON w.user_id = p.user_id AND w.to_seq IS NULL AND w.key >= 'c:' AND w.key < 'c;'
  LEFT JOIN topics t ON t.scope = w.key AND t.topic = p.topic
  WHERE m.user_id = p.user_id AND (p.subscription_id IS NULL OR m.id = p.subscription_id) AND (m.expires_at IS NULL OR m.expires_at > ?)
    AND u.id = p.user_id AND u.deleted_at IS NULL
    AND p.joined IS NOT NULL AND ${hasIt('p.joined', 'p.seq', 'p.key')}
    AND NOT ${has('marks', `x.seq = p.origin AND ${JOINED} AND (x.archived_at IS NOT NULL OR x.deleted_at IS NOT NULL OR (x.read IS NOT NULL AND ${SINCE}))`)}
    AND NOT ${has('read_through', `x.topic IN ('', COALESCE(p.topic, '')) AND x.seq >= p.origin AND ${SINCE} AND ${JOINED}`)}
    AND NOT ${has('seen', `x.seq >= p.seq AND ${JOINED}`)}
    AND NOT ${has('deliveries', 'x.low < p.seq AND x.high >= p.seq AND p.joined < p.seq')}
    AND NOT ${has('acts', 'x.seq = p.seq')}
    AND NOT ${has('acknowledgements', 'x.seq = p.origin')}
    AND NOT (${mutedAt('p.user_id', 'p.topic', 'p.origin')})
  ORDER BY p.place, m.id`

interface Judged extends SaidRow { place: number, id: string, endpoint: string, p256dh: string, auth: string, vapid_key: string }

const NOTIFICATIONS = `SELECT n.seq, n.body, n.topic, n.expires_at, n.scope, n.chain FROM ${rowsOf({ seq: 'BIGINT' })} AS d JOIN events n ON n.seq = d.seq
  WHERE n.kind = 'notification' AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?)`

/** What there is to push for each of these candidates, `MAX_JUDGED` at most; `withExpired`: of notifications that have expired, too. Two statements. */
export function * judge (candidates: Candidate[], now: number, { withExpired = false }: { withExpired?: boolean } = {}): Steps<Push[][]> {
  const found = candidates.map((): Push[] => [])
  if (candidates.length === 0) return found
  const rows = candidates.map(({ seq, origin, topic, userId, key, subscriptionId = null }, place): Value[] => [place, seq, origin, topic, userId, key, subscriptionId])
  const judged = yield * all<Judged>(JUDGE, listOf(rows), now)
  if (judged.length === 0) return found
  const notifications = yield * notificationsOf(judged.map(({ place }) => candidates[place]!.origin), withExpired ? 0 : now)
  const settingsIn = settingsReader()
  for (const { place, id, endpoint, p256dh, auth, vapid_key: vapidKey, ...said } of judged) {
    const { seq, origin, userId, key } = candidates[place]!
    const notification = notifications.get(origin)
    if (notification) found[place]!.push({ seq, notification, key, subscription: { id, userId, endpoint, p256dh, auth, vapidKey }, settings: { ...settingsIn(said), wasMuted: false } })
  }
  return found
}

/** Those that are not recalled and expire after `since`, by their `seq`. */
function * notificationsOf (seqs: number[], since: number): Steps<Map<number, PushedNotification>> {
  const rows = yield * all<{ seq: number, body: string, topic: string | null, expires_at: number | null, scope: string | null, chain: string | null }>(NOTIFICATIONS, listOf([...new Set(seqs)].map(seq => [seq])), since)
  return new Map(rows.map(({ expires_at: expiresAt, body, ...row }) => [row.seq, { ...row, expiresAt, content: contentOf(body) }]))
}

/** Once for all who get it: parsing may take longer than encrypting. */
function contentOf (body: string): PushContent {
  const { id, title, message, url, urgency, actions } = JSON.parse(body) as PushContent
  return { id, title, message, ...(url === undefined ? {} : { url }), ...(urgency === undefined ? {} : { urgency }), ...(actions === undefined ? {} : { actions }) }
}
