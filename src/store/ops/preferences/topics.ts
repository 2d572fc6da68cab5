import { audienceKey } from '../../../log/audience.ts'
import { RANK } from '../../../log/mutes.ts'
import { problem } from '../../../errors.ts'
import { MAX_TOPICS, type TopicRecord, type TopicSettings } from '../../../preferences/records.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { all, get, run, type Steps } from '../../query.ts'
import { append } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { changeSettings, sharedMutes as readSharedMutes, type Said } from './settings.ts'

interface TopicRow { topic: string, settings: string }

const scopeOf = (company: string | null) => company === null ? audienceKey.all : audienceKey.company(company)

function * topic (_context: ReadContext, topic: string, company: string | null): Steps<TopicRecord | undefined> {
  const row = yield * topicRow(topic, company)
  return row && toRecord(row, company)
}

function * topicRow (topic: string, company: string | null): Steps<TopicRow | undefined> {
  return yield * get<TopicRow>('SELECT topic, settings FROM topics WHERE scope = ? AND topic = ?', scopeOf(company), topic)
}

/** What users say has a partial index of its own, by topic. Whoever has left has nothing to say. */
const MUTING = `SELECT count(*) AS count FROM (
  SELECT 1 AS hit FROM topic_settings x JOIN memberships o ON o.key = x.scope AND o.to_seq IS NULL JOIN users u ON u.id = o.user_id AND u.deleted_at IS NULL
  WHERE x.topic = ? AND x.inbox = 0 AND x.to_seq IS NULL AND x.scope >= 'u' AND (CAST(? AS TEXT) IS NULL OR u.company = ?) LIMIT ?) AS c`

function * countMuting (_context: ReadContext, topic: string, company: string | null, limit: number): Steps<number> {
  return Number((yield * get<{ count: number }>(MUTING, topic, company, company, limit))!.count)
}

function * topics (_context: ReadContext, company: string | null): Steps<TopicRecord[]> {
  return yield * topicsOf(company)
}

function * topicsOf (company: string | null): Steps<TopicRecord[]> {
  const rows = yield * all<TopicRow>('SELECT topic, settings FROM topics WHERE scope = ? ORDER BY topic', scopeOf(company))
  return rows.map(row => toRecord(row, company))
}

/** The settings that concern a user of a company: the operator's and the company's. */
export function * defaultsFor (company: string | null): Steps<{ operator: TopicRecord[], company: TopicRecord[] }> {
  const rows = yield * all<TopicRow & { scope: string }>(
    'SELECT scope, topic, settings FROM topics WHERE scope IN (?, ?) ORDER BY scope, topic', audienceKey.all, scopeOf(company)
  )
  const of = (scope: string, company: string | null) => rows.filter(row => row.scope === scope).map(row => toRecord(row, company))
  return { operator: of(audienceKey.all, null), company: company === null ? [] : of(scopeOf(company), company) }
}

function toRecord ({ topic, settings }: TopicRow, company: string | null): TopicRecord {
  return { topic, company, settings: JSON.parse(settings) as TopicSettings }
}

/** What settings say of the inbox. That everybody's default is on is said without a word. */
function saidBy (settings: TopicSettings | undefined, company: string | null): Said {
  if (!settings) return null
  const { default: value, isLocked } = settings
  const isOn = value === 'on'
  if (company === null) return isOn && !isLocked ? null : { isOn, rank: isLocked ? RANK.operatorLock : RANK.operator }
  return { isOn, rank: isLocked ? RANK.companyLock : RANK.company }
}

function * putTopic ({ batch, at }: WriteContext, topic: string, company: string | null, settings: TopicSettings, by?: ActorRef): Steps<{ created: boolean }> {
  yield * assertMay(batch, by, 'topics.manage', { company })
  const before = yield * topicRow(topic, company)
  const text = JSON.stringify(settings)
  if (before?.settings === text) return { created: false }
  if (!before) {
    const { c: count } = (yield * get<{ c: number }>('SELECT count(*) AS c FROM topics WHERE scope = ?', scopeOf(company)))!
    if (count >= MAX_TOPICS) throw problem('BLF_TOPICS_FULL', `There are ${MAX_TOPICS} topics with settings ${company === null ? '' : 'of this company '}already: remove one that is not needed.`)
  }
  yield * run(
    'INSERT INTO topics (scope, topic, settings) VALUES (?, ?, ?) ON CONFLICT (scope, topic) DO UPDATE SET settings = excluded.settings', scopeOf(company), topic, text
  )
  yield * tell({ batch, at }, topic, company, before && toRecord(before, company).settings, settings)
  return { created: !before }
}

function * removeTopic ({ batch, at }: WriteContext, topic: string, company: string | null, by?: ActorRef): Steps<void> {
  yield * assertMay(batch, by, 'topics.manage', { company })
  const before = yield * topicRow(topic, company)
  if (!before) throw problem('BLF_TOPIC_NOT_FOUND')
  yield * run('DELETE FROM topics WHERE scope = ? AND topic = ?', scopeOf(company), topic)
  yield * tell({ batch, at }, topic, company, toRecord(before, company).settings, undefined)
}

function * tell ({ batch, at }: WriteContext, topic: string, company: string | null, before: TopicSettings | undefined, after: TopicSettings | undefined): Steps<void> {
  const said = saidBy(after, company)
  if (JSON.stringify(said) !== JSON.stringify(saidBy(before, company))) yield * changeSettings(batch, scopeOf(company), new Map([[topic, said]]), at)
  yield * append(batch, { kind: 'preferences.changed', keys: [scopeOf(company)], at, body: JSON.stringify({ topics: [topic] }) })
}

function * sharedMutes (_context: ReadContext) {
  return yield * readSharedMutes()
}

export const reads = { topic, topics, countMuting, sharedMutes } satisfies Reads
export const writes = { putTopic, removeTopic } satisfies Writes
