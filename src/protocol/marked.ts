import { formatTimestamp } from './timestamp.ts'

interface Refused { id: string, code: string }
interface Marked<Found> { found: Found[], missing: string[], refused: Refused[], overtaken?: string[] }

/** What an answer says of marks: of which notifications they were made, which are not in the inbox, and, if there are any, which of the former were changed since the mark was made, and which were refused. */
export function markedFields ({ found, missing, refused, overtaken = [] }: Marked<{ id: string }>): { ids: string[], missing: string[], overtaken?: string[], refused?: Refused[] } {
  return { ids: found.map(({ id }) => id), missing, ...(overtaken.length > 0 ? { overtaken } : {}), ...(refused.length > 0 ? { refused } : {}) }
}

/** The same of what was restored, with what of it is in the archive again. */
export function restoredFields ({ found, ...rest }: Marked<{ id: string, archived: boolean }>) {
  const { overtaken = [] } = rest
  return { ...markedFields({ found, ...rest }), archived: found.filter(({ id, archived }) => archived && !overtaken.includes(id)).map(({ id }) => id) }
}

/** The same of acknowledgements, each with its time (milliseconds since 1970 in `at`). */
export function acknowledgedFields ({ found, ...rest }: Marked<{ id: string, at: number, late: boolean }>) {
  return { ...markedFields({ found, ...rest }), acknowledged: found.map(({ id, at, late }) => ({ id, at: formatTimestamp(at), late })) }
}
