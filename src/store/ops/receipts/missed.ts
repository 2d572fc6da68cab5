import type { Delivery } from '../../contract/deliveries.ts'
import { all, listOf, onlySqlite, rowsOf, seqOf, seqsOf, type Steps } from '../../query.ts'
import { without } from './intervals.ts'

/** The most notifications that are left out of one interval one by one; what lies before them is left out as a whole. */
const MAX_HOLES = 1_000

const RESUMED = rowsOf({ place: 'BIGINT', user_id: 'TEXT', low: 'BIGINT', up_to: 'BIGINT', at: 'BIGINT' })

/** SQL for where a replay can have begun to have everything: after the end of a membership, and after a former user with the same id. */
const START = `SELECT x.place, CASE WHEN x.ended > u.direct_seq THEN x.ended ELSE u.direct_seq END AS seq FROM (
    SELECT d.*, COALESCE((SELECT MAX(w.to_seq) FROM memberships w WHERE w.user_id = d.user_id AND w.to_seq IS NOT NULL AND w.to_seq > d.low AND w.to_seq <= d.up_to), 0) AS ended FROM ${RESUMED} AS d
  ) AS x JOIN users u ON u.id = x.user_id AND u.deleted_at IS NULL`

/** SQL for the newest notifications that a replay left out because nobody was to see them any more. */
const HOLES = `SELECT d.place, ${seqOf('e')} AS seq FROM ${RESUMED} AS d
  JOIN memberships w ON w.user_id = d.user_id AND w.to_seq IS NULL CROSS JOIN (SELECT 0 AS class UNION ALL SELECT 2 UNION ALL SELECT 3) AS g
  CROSS JOIN ${seqsOf(`SELECT k.seq FROM event_keys k${onlySqlite('INDEXED BY event_keys_ending')} JOIN events n ON n.seq = k.seq
    WHERE k.key = w.key AND k.class = g.class AND k.expires_at IS NOT NULL AND k.seq > d.low AND k.seq <= d.up_to
    AND (n.recalled_at <= d.at OR n.expires_at <= d.at) ORDER BY k.seq DESC LIMIT ${MAX_HOLES + 1}`, 'e')}`

/** The same deliveries without what replays left out: two statements, if any has been replayed to. */
export function * withoutMissed (deliveries: Delivery[]): Steps<Delivery[]> {
  const resumed = deliveries.flatMap(({ userId, low, replayed }, place) => replayed && low < replayed.upTo ? [[place, userId, low, replayed.upTo, replayed.at]] : [])
  if (resumed.length === 0) return deliveries
  const starts = new Map((yield * all<{ place: number, seq: number }>(START, listOf(resumed))).map(({ place, seq }) => [place, seq]))
  const holes = Map.groupBy(yield * all<{ place: number, seq: number }>(HOLES, listOf(resumed)), ({ place }) => place)
  const places = new Set(resumed.map(([place]) => place))
  return deliveries.flatMap((delivery, place) => {
    if (!places.has(place)) return [delivery]
    const start = starts.get(place)
    // Its user was removed meanwhile.
    if (start === undefined) return []
    const seqs = (holes.get(place) ?? []).map(({ seq }) => seq).sort((a, b) => b - a)
    const low = Math.max(delivery.low, start, seqs[MAX_HOLES] ?? 0)
    return low >= delivery.high ? [] : without({ low, high: delivery.high }, seqs.slice(0, MAX_HOLES).filter(seq => seq > low)).map(part => ({ ...delivery, ...part }))
  })
}
