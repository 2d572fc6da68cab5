import type { ServerFrame } from '../../protocol/server-frames.ts'
import { isObject, isTextOf } from '../shared/check.ts'
import { parseJson } from '../shared/json.ts'

const MAX_TEXT = 1_048_576

/** Frames with a cursor that are no events of the log: several may have the same one. */
const CONTROL = 'welcome caught_up gap subscribed ok error'.split(' ')

/** Whether this may be an id, a cursor or a type. */
const isName = isTextOf(/^[^]{0,128}$/)
const isText = isTextOf(/^/)

/** Parses the text of a frame; undefined for what is none, whoever sent it. Fields of later versions are left as they are. */
export function parseFrame (text: string): ServerFrame | undefined {
  const frame = text.length > MAX_TEXT ? undefined : parseJson(text)
  return isFrame(frame) ? frame : undefined
}

/** Whether something has the shape that everybody who reads a frame relies on. */
function isFrame (frame: unknown): frame is ServerFrame {
  const { type, cursor = '', reply_to: replyTo = '', payload = /^(ok|pong)$/.test(type) ? {} : undefined } = Object(frame)
  if (!isObject(payload)) return false
  const { id = '', ids = [], title, message, data } = payload
  const hasText = /^notification(.updated)?$/.test(type)
  return Array.isArray(ids) && [type, cursor, replyTo, id, ...ids].every(isName) && (!hasText || ([payload.id, title, message].every(isText) && isObject(data)))
}

/** The cursor to resume from after a frame, where `cursor` was the one before it; false for an event that was received already. */
export function cursorAfter (frame: ServerFrame, cursor: string | undefined): string | undefined | false {
  const { type, cursor: next } = frame as { type: string, cursor?: string }
  if (next === undefined) return cursor
  // Another count begins after these two, which may be a lower one.
  if (isAfter(next, cursor) || type === 'gap' || (frame.type === 'welcome' && frame.payload.resume === 'none')) return next
  return CONTROL.includes(type) && cursor
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
