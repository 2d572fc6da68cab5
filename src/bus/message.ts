import type { LogEvent } from '../log/event.ts'
import type { Hint } from './bus.ts'

/** A larger message is sent without its events; the receivers then read them from the store. */
export const MAX_MESSAGE_BYTES = 65_536
const VERSION = 1

interface Message { v: number, node: string, epoch: string, from: number, to: number, events?: LogEvent[] }

/** Encodes a hint as the text of a message. */
export function encode (node: string, { epoch, from, to, events }: Hint): string {
  const head: Message = { v: VERSION, node, epoch, from, to }
  if (!events) return JSON.stringify(head)
  const whole = JSON.stringify({ ...head, events })
  return Buffer.byteLength(whole) <= MAX_MESSAGE_BYTES ? whole : JSON.stringify(head)
}

/** The hint in a message and the node that sent it; undefined if the text is not a valid message. */
export function decode (text: string): { node: string, hint: Hint } | undefined {
  let message: Partial<Message>
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (message === null || typeof message !== 'object' || message.v !== VERSION) return undefined
  const { node, epoch, from, to, events } = message
  if (typeof node !== 'string' || typeof epoch !== 'string' || !isSeq(from) || !isSeq(to) || from > to) return undefined
  return { node, hint: { epoch, from, to, events: isWhole(events, from, to) ? events : undefined } }
}

/** Encodes what a node tells the others; `decodeTold` reads it. */
export function encodeTold (node: string, text: string): string {
  return JSON.stringify({ v: VERSION, node, text })
}

/** What was told, and the node that told it; undefined if the text is not a valid message. */
export function decodeTold (message: string): { node: string, text: string } | undefined {
  if (message.length > MAX_MESSAGE_BYTES * 2) return undefined
  try {
    const { v, node, text } = JSON.parse(message) as Record<string, unknown>
    return v === VERSION && typeof node === 'string' && typeof text === 'string' ? { node, text } : undefined
  } catch {
    return undefined
  }
}

function isSeq (value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number > 0
}

/** Whether these are all events from `from` to `to`; if not, they are read from the store instead. */
function isWhole (events: unknown, from: number, to: number): events is LogEvent[] {
  return Array.isArray(events) && events.length === to - from + 1 && events.every((event, index) => isEvent(event) && event.seq === from + index)
}

/** Whether an event is valid: readers of the log parse its body without further checks. */
function isEvent (event: Partial<LogEvent> | null): event is LogEvent {
  return event !== null && typeof event === 'object' && typeof event.kind === 'string' && isTextOrNull(event.id) &&
    Array.isArray(event.keys) && event.keys.every(key => typeof key === 'string') && isTextOrNull(event.topic) &&
    Number.isFinite(event.at) && (event.expiresAt === null || Number.isFinite(event.expiresAt)) &&
    (event.originSeq === undefined || isSeq(event.originSeq)) && (event.isLate === undefined || typeof event.isLate === 'boolean') && isBody(event.body)
}

function isTextOrNull (value: unknown): boolean {
  return value === null || typeof value === 'string'
}

/** Whether a text is a JSON object. */
function isBody (text: unknown): boolean {
  if (typeof text !== 'string') return false
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body)
  } catch {
    return false
  }
}
