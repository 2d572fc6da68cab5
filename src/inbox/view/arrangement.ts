import type { InboxItem } from '@belfry/client'

const NONE: ReadonlySet<string> = new Set()

/** How a list stands on the screen. */
export interface Arrangement {
  readonly items: readonly InboxItem[]
  /** How many newer ones wait to be shown. */
  readonly waiting: number
  /** The ids of those that stand where what they replaced stood, until the list is not held any more. */
  readonly placed: ReadonlySet<string>
}

export interface Arranging {
  /** How the list stood a moment ago: what is replaced leaves before its replacement comes. Default: `before`. */
  earlier?: readonly InboxItem[]
  /** What the arrangement before said. */
  placed?: ReadonlySet<string>
  /** How many that arrive above the list may be shown at once; others wait. 0 while the reader is somewhere in it. */
  room: number
  /** Items that stay although the list has lost them: the reader has them open. */
  kept: ReadonlyMap<string, InboxItem>
}

/**
 * Arranges a list so that nothing moves under the reader. `before` is how it stood: while it is held, newer ones wait, and
 * one that replaces another stands in its place.
 */
export function arrange (items: readonly InboxItem[], before: readonly InboxItem[], { room, kept, earlier = before, placed = NONE }: Arranging): Arrangement {
  let shown = items
  let waiting = 0
  let standing = NONE
  const first = firstKnown(items, before, placed)
  if (first > room || (first >= 0 && room === 0 && placed.size > 0)) {
    const fresh = items.slice(0, first).filter(({ id }) => !placed.has(id))
    const places = new Set(fresh.some(({ replaces }) => replaces !== undefined) ? earlier.map(({ id }) => id) : [])
    const standingAt = new Map(placed.size > 0 ? items.filter(({ id }) => placed.has(id)).map(item => [item.id, item]) : [])
    const replacing = fresh.flatMap(item => item.replaces !== undefined && places.has(item.replaces) ? [[item.replaces, item] as const] : [])
    waiting = fresh.length - replacing.length
    for (const [id, item] of replacing) standingAt.set(id, item)
    standing = new Set([...standingAt.values()].map(({ id }) => id))
    shown = items.slice(first)
    if (standing.size > 0) shown = inserted(shown.filter(({ id }) => !standing.has(id)), earlier, id => standingAt.get(id))
  }
  if (kept.size > 0) {
    const present = new Set(shown.map(({ id }) => id))
    const lost = (id: string) => present.has(id) ? undefined : kept.get(id)
    if ([...kept.keys()].some(lost)) shown = inserted(shown, before, lost)
  }
  return { items: shown, waiting, placed: standing }
}

/** Where the first item stands that was there before, in its own place; -1: none was. */
function firstKnown (items: readonly InboxItem[], before: readonly InboxItem[], placed: ReadonlySet<string>): number {
  // Nearly always it is one of the first few.
  for (const part of [before.slice(0, 50), before]) {
    const known = new Set(part.map(({ id }) => id))
    const first = known.size > 0 ? items.findIndex(({ id }) => known.has(id) && !placed.has(id)) : -1
    if (first >= 0) return first
  }
  return -1
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
