/** A place in the event log: which log (epoch) and how far (sequence number). Opaque outside. */
export interface Position { epoch: string, seq: number }

const SHAPE = /^([a-z0-9]{8})\.(0|[1-9a-z][0-9a-z]{0,10})$/

export function formatCursor (epoch: string, seq: number): string {
  return `${epoch}.${seq.toString(36)}`
}

/** The position a cursor names, or null for what is no cursor. */
export function parseCursor (cursor: string): Position | null {
  const match = SHAPE.exec(cursor)
  if (!match) return null
  const seq = Number.parseInt(match[2]!, 36)
  return Number.isSafeInteger(seq) ? { epoch: match[1]!, seq } : null
}
