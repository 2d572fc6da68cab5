import type { Answer } from '../seam.ts'
import type { CountBody, PageBody } from './state/answers.ts'
import type { Intent } from './state/state.ts'
import type { InboxFilter } from './types.ts'

/** The path of a page of a list; without `before`, of the first one. */
export function pagePath ({ view, topic, type, unread }: InboxFilter, limit: number, before: string | undefined): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ view, topic, type, unread, limit, before })) if (value !== undefined) query.set(name, String(value))
  return `/api/notifications/me?${query}`
}

export const COUNT_PATH = '/api/notifications/me/unread-count'

/** The call that makes a change: path and body. */
export function callOf ({ change }: Intent): [path: string, body?: object] {
  switch (change.kind) {
    case 'mark': return ['/api/notifications/mark', { as: change.as, ids: change.ids }]
    case 'read_all': return ['/api/notifications/read-all', { before: change.before, ...(change.topic === undefined ? {} : { topic: change.topic }) }]
    case 'seen': return ['/api/notifications/seen', { cursor: change.cursor }]
    case 'act': return [`/api/notifications/${encodeURIComponent(change.target)}/actions/${encodeURIComponent(change.action)}`]
  }
}

/** Whether a server could answer the same call otherwise a little later. A 401 waits for a new token. */
export function isTemporary (status: number): boolean {
  return status >= 500 || status === 401 || status === 408 || status === 429
}

function hasCounts (body: unknown): body is CountBody {
  const { unread_count: unread, unseen_count: unseen, cursor } = (body ?? {}) as Partial<CountBody>
  return typeof cursor === 'string' && typeof unread === 'number' && typeof unseen === 'number'
}

/** The counts of an answer; undefined if it is none. */
export function countsIn ({ status, body }: Answer): CountBody | undefined {
  return status === 200 && hasCounts(body) ? body : undefined
}

/** The page of an answer; undefined if it is none. */
export function pageIn (answer: Answer): PageBody | undefined {
  const body = countsIn(answer) as PageBody | undefined
  const isPage = body && Array.isArray(body.items) && body.items.every(item => typeof item?.id === 'string' && typeof item.cursor === 'string' && typeof item.data === 'object')
  return isPage ? body : undefined
}

/** What to say of an answer that is not the expected one. */
export function problemIn ({ status, body }: Answer): { code: string, reason: string } {
  const { code, detail } = (typeof body === 'object' && body ? body : {}) as { code?: unknown, detail?: unknown }
  if (typeof code === 'string') return { code, reason: typeof detail === 'string' ? detail : `HTTP status ${status}` }
  return { code: 'not_belfry', reason: `Not an answer of Belfry: HTTP status ${status}. Is the address right?` }
}
