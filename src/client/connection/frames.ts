import type { ServerFrame } from '../../protocol/server-frames.ts'
import { parseJson } from '../shared/json.ts'

const MAX_TEXT = 1_048_576
const MAX_ID = 128
const MAX_CURSOR = 256

/** Frames with a cursor that are no events of the log: several may have the same one. */
const CONTROL = new Set(['welcome', 'caught_up', 'gap', 'subscribed', 'ok', 'error'])

const isText = (value: unknown, max: number) => typeof value === 'string' && value.length <= max
const isAbsentOr = (value: unknown, max: number) => value === undefined || isText(value, max)
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Parses the text of a frame; undefined for what is none, whoever sent it. Fields of later versions are left as they are. */
export function parseFrame (text: string): ServerFrame | undefined {
  const frame = text.length > MAX_TEXT ? undefined : parseJson(text)
  return isFrame(frame) ? frame : undefined
}

/** Whether something has the shape that everybody who reads a frame relies on. */
function isFrame (frame: any): frame is ServerFrame {
  if (!frame || !isText(frame.type, MAX_ID) || !isAbsentOr(frame.cursor, MAX_CURSOR) || !isAbsentOr(frame.reply_to, MAX_ID)) return false
  const { type, payload } = frame
  if (payload === undefined) return type === 'pong' || type === 'ok'
  if (!isObject(payload) || !isAbsentOr(payload.id, MAX_ID)) return false
  if (payload.ids !== undefined && !(Array.isArray(payload.ids) && payload.ids.every((id: unknown) => isText(id, MAX_ID)))) return false
  const hasText = type === 'notification' || type === 'notification.updated'
  return !hasText || ([payload.id, payload.title, payload.message].every(value => isText(value, MAX_TEXT)) && isObject(payload.data))
}

/** The cursor to resume from after a frame, where `cursor` was the one before it; false for an event that was received already. */
export function cursorAfter (frame: ServerFrame, cursor: string | undefined): string | undefined | false {
  const { type, cursor: next } = frame as { type: string, cursor?: string }
  if (next === undefined) return cursor
  // Another count begins after these two, which may be a lower one.
  if (isAfter(next, cursor) || type === 'gap' || (frame.type === 'welcome' && frame.payload.resume === 'none')) return next
  return CONTROL.has(type) && cursor
}

/**
 * Whether cursor `a` is later than `b`. Of another log, or in a form of a later version, it counts as later unless it is
 * the same: the server decides then. The numbers have no leading zeros, so that the longer one is larger.
 */
export function isAfter (a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || a === b) return false
  const dot = a.indexOf('.') + 1
  if (dot === 0 || !b?.startsWith(a.slice(0, dot))) return true
  return a.length === b.length ? a > b : a.length > b.length
}
