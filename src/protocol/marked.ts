import { formatTimestamp } from './timestamp.ts'

interface Refused { id: string, code: string }
interface Marked<Found> { found: Found[], missing: string[], refused: Refused[] }

/** What an answer says of marks: of which notifications they were made, which are not in the inbox, and which were refused, if any was. */
export function markedFields ({ found, missing, refused }: Marked<{ id: string }>): { ids: string[], missing: string[], refused?: Refused[] } {
  return { ids: found.map(({ id }) => id), missing, ...(refused.length > 0 ? { refused } : {}) }
}

/** The same of acknowledgements, each with its time (milliseconds since 1970 in `at`). */
export function acknowledgedFields ({ found, ...rest }: Marked<{ id: string, at: number, late: boolean }>) {
  return { ...markedFields({ found, ...rest }), acknowledged: found.map(({ id, at, late }) => ({ id, at: formatTimestamp(at), late })) }
}
