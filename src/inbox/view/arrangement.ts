import type { InboxItem } from '@belfry/client'

/** How a list stands on the screen. */
export interface Arrangement {
  readonly items: readonly InboxItem[]
  /** How many newer ones wait to be shown. */
  readonly waiting: number
}

export interface Arranging {
  /** How many that arrive above the list may be shown at once; others wait. 0 while the reader is somewhere in it. */
  room: number
  /** Items that stay although the list has lost them: the reader has them open. */
  kept: ReadonlyMap<string, InboxItem>
}

/**
 * Arranges a list so that nothing moves under the reader. `before` is how it stood: while it is held, newer ones wait, and
 * one that replaces another stands in its place.
 */
export function arrange (items: readonly InboxItem[], before: readonly InboxItem[], { room, kept }: Arranging): Arrangement {
  let shown = items
  let waiting = 0
  const known = new Set(before.map(({ id }) => id))
  const first = known.size > 0 ? items.findIndex(({ id }) => known.has(id)) : -1
  if (first > room) {
    const fresh = items.slice(0, first)
    const replacing = new Map(fresh.flatMap(item => item.replaces !== undefined && known.has(item.replaces) ? [[item.replaces, item]] : []))
    waiting = fresh.length - replacing.size
    shown = items.slice(first)
    if (replacing.size > 0) shown = inserted(shown, before, id => replacing.get(id))
  }
  if (kept.size > 0) {
    const present = new Set(shown.map(({ id }) => id))
    const lost = (id: string) => present.has(id) ? undefined : kept.get(id)
    if ([...kept.keys()].some(lost)) shown = inserted(shown, before, lost)
  }
  return { items: shown, waiting }
}

/** A list with items at the places that others have, or had, in `before`. */
function inserted (items: readonly InboxItem[], before: readonly InboxItem[], at: (id: string) => InboxItem | undefined): InboxItem[] {
  const ids = new Set(items.map(({ id }) => id))
  const result: InboxItem[] = []
  let next = 0
  for (const { id } of before) {
    const item = at(id)
    if (item) result.push(item)
    else if (ids.has(id)) {
      while (next < items.length && items[next]!.id !== id) result.push(items[next++]!)
      if (next < items.length) result.push(items[next++]!)
    }
  }
  return [...result, ...items.slice(next)]
}
