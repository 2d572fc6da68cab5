import type { Target } from '../transport.ts'

/** The query that a connection is opened with, its question mark included; empty without parameters. */
export function queryOf ({ since, topics, device }: Pick<Target, 'since' | 'topics' | 'device'>, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(more)
  if (since !== undefined) query.set('since', since)
  if (topics) query.set('topics', topics.join())
  if (device !== undefined) query.set('device', device)
  const text = query.toString()
  return text && `?${text}`
}
