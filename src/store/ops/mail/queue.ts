import type { MailJob, MailKind, MailOutcome, QueuedMail } from '../../contract/mail.ts'
import { all, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { storeTime, type ReadContext, type Reads, type WriteContext, type Writes } from '../context.ts'
import { ADDRESS, hasReturned } from './address.ts'
import { appendFailed } from './failed.ts'

/*
 * A user's mail of one kind: what it is of, and when it is made.
 *
 *     seq      10 ──── 11 ──── 14 ──────── 20 ──── 22
 *              through  └ due: unread       up_to   └ came while the mail was under way: due after it (next_at)
 *                       (through, up_to] is in the mail, at every attempt
 */

/**
 * A mail that is not begun yet becomes due earlier; one that is begun is of what came up to then, and what comes later is for the next. The first of a user is
 * of all that is unread: what came before may have had no mail of its own because it was muted at its time, or there was no address.
 */
const QUEUE = `INSERT INTO mails (user_id, kind, through, due_at)
  SELECT d.user_id, d.kind, CASE WHEN EXISTS (SELECT 1 FROM mails x WHERE x.user_id = d.user_id AND x.kind = d.kind) THEN MIN(d.seq) - 1 ELSE 0 END, MIN(d.due_at)
  FROM ${rowsOf({ user_id: 'TEXT', kind: 'TEXT', seq: 'BIGINT', due_at: 'BIGINT' })} AS d
  JOIN users u ON u.id = d.user_id AND u.deleted_at IS NULL WHERE TRUE GROUP BY d.user_id, d.kind
  ON CONFLICT (user_id, kind) DO UPDATE SET
    due_at = CASE WHEN mails.due_at IS NULL OR (mails.up_to IS NULL AND excluded.due_at < mails.due_at) THEN excluded.due_at ELSE mails.due_at END,
    next_at = CASE WHEN mails.up_to <= excluded.through AND (mails.next_at IS NULL OR excluded.due_at < mails.next_at) THEN excluded.due_at ELSE mails.next_at END
  WHERE mails.through <= excluded.through`

function * queue (mails: QueuedMail[], now: number): Steps<void> {
  if (mails.length === 0) return
  yield * run(QUEUE, listOf(mails.map(({ userId, kind, seq, dueIn }) => [userId, kind, seq, Math.round(now + dueIn)])))
}

function * queueMails ({ batch, at }: WriteContext, mails: QueuedMail[]): Steps<void> {
  yield * queue(mails, yield * storeTime(batch.clock, at))
}

/*
 * A mail that was begun may have arrived, also if nobody said so, and comes again under its own Message-ID. What is in it must not be in the user's mail of
 * the other kind, too:
 *
 *     a mail "now" is begun        a digest waits until it is done
 *     a digest is begun            a mail "now" is of what came after it, if the digest has all that came before
 *
 * What failed at a former address of the user has `returned`: it counts as mailed for a mail that was begun for that address, which is the same at every
 * attempt. The next mail is of all that is unread (`through` 0), and then it does not count any more.
 */

/** SQL for the user's mail of the other kind (o), if it was begun, and for "the mail (m) may be begun, or goes on". */
const OTHER = 'LEFT JOIN mails o ON o.user_id = m.user_id AND o.kind <> m.kind AND o.up_to IS NOT NULL'
const IS_FREE = `(m.up_to IS NOT NULL OR o.up_to IS NULL OR (m.kind = 'now' AND o.through <= m.through AND NOT ${hasReturned('m.user_id')}))`

/** Those that nodes have taken are due first, and fewer than these. */
const FIRST = 200
const NEXT = `SELECT m.due_at, m.claimed_until, COALESCE(o.claimed_until, 0) AS other_until FROM mails m ${OTHER} WHERE m.due_at IS NOT NULL AND ${IS_FREE} ORDER BY m.due_at LIMIT ?`

function * nextMail ({ now, clock }: ReadContext): Steps<number | null> {
  const rows = yield * all<{ due_at: number, claimed_until: number, other_until: number }>(NEXT, FIRST)
  if (rows.length === 0) return null
  const next = Math.min(...rows.map(({ due_at: due, claimed_until: until, other_until: otherUntil }) => Math.max(due, until, otherUntil)))
  return Math.max(0, next - (yield * storeTime(clock, now)))
}

interface JobRow { user_id: string, kind: MailKind, through: number, up_to: number | null, other_up_to: number, number: number, n: number, name: string | null, email: string | null, created_at: number }

const DUE = `SELECT m.user_id, m.kind, m.through, m.up_to, COALESCE(o.up_to, 0) AS other_up_to, m.number, m.n, u.created_at, u.name, ${ADDRESS} AS email
  FROM mails m JOIN users u ON u.id = m.user_id ${OTHER}
  WHERE m.due_at <= ? AND m.claimed_until <= ? AND COALESCE(o.claimed_until, 0) <= ? AND ${IS_FREE} ORDER BY m.due_at, m.user_id, m.kind LIMIT ?`
const BEGIN = `UPDATE mails SET through = d.through, up_to = COALESCE(mails.up_to, ?), n = mails.n + 1, owner = ?, claimed_until = ?
  FROM ${rowsOf({ user_id: 'TEXT', kind: 'TEXT', through: 'BIGINT' })} AS d WHERE mails.user_id = d.user_id AND mails.kind = d.kind`
const FORGET_RETURNED = `DELETE FROM mailed WHERE state = 'returned' AND user_id IN (SELECT d.user_id FROM ${rowsOf({ user_id: 'TEXT' })} AS d)`

function * beginMails ({ batch, at }: WriteContext, owner: string, limit: number, leaseMs: number): Steps<MailJob[]> {
  const now = yield * storeTime(batch.clock, at)
  // One mail a user at a time: what is in it is then not in the other.
  const due = yield * all<JobRow>(DUE, now, now, now, limit)
  const rows = due.filter(({ user_id: userId }, place) => due.findIndex(other => other.user_id === userId) === place)
  if (rows.length === 0) return []
  const jobs = rows.map(({ user_id: userId, created_at: createdAt, through, up_to: upTo, other_up_to: otherUpTo, ...row }): MailJob => {
    const after = upTo === null ? Math.max(through, otherUpTo) : through
    return { userId, createdAt, begunAt: now, after, upTo: upTo ?? batch.seq, ...row }
  })
  yield * run(BEGIN, batch.seq, owner, now + leaseMs, listOf(jobs.map(({ userId, kind, after }) => [userId, kind, after])))
  const anew = rows.filter(({ up_to: upTo, through, email }) => upTo === null && through === 0 && email !== null)
  if (anew.length > 0) yield * run(FORGET_RETURNED, listOf(anew.map(({ user_id: userId }) => [userId])))
  return jobs
}

const HELD = `SELECT m.user_id, m.kind, ${ADDRESS} AS email FROM ${rowsOf({ user_id: 'TEXT', kind: 'TEXT' })} AS d JOIN mails m ON m.user_id = d.user_id AND m.kind = d.kind AND m.owner = ? JOIN users u ON u.id = m.user_id`
const NOTE = `INSERT INTO mailed (user_id, seq, at, state)
  SELECT d.user_id, d.seq, CAST(? AS BIGINT), d.state FROM ${rowsOf({ user_id: 'TEXT', seq: 'BIGINT', state: 'TEXT' })} AS d WHERE TRUE
  ON CONFLICT (user_id, seq) DO UPDATE SET at = excluded.at, state = excluded.state`
const COUNT_BOUNCES = `UPDATE users SET bounces = CASE WHEN d.has_bounced = 1 THEN users.bounces + 1 ELSE 0 END
  FROM ${rowsOf({ user_id: 'TEXT', email: 'TEXT', has_bounced: 'BIGINT' })} AS d
  WHERE users.id = d.user_id AND users.email = d.email AND (d.has_bounced = 1 OR users.bounces > 0)`
const SETTLE = `UPDATE mails SET through = CASE WHEN d.is_again = 0 AND (d.is_former = 1 OR (mails.n > 1 AND ${hasReturned('mails.user_id')})) THEN 0 ELSE d.through END, owner = NULL, claimed_until = 0, error = d.error,
    due_at = CASE WHEN d.is_again = 1 OR mails.next_at IS NULL THEN d.due_at WHEN d.due_at IS NULL OR mails.next_at < d.due_at THEN mails.next_at ELSE d.due_at END,
    next_at = CASE WHEN d.is_again = 1 THEN mails.next_at END,
    up_to = CASE WHEN d.is_again = 1 THEN mails.up_to END,
    n = CASE WHEN d.is_again = 1 THEN mails.n ELSE 0 END,
    number = mails.number + 1 - d.is_again
  FROM ${rowsOf({ user_id: 'TEXT', kind: 'TEXT', through: 'BIGINT', due_at: 'BIGINT', is_again: 'BIGINT', is_former: 'BIGINT', error: 'TEXT' })} AS d
  WHERE mails.user_id = d.user_id AND mails.kind = d.kind`

/** Eight statements at most, however many jobs. Writes nothing of users who were removed meanwhile, nor of jobs that are somebody else's by now. */
function * settleMails ({ batch, at }: WriteContext, owner: string, given: MailOutcome[]): Steps<void> {
  const now = yield * storeTime(batch.clock, at)
  const held = yield * all<{ user_id: string, kind: MailKind, email: string | null }>(HELD, listOf(given.map(({ userId, kind }) => [userId, kind])), owner)
  const addresses = new Map(held.map(({ user_id: userId, kind, email }) => [`${kind} ${userId}`, email]))
  const outcomes = given.filter(({ userId, kind }) => addresses.has(`${kind} ${userId}`))
  if (outcomes.length === 0) return
  const isFormer = ({ userId, kind, email }: MailOutcome) => addresses.get(`${kind} ${userId}`) !== email
  const noted = outcomes.flatMap((outcome): Value[][] => {
    if (!outcome.mailed) return []
    const { userId, mailed: { state, seqs, counted = [] } } = outcome
    return [...seqs, ...counted].map(seq => [userId, seq, state === 'failed' && isFormer(outcome) ? 'returned' : state])
  })
  const answered = outcomes.flatMap(({ userId, email, hasBounced }): Value[][] => hasBounced === undefined ? [] : [[userId, email, Number(hasBounced)]])
  if (noted.length > 0) yield * run(NOTE, now, listOf(noted))
  if (answered.length > 0) yield * run(COUNT_BOUNCES, listOf(answered))
  const rows = outcomes.map((outcome): Value[] => {
    const { userId, kind, through, dueIn, isAgain, error = null } = outcome
    return [userId, kind, through, dueIn === null ? null : Math.round(now + dueIn), Number(isAgain), Number(isFormer(outcome)), error]
  })
  yield * run(SETTLE, listOf(rows))
  yield * appendFailed(batch, outcomes, at)
  yield * queue(outcomes.flatMap(({ queue = [] }) => queue), now)
}

function * releaseMails (_context: WriteContext, owner: string, whose: 'own' | 'others'): Steps<void> {
  yield * run(`UPDATE mails SET owner = NULL, claimed_until = 0 WHERE owner ${whose === 'own' ? '=' : '<>'} ?`, owner)
}

export const reads = { nextMail } satisfies Reads
export const writes = { queueMails, beginMails, settleMails, releaseMails } satisfies Writes
