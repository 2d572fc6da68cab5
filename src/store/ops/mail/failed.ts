import type { MailOutcome } from '../../contract/mail.ts'
import { all, listOf, rowsOf, type Steps, type Value } from '../../query.ts'
import { appendControls, type Batch } from '../batch.ts'

const SUBJECTS = `SELECT d.user_id, n.id, n.topic, n.scope FROM ${rowsOf({ user_id: 'TEXT', seq: 'BIGINT' })} AS d
  JOIN events n ON n.seq = d.seq AND n.kind = 'notification' ORDER BY d.user_id, n.seq`

interface Failure { company: string | null, userId: string, ids: string[], topics: Set<string | null> }

/** Appends `delivery.failed` for mails that were given up or have bounced. A mail may be of several companies' notifications: an event a company, for no company sees those of another. */
export function * appendFailed (batch: Batch, outcomes: MailOutcome[], at: number): Steps<void> {
  const failed = outcomes.filter(({ mailed }) => mailed?.state === 'failed')
  if (failed.length === 0) return
  const pairs = failed.flatMap(({ userId, mailed }) => mailed!.seqs.map((seq): Value[] => [userId, seq]))
  const failures = new Map<string, Failure>()
  // One that could not even be written is of nothing.
  for (const { userId, kind, mailed } of failed) if (mailed!.seqs.length === 0) failures.set(`${kind} ${userId}`, { company: null, userId, ids: [], topics: new Set() })
  const rows = pairs.length === 0 ? [] : yield * all<{ user_id: string, id: string, topic: string | null, scope: string | null }>(SUBJECTS, listOf(pairs))
  for (const { user_id: userId, id, topic, scope: company } of rows) {
    const name = JSON.stringify([userId, company])
    const failure = failures.get(name) ?? { company, userId, ids: [], topics: new Set() }
    failures.set(name, failure)
    failure.ids.push(id)
    failure.topics.add(topic)
  }
  yield * appendControls(batch, [...failures.values()].map(({ company, userId, ids, topics }) => {
    const [topic = null] = topics
    const about = { ...(ids.length === 0 ? {} : { ids }), ...(topics.size === 1 && topic !== null ? { topic } : {}) }
    return { kind: 'delivery.failed', at, body: JSON.stringify({ channel: 'mail', company, user_id: userId, ...about }) }
  }))
}
