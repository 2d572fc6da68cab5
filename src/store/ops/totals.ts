import { get, type Steps } from '../query.ts'
import type { ReadContext, Reads } from './context.ts'

function * countNotifications (_context: ReadContext, after: number, upTo: number): Steps<number> {
  return (yield * get<{ c: number }>(
    "SELECT count(*) AS c FROM events WHERE kind = 'notification' AND seq > ? AND seq <= ?", after, upTo
  ))!.c
}

function * countUsers (_context: ReadContext, after: string, limit: number): Steps<{ count: number, last: string | null }> {
  const { seen, count, last } = (yield * get<{ seen: number, count: number, last: string | null }>(
    `SELECT count(*) AS seen, count(CASE WHEN deleted_at IS NULL THEN 1 END) AS count, max(id) AS last
     FROM (SELECT id, deleted_at FROM users WHERE id > ? ORDER BY id LIMIT ?) AS page`, after, limit
  ))!
  return { count, last: seen < limit ? null : last }
}

export const reads = { countNotifications, countUsers } satisfies Reads
