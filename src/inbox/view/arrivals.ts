import type { InboxItem, InboxSnapshot } from '@belfry/client'

/**
 * Which unread items of a snapshot arrived since the one before, live. None did at first, during a replay, or after one:
 * what was missed is not news to be read out one by one.
 */
export function arrivals (before: InboxSnapshot | undefined, { items, connection, stale }: InboxSnapshot): InboxItem[] {
  if (!before || before.stale || stale || connection !== 'connected' || before.items === items) return []
  const known = new Set(before.items.slice(0, 200).map(({ id }) => id))
  const first = items.findIndex(({ id }) => known.has(id))
  const fresh = first < 0 && known.size > 0 ? [] : items.slice(0, first < 0 ? items.length : first)
  return fresh.filter(({ read }) => !read)
}
