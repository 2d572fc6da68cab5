import { createHash } from 'node:crypto'
import type { PushPayload } from '../../protocol/outbound/push.ts'
import { MAX_PLAINTEXT_BYTES } from './encrypt.ts'

/** A push service that refused a message as too large gets it with this many bytes. */
export const SHORT_BYTES = 1_024

const bytesOf = (payload: PushPayload) => Buffer.byteLength(JSON.stringify(payload))

/**
 * The payload as JSON, `maxBytes` at most: the message is cut, at a character; if that is not enough, the buttons and then the address are left
 * out. What is cut is in the inbox.
 */
export function encodePayload (payload: PushPayload, maxBytes = MAX_PLAINTEXT_BYTES): Buffer {
  const { url, actions, ...rest } = payload
  const withUrl = url === undefined ? rest : { ...rest, url }
  const forms: PushPayload[] = [actions === undefined ? withUrl : { ...withUrl, actions }, withUrl, rest]
  const form = forms.find(form => bytesOf({ ...form, message: '' }) <= maxBytes) ?? rest
  return Buffer.from(JSON.stringify({ ...form, message: cut(form, maxBytes) }))
}

/** As much of the message as there is room for. */
function cut (payload: PushPayload, maxBytes: number): string {
  const { message } = payload
  if (bytesOf(payload) <= maxBytes) return message
  // A character is a byte at least: of a long one, most need not be looked at.
  const characters = [...message.slice(0, maxBytes)]
  let [low, high] = [0, characters.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (bytesOf({ ...payload, message: `${characters.slice(0, middle).join('')}…` }) <= maxBytes) low = middle
    else high = middle - 1
  }
  return low === 0 ? '' : `${characters.slice(0, low).join('')}…`
}

/** RFC 8030 §5.4: 32 characters of base64url at most. Of messages with the same topic, a push service keeps the newest. */
export function pushTopic (of: string): string {
  return createHash('sha256').update(of).digest('base64url').slice(0, 32)
}
