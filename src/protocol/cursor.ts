import type { GapReason } from './server-frames.ts'

/** What a cursor says, which is opaque to clients: the log's epoch, and the `seq` of an event in it. */
export interface ParsedCursor { epoch: string, seq: number }

const SHAPE = /^([a-z0-9]{8})\.(0|[1-9a-z][0-9a-z]{0,10})$/

export function formatCursor (epoch: string, seq: number): string {
  return `${epoch}.${seq.toString(36)}`
}

/** Null for a text that is not a cursor. */
export function parseCursor (cursor: string): ParsedCursor | null {
  const match = SHAPE.exec(cursor)
  if (!match) return null
  const seq = Number.parseInt(match[2]!, 36)
  return Number.isSafeInteger(seq) ? { epoch: match[1]!, seq } : null
}

/** The `seq` to resume after, or why that is not possible. */
export function readSince (since: string, { epoch, head, floor }: { epoch: string, head: number, floor: number }): number | GapReason {
  const cursor = parseCursor(since)
  if (!cursor) return 'unreadable'
  if (cursor.epoch !== epoch) return 'epoch'
  if (cursor.seq > head) return 'future'
  return cursor.seq < floor ? 'expired' : cursor.seq
}
