import type { InboxItem } from '@belfry/client'
import { startOfDay } from '../words/words.ts'

/** Notifications of one day that stand together. */
export interface Day {
  /** Unique in a list, and the same as long as the day is in it. */
  readonly key: string
  /** When it began here, in milliseconds. */
  readonly start: number
  readonly items: readonly InboxItem[]
}

/** Times that were read already: lists are long, and made anew with every change. */
const times = new WeakMap<InboxItem, number>()

/** When a notification was created, in milliseconds. A time that is none is now, and so is one in the future. */
export function createdAt (item: InboxItem, now: number): number {
  let at = times.get(item)
  if (at === undefined) times.set(item, at = Date.parse(item.created_at))
  return at < now ? at : now
}

/**
 * Items by days, in their own order. A sender may say when something was created, so that the order of the log need not
 * be that of the days: a day that comes twice is there twice.
 */
export function daysOf (items: readonly InboxItem[], now: number): Day[] {
  const days: { key: string, start: number, items: InboxItem[] }[] = []
  const counts = new Map<number, number>()
  let [start, end] = [Infinity, -Infinity]
  for (const item of items) {
    const at = createdAt(item, now)
    if (at < start || at >= end) {
      start = startOfDay(at)
      // Days have 23 to 25 hours.
      end = startOfDay(start + 36 * 3_600_000)
      const time = counts.get(start) ?? 0
      counts.set(start, time + 1)
      days.push({ key: `${start}.${time}`, start, items: [] })
    }
    days.at(-1)!.items.push(item)
  }
  return days
}
