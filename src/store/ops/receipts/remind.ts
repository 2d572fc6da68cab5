import { audienceKey } from '../../../log/audience.ts'
import { isBelfryError, problem } from '../../../errors.ts'
import { formatTimestamp } from '../../../protocol/timestamp.ts'
import type { Reminded } from '../../contract/demands.ts'
import { get, run, type Steps, type Value } from '../../query.ts'
import { append, type Batch } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { excludeFrom } from '../exclude.ts'
import { assertGroups } from '../groups/known.ts'
import { formerUserSeq } from '../identity/users.ts'
import { COUNT_OWED, OWES } from '../reports/flags.ts'
import { steps, type Subject } from '../reports/recipients.ts'
import { find } from '../reports/subject.ts'
import { currentScope } from '../scope.ts'
import { nextStep, type DemandRow, type Terms } from './demands.ts'

/** How many steps over the audience one commit takes: a reminder has two times 500 user keys at most. */
const STEPS_OF_REMINDER = 2
const STEPS_OF_ESCALATION = 4

interface DueRow extends DemandRow { next_at: number, recipients: number, outstanding: number }

const NOTHING: Reminded = { reminders: 0, escalations: 0, more: false }

function * remindDue ({ batch, at }: WriteContext): Steps<Reminded> {
  const now = yield * storeTime(batch.clock, at)
  const row = yield * get<DueRow>('SELECT * FROM demands WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, seq LIMIT 1', now)
  if (!row) return NOTHING
  const subject = yield * find(row.id, now)
  if (!subject || subject.seq !== row.seq || (subject.isExpired && row.next_at !== row.due_at) || subject.isRecalled) {
    // An escalation is told also of what expired while no node ran.
    const isKept = subject?.seq === row.seq && !subject.isRecalled && (JSON.parse(row.terms) as Terms).escalate !== null && row.outcome === null
    yield * change(row.seq, isKept ? { next_at: row.due_at, place: null } : { next_at: null, outcome: row.outcome ?? 'ended' })
    return { ...NOTHING, more: true }
  }
  // What had ended before it was due is not looked at; at `by` itself a notification may expire.
  const open: Subject = { ...subject, endedAt: null }
  return row.next_at === row.due_at ? yield * escalate(batch, row, open, now) : yield * remind(batch, row, subject, now)
}

export function * change (seq: number, columns: Record<string, Value>): Steps<void> {
  const names = Object.keys(columns)
  yield * run(`UPDATE demands SET ${names.map(name => `${name} = ?`).join(', ')} WHERE seq = ?`, ...Object.values(columns), seq)
}

/** Tells some of those who have not acknowledged: who does meanwhile may be told all the same. */
function * remind (batch: Batch, row: DueRow, subject: Subject & { topic: string | null, expiresAt: number | null }, now: number): Steps<Reminded> {
  const { found, next } = yield * steps<{ user_id: string }>(subject, row.place, `SELECT f.user_id FROM f WHERE ${OWES}`, STEPS_OF_REMINDER)
  const terms = JSON.parse(row.terms) as Terms
  const { asked, given = row.reminded } = terms
  const isAsked = asked?.isDue === true
  const number = row.reminded + (asked?.count ?? 0) + Number(!isAsked)
  if (found.length > 0) {
    const body = JSON.stringify({ id: row.id, number, ...(row.due_at === null ? {} : { by: formatTimestamp(row.due_at) }) })
    const keys = found.map(({ user_id: id }) => audienceKey.user(id))
    // Whoever mutes the topic since still owes it: it is judged where the notification is, and goes with it.
    yield * append(batch, { kind: 'notification.reminder', keys, topic: subject.topic, at: now, expiresAt: subject.expiresAt, originSeq: row.seq, body })
  }
  if (next !== null) yield * change(row.seq, { place: next })
  else {
    // Reminders that nobody could give, because no node ran, are left out.
    const passed = isAsked ? 0 : Math.floor((now - row.at) / terms.remindMs!)
    const reminded = isAsked ? row.reminded : Math.max(row.reminded + 1, passed)
    const done: Terms = { ...terms, given: given + 1, last: row.next_at, ...(isAsked && { asked: { ...asked, isDue: false } }) }
    const nextAt = row.outcome === null ? nextStep(row.at, row.due_at, terms, reminded) : null
    yield * change(row.seq, { place: null, reminded, terms: JSON.stringify(done), next_at: nextAt })
  }
  return { reminders: found.length > 0 ? 1 : 0, escalations: 0, more: true }
}

/** Counts who has not acknowledged, in steps, and then tells whom the sender wanted told. */
function * escalate (batch: Batch, row: DueRow, subject: Subject, now: number): Steps<Reminded> {
  const { found, next } = yield * steps<{ recipients: number, outstanding: number }>(subject, row.place, COUNT_OWED, STEPS_OF_ESCALATION)
  const sum = (name: 'recipients' | 'outstanding') => found.reduce((sum, step) => sum + Number(step[name]), row[name])
  const counts = { recipients: sum('recipients'), outstanding: sum('outstanding') }
  if (next !== null) {
    yield * change(row.seq, { place: next, ...counts })
    return { ...NOTHING, more: true }
  }
  const outcome = counts.outstanding === 0 ? 'done' : yield * tell(batch, row, subject, counts, now)
  // A reminder that somebody asked for meanwhile has waited.
  const { asked } = JSON.parse(row.terms) as Terms
  yield * change(row.seq, { place: null, next_at: asked?.isDue ? asked.at : null, ...counts, outcome })
  return { reminders: 0, escalations: outcome === 'escalated' ? 1 : 0, more: true }
}

/** Appends the escalation, if its sender may still address both audiences; what became of it. */
function * tell (batch: Batch, row: DueRow, { keys, topic }: Subject, { recipients, outstanding }: { recipients: number, outstanding: number }, now: number): Steps<string> {
  const { actor, escalate } = JSON.parse(row.terms) as Terms
  let scope: string | null
  try {
    // Somebody else has the id of its sender now.
    if (row.seq <= (yield * formerUserSeq(row.sender))) throw problem('BLF_UNAUTHENTICATED')
    yield * currentScope(batch, { by: actor, keys, scope: null })
    scope = yield * currentScope(batch, { by: actor, keys: escalate!, scope: null })
    yield * assertGroups(batch, escalate!)
  } catch (error) {
    if (!isBelfryError(error)) throw error
    return error.code
  }
  const original = (yield * get<{ body: string }>('SELECT body FROM events WHERE seq = ?', row.seq))!
  const { title } = JSON.parse(original.body) as { title: string }
  const wanted = `${row.id}.escalation`
  const isTaken = yield * get('SELECT 1 AS hit FROM events WHERE id = ? UNION ALL SELECT 1 FROM plans WHERE id = ?', wanted, wanted)
  const id = isTaken ? `${wanted}.${row.seq}` : wanted
  const body = JSON.stringify({
    id,
    title: `Not acknowledged: ${title}`.slice(0, 200),
    message: `${outstanding} of ${recipients} had not acknowledged it by ${formatTimestamp(row.due_at!)}.`,
    type: 'warning',
    created_at: formatTimestamp(now),
    read: false,
    data: { ...(topic === null ? {} : { topic }), key: 'escalation', args: { title, outstanding, recipients }, notification_id: row.id }
  })
  const event = yield * append(batch, { kind: 'notification', id, keys: escalate!, topic, at: now, expiresAt: null, body }, {
    type: 'warning', sender: row.sender, scope, digest: '', idempotencyKey: null, label: null
  })
  yield * excludeFrom([event])
  return 'escalated'
}

export const writes = { remindDue } satisfies Writes
