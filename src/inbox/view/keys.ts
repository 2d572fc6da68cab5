/** Where a key leads from a row: to another one, or out of the list. */
export type Move = 'next' | 'previous' | 'first' | 'last' | 'before' | 'after'

/** What is known of a pressed key. */
export interface Keys { key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean }

/** The keys of a feed (https://www.w3.org/WAI/ARIA/apg/patterns/feed/), and Home and End for the first and the last row. */
export function moveOf ({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys, isOnRow: boolean): Move | undefined {
  if (altKey || shiftKey) return undefined
  const isOut = ctrlKey || metaKey
  if (key === 'PageDown' && !isOut) return 'next'
  if (key === 'PageUp' && !isOut) return 'previous'
  if (key === 'Home') return isOut ? 'before' : isOnRow ? 'first' : undefined
  if (key === 'End') return isOut ? 'after' : isOnRow ? 'last' : undefined
  return undefined
}

/** The id that a move from one id leads to, in the order of a list; undefined: out of it. */
export function targetOf (move: Move, from: string, ids: readonly string[]): string | undefined {
  const index = ids.indexOf(from)
  switch (move) {
    case 'next': return ids[Math.min(index + 1, ids.length - 1)]
    case 'previous': return ids[Math.max(index - 1, 0)]
    case 'first': return ids[0]
    case 'last': return ids.at(-1)
    default: return undefined
  }
}

/** Where the focus goes when its row has left: to what replaced it, else the next one that is still there, else the one before. */
export function heirOf (id: string, before: readonly { id: string }[], after: readonly { id: string, replaces?: string | undefined }[]): string | undefined {
  const replacing = after.find(({ replaces }) => replaces === id)
  if (replacing) return replacing.id
  const index = before.findIndex(item => item.id === id)
  const next = before[index + 1]
  // Nearly always it is the next one.
  if (next && after.some(item => item.id === next.id)) return next.id
  const ids = new Set(after.map(item => item.id))
  const isThere = (item: { id: string }) => ids.has(item.id)
  return (before.slice(index + 1).find(isThere) ?? before.slice(0, Math.max(0, index)).findLast(isThere))?.id
}
