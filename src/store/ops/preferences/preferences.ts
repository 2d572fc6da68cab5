import { audienceKey } from '../../../log/audience.ts'
import { RANK } from '../../../log/mutes.ts'
import { problem } from '../../../errors.ts'
import { assertUnlocked, changedTopics, merge, NOTHING_CHOSEN } from '../../../preferences/change.ts'
import { quietUntil } from '../../../preferences/quiet.ts'
import type { PreferencesRecord, UserMutes } from '../../../preferences/records.ts'
import type { Choices, PreferencesChange } from '../../../protocol/preferences.ts'
import { formatTimestamp } from '../../../protocol/timestamp.ts'
import { senderOf, type ActorRef } from '../../../rights/principal.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { append } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { memberRow } from '../identity/member.ts'
import { rescheduleMails } from '../mail/reschedule.ts'
import { isOwn } from './may-mute.ts'
import { changeSettings, toSetting, type Said } from './settings.ts'
import { defaultsFor } from './topics.ts'

function * choicesOf (userId: string): Steps<Choices> {
  const row = yield * get<{ choices: string }>('SELECT choices FROM preferences WHERE user_id = ?', userId)
  return row ? JSON.parse(row.choices) as Choices : NOTHING_CHOSEN
}

export function * preferences (_context: ReadContext, userId: string): Steps<PreferencesRecord | undefined> {
  const user = yield * memberRow(userId)
  if (!user) return undefined
  const { seq } = (yield * get<{ seq: number }>('SELECT seq FROM log'))!
  return { own: yield * choicesOf(userId), ...yield * defaultsFor(user.company), seq }
}

export function * changePreferences ({ batch, at }: WriteContext, userId: string, change: PreferencesChange, how: 'merge' | 'replace', by?: ActorRef): Steps<PreferencesRecord> {
  yield * assertMay(batch, by, 'preferences.change', { owner: senderOf({ kind: 'user', id: userId }) })
  const user = yield * memberRow(userId)
  if (!user) throw problem('BLF_USER_NOT_FOUND')
  const before = yield * choicesOf(userId)
  const own = merge(how === 'merge' ? before : NOTHING_CHOSEN, change)
  const defaults = yield * defaultsFor(user.company)
  assertUnlocked(before, own, defaults)
  const topics = changedTopics(before, own)
  if (topics.length === 0 && isSame(before, own)) return { own, ...defaults, seq: batch.seq }
  yield * run(
    `INSERT INTO preferences (user_id, choices, quiet_hours) VALUES (?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET choices = excluded.choices, quiet_hours = excluded.quiet_hours`,
    userId, JSON.stringify(own), own.quiet_hours && JSON.stringify(own.quiet_hours)
  )
  yield * changeSettings(batch, audienceKey.user(userId), changedInboxes(topics, before, own), at)
  yield * rescheduleMails(batch, userId, own, at)
  const until = own.quiet_hours && quietUntil(own.quiet_hours, at)
  const body = JSON.stringify({ topics, quiet_until: until === null ? null : formatTimestamp(until) })
  const { seq } = yield * append(batch, { kind: 'preferences.changed', keys: [audienceKey.user(userId)], at, body })
  return { own, ...defaults, seq }
}

const isSame = (one: Choices, other: Choices) => {
  const rest = ({ channels: { push, mail }, quiet_hours: quiet, digest_at: digestAt }: Choices) => JSON.stringify([push, mail, quiet, digestAt])
  return rest(one) === rest(other)
}

/** What is said of the inbox of those of these topics whose inbox changes. */
function changedInboxes (topics: string[], before: Choices, after: Choices): Map<string, Said> {
  const inboxes = (choices: Choices) => new Map(Object.entries(choices.topics).map(([topic, { inbox }]) => [topic, inbox]))
  const [old, now] = [inboxes(before), inboxes(after)]
  return new Map(topics.filter(topic => old.get(topic) !== now.get(topic)).map(topic => {
    const inbox = now.get(topic)
    return [topic, inbox === undefined ? null : { isOn: inbox === 'on', rank: RANK.user }]
  }))
}

interface MuteRow {
  place: number | null
  /** A topic, a company's key, or quiet hours as JSON; which of them, the other columns say. */
  text: string | null
  from_seq: number | null
  to_seq: number | null
  inbox: number | null
  rank: number | null
}

/** One statement, so that it is of one moment, which its row without a `place` tells. */
const USER_MUTES = `WITH d AS MATERIALIZED (SELECT e.place, e.id, e.scope FROM ${rowsOf({ place: 'BIGINT', id: 'TEXT', scope: 'TEXT' })} AS e)
  SELECT d.place, x.topic AS text, x.from_seq, x.to_seq, x.inbox, x.rank FROM d CROSS JOIN topic_settings x WHERE x.scope = d.scope
  UNION ALL
  SELECT d.place, w.key, w.from_seq, w.to_seq, NULL, NULL FROM d CROSS JOIN memberships w WHERE w.user_id = d.id AND w.key >= 'c:' AND w.key < 'c;' AND w.to_seq IS NOT NULL AND ${isOwn('w', 'd.id')}
  UNION ALL
  SELECT d.place, p.quiet_hours, NULL, NULL, NULL, NULL FROM d CROSS JOIN preferences p WHERE p.user_id = d.id AND p.quiet_hours IS NOT NULL
  UNION ALL
  SELECT NULL, NULL, l.seq, NULL, NULL, NULL FROM log l`

/** What hubs need to know of each of these users. */
export function * userMutesOfEach (ids: string[]): Steps<UserMutes[]> {
  const rows = yield * all<MuteRow>(USER_MUTES, listOf(ids.map((id, place) => [place, id, audienceKey.user(id)])))
  const seq = rows.find(({ place }) => place === null)!.from_seq!
  const mutes = ids.map((): UserMutes => ({ seq, settings: [], formerCompanies: [], quietHours: null }))
  for (const { place, text, from_seq: after, to_seq: upTo, inbox, rank } of rows) {
    const of = place === null ? undefined : mutes[place]
    if (!of || text === null) continue
    if (after === null) of.quietHours = JSON.parse(text)
    else if (inbox === null) of.formerCompanies.push({ company: text, after, upTo: upTo! })
    else of.settings.push(toSetting({ topic: text, from_seq: after, to_seq: upTo, inbox, rank: rank! }))
  }
  return mutes
}

export const snapshots = { preferences } satisfies Reads
export const writes = { changePreferences } satisfies Writes
