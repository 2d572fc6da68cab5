import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'

/** From here on, a recall removes a notification's text from the store. Does the same for what was recalled before. */
export function * blankRecalled (): Steps<void> {
  const select = `SELECT seq, topic, body FROM events
    WHERE seq > ? AND kind = 'notification' AND recalled_at IS NOT NULL ORDER BY seq LIMIT ${PAGE}`
  interface Recalled { seq: number, topic: string | null, body: string }
  for (let page = yield * all<Recalled>(select, 0); page.length > 0; page = yield * all<Recalled>(select, page.at(-1)!.seq)) {
    yield * run(
      `UPDATE events SET body = d.body FROM ${rowsOf({ seq: 'BIGINT', body: 'TEXT' })} AS d WHERE events.seq = d.seq`,
      listOf(page.map(({ seq, topic, body }) => [seq, blank(body, topic)]))
    )
  }
}

const PAGE = 1_000

const KEPT = ['id', 'type', 'created_at', 'expires_at', 'read']

function blank (body: string, topic: string | null): string {
  const kept = Object.entries(JSON.parse(body) as object).filter(([field]) => KEPT.includes(field))
  return JSON.stringify({ ...Object.fromEntries(kept), title: null, message: null, data: topic === null ? {} : { topic } })
}
