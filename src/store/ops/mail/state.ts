import { isBelfryError } from '../../../errors.ts'
import { choose, settingsOf } from '../../../preferences/effective.ts'
import type { MailKind, MailState, Unsubscribed } from '../../contract/mail.ts'
import { all, get, listOf, rowsOf, seqOf, seqsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { memberRow } from '../identity/member.ts'
import { WINDOWS } from '../inbox/states.ts'
import { INDEX_CLASS } from '../index-class.ts'
import { changePreferences, preferences } from '../preferences/preferences.ts'
import { ADDRESS } from './address.ts'

function * mailedOf (_context: ReadContext, userId: string, seqs: number[]): Steps<number[]> {
  const rows = yield * all<{ seq: number }>(
    `SELECT m.seq FROM ${rowsOf({ seq: 'BIGINT' })} AS d JOIN mailed m ON m.seq = d.seq AND m.user_id = ?`, listOf(seqs.map(seq => [seq])), userId
  )
  return rows.map(({ seq }) => seq)
}

/** How many there are at the most. */
const MAX_ARRIVALS = 100

/** SQL for them, over all windows of a user who has a new one: who has it by an older one, too, has had it since then. */
const ARRIVALS = `WITH w AS MATERIALIZED (${WINDOWS}), p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS after, CAST(? AS BIGINT) AS up_to, CAST(? AS BIGINT) AS now)
  SELECT ${seqOf('x')} AS seq, MIN(w.after) AS joined FROM p CROSS JOIN w
  CROSS JOIN ${seqsOf(`SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = ${INDEX_CLASS.late} AND k.seq <= p.up_to AND k.expires_at > p.now`, 'x')}
  WHERE EXISTS (SELECT 1 FROM w WHERE w.after > p.after) GROUP BY ${seqOf('x')}, p.after HAVING MIN(w.after) > p.after AND MIN(w.after) > ${seqOf('x')}
  ORDER BY 1 DESC LIMIT ${MAX_ARRIVALS}`

function * lateArrivals ({ now }: ReadContext, userId: string, after: number, upTo: number): Steps<{ seq: number, joined: number }[]> {
  return (yield * all<{ seq: number, joined: number }>(ARRIVALS, userId, after, upTo, now)).map(row => ({ ...row }))
}

function * mailState (_context: ReadContext, userId: string, seq: number, came = seq): Steps<MailState | undefined> {
  const user = yield * get<{ email: string | null }>(`SELECT ${ADDRESS} AS email FROM users u WHERE u.id = ? AND u.deleted_at IS NULL`, userId)
  if (!user) return undefined
  const mailed = (yield * get<{ state: 'sent' | 'failed', at: number }>("SELECT CASE WHEN state = 'returned' THEN 'failed' ELSE state END AS state, at FROM mailed WHERE user_id = ? AND seq = ?", userId, seq)) ?? null
  const waiting = yield * all<{ kind: MailKind, at: number }>(
    'SELECT kind, CASE WHEN up_to < ? THEN next_at ELSE due_at END AS at FROM mails WHERE user_id = ? AND through < ? AND due_at IS NOT NULL AND (up_to IS NULL OR up_to >= ? OR next_at IS NOT NULL) ORDER BY kind',
    came, userId, came, came
  )
  return { email: user.email, mailed: mailed && { ...mailed }, waiting: waiting.map(row => ({ ...row })) }
}

function * unsubscribe (context: WriteContext, userId: string, createdAt: number, topics: string[] | null): Steps<Unsubscribed | undefined> {
  const user = yield * memberRow(userId)
  if (user?.created_at !== createdAt) return undefined
  const { own, operator, company } = (yield * preferences({ now: context.at }, userId))!
  const open = (topics ?? []).filter(name => !choose('mail', { operator: settingsOf(operator, name), company: settingsOf(company, name), user: { ...own.channels } }).locked)
  if (open.length > 0) {
    try {
      yield * changePreferences(context, userId, { topics: Object.fromEntries(open.map(topic => [topic, { mail: 'off' as const }])) }, 'merge')
      return { topics: open }
    } catch (error) {
      // Of more topics a user cannot choose: all of them, then, rather than none.
      if (!isBelfryError(error) || error.code !== 'BLF_TOPICS_FULL') throw error
    }
  }
  yield * changePreferences(context, userId, { channels: { mail: 'off' } }, 'merge')
  return { topics: null }
}

export const reads = { mailedOf, lateArrivals, mailState } satisfies Reads
export const writes = { unsubscribe } satisfies Writes
