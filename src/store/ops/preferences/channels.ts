import { NOTHING_CHOSEN } from '../../../preferences/change.ts'
import type { ChannelSettings, TopicSettings } from '../../../preferences/records.ts'
import type { Choices } from '../../../protocol/preferences.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { mutedAt } from './muted.ts'

/** What is said of a topic by a user, the operator and the user's company, as the store keeps it. */
export interface SaidRow { choices: string | null, operator: string | null, company: string | null }
interface SettingsRow extends SaidRow { place: number, was_muted: number }

/** Reads rows of one statement: the settings of the operator and of a company are the same text for many users, and are parsed once. */
export function settingsReader (): (row: SaidRow) => Omit<ChannelSettings, 'wasMuted'> {
  const parsed = new Map<string, TopicSettings>()
  const parse = (text: string | null) => {
    if (text === null) return undefined
    const settings = parsed.get(text) ?? JSON.parse(text) as TopicSettings
    parsed.set(text, settings)
    return settings
  }
  return ({ choices, operator, company }) => ({ own: choices === null ? NOTHING_CHOSEN : JSON.parse(choices) as Choices, operator: parse(operator), company: parse(company) })
}

/** Whether anybody muted the topic before is one lookup; nearly always nobody did. */
const SETTINGS = `WITH p AS MATERIALIZED (
    SELECT n.topic, n.seq, (SELECT t.settings FROM topics t WHERE t.scope = 'all' AND t.topic = n.topic) AS operator,
      CASE WHEN EXISTS (SELECT 1 FROM topic_settings x WHERE x.topic = n.topic AND x.inbox = 0 AND x.from_seq < n.seq) THEN 1 ELSE 0 END AS may_be_muted
    FROM (SELECT CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS seq) AS n
  )
  SELECT d.place, f.choices, p.operator, t.settings AS company,
    CASE WHEN p.may_be_muted = 0 THEN 0 WHEN ${mutedAt('d.id', 'p.topic', 'p.seq')} THEN 1 ELSE 0 END AS was_muted
  FROM ${rowsOf({ place: 'BIGINT', id: 'TEXT' })} AS d CROSS JOIN p JOIN users u ON u.id = d.id AND u.deleted_at IS NULL
  LEFT JOIN preferences f ON f.user_id = u.id
  LEFT JOIN memberships w ON w.user_id = u.id AND w.to_seq IS NULL AND w.key >= 'c:' AND w.key < 'c;'
  LEFT JOIN topics t ON t.scope = w.key AND t.topic = p.topic`

function * channelSettings (_context: ReadContext, userIds: string[], { seq, topic }: { seq: number, topic: string | null }): Steps<(ChannelSettings | undefined)[]> {
  const rows = yield * all<SettingsRow>(SETTINGS, topic, seq, listOf(userIds.map((id, place) => [place, id])))
  const read = settingsReader()
  const settings = userIds.map((): ChannelSettings | undefined => undefined)
  for (const { place, was_muted: wasMuted, ...said } of rows) settings[place] = { ...read(said), wasMuted: wasMuted === 1 }
  return settings
}

function * channelSubject (_context: ReadContext, id: string): Steps<{ seq: number, topic: string | null, urgency?: string | undefined, at: number } | undefined> {
  const row = yield * get<{ seq: number, topic: string | null, at: number, body: string }>(
    "SELECT seq, topic, at, body FROM events WHERE id = ? AND kind = 'notification' AND recalled_at IS NULL", id
  )
  if (!row) return undefined
  const { body, ...subject } = row
  const { urgency } = JSON.parse(body) as { urgency?: string }
  return { ...subject, ...(urgency === undefined ? {} : { urgency }) }
}

export const reads = { channelSettings, channelSubject } satisfies Reads
