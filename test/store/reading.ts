import type { LogEvent } from '../../src/log/event.ts'
import type { InboxEntry, InboxFilter, Store } from '../../src/store/store.ts'

/** An entry's `seq`, and when it was read. */
type Place = [seq: number, readAt: number | null]
/** Everything that one user can read from a store. */
export interface Reading { unread: number, pages: Record<string, Place[]>, missed: Record<string, number[]> }

/** The filters whose pages are compared. */
const FILTERS: Record<string, Omit<InboxFilter, 'limit'>> = {
  all: {},
  unread: { unread: true },
  read: { unread: false },
  news: { topic: 'news' },
  'unread news': { topic: 'news', unread: true },
  warnings: { type: 'warning' },
  'read warnings about jobs': { topic: 'jobs', type: 'warning', unread: false }
}

/** What each of these users reads: every filter, in pages of seven, the count, and what each missed after these `seq`s. */
export async function readingsOf (store: Store, ids: string[], afters: number[], head: number): Promise<Record<string, Reading>> {
  const readings: Record<string, Reading> = {}
  for (const id of ids) {
    const pages: Reading['pages'] = {}
    for (const [name, filter] of Object.entries(FILTERS)) pages[name] = await listOf(store, id, filter)
    const missed: Reading['missed'] = {}
    for (const after of afters) missed[after] = await missedBy(store, id, after, head)
    const { count: unread } = await store.unread(id)
    readings[id] = { unread, pages, missed }
  }
  return readings
}

async function listOf (store: Store, id: string, filter: Omit<InboxFilter, 'limit'>): Promise<Place[]> {
  const entries: InboxEntry[] = []
  for (let before: number | undefined; ;) {
    const page = await store.inbox(id, { ...filter, limit: 7, ...(before === undefined ? {} : { before }) })
    entries.push(...page.entries)
    if (!page.more) return entries.map(({ seq, readAt }) => [seq, readAt])
    before = entries.at(-1)!.seq
  }
}

async function missedBy (store: Store, id: string, begin: number, head: number): Promise<number[]> {
  const missed: number[] = []
  for (let after = begin; after < head;) {
    const page = await store.replay(id, after, head, 5)
    if (!page) throw new Error('no longer kept')
    missed.push(...page.events.map(({ seq }) => seq))
    after = page.upTo
  }
  return missed
}

/** The log, but for what was recalled in it: that has neither text nor readers any more. */
export function withoutRecalled (log: LogEvent[]): LogEvent[] {
  const recalled = log.flatMap(({ kind, body }) => kind === 'notification.recalled' ? (JSON.parse(body) as { ids: string[] }).ids : [])
  return log.map(event => event.id !== null && recalled.includes(event.id) ? { ...event, keys: [], body: '' } : event)
}
