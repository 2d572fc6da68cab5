import { createCipheriv, createECDH, ECDH, randomFillSync } from 'node:crypto'
import { hmacSha256 } from './hmac.ts'

const CURVE = 'prime256v1'
/** Of an uncompressed point. */
const POINT_BYTES = 65
const AUTH_BYTES = 16
const SALT_BYTES = 16
const TAG_BYTES = 16
/** A push service need not take more: RFC 8030 §7.2. The whole message is one record. */
const RECORD_BYTES = 4_096
const HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES
const KEY_BYTES = 16
const NONCE_BYTES = 12
/** Marks the last record, without padding. RFC 8188 §2. */
const LAST_RECORD = 2

/** The longest text of a message, bytes: 3,993. */
export const MAX_PLAINTEXT_BYTES = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1

/** The keys of a subscription as browsers make them, base64url: a point of P-256, and 16 bytes. */
export interface SubscriptionKeys { p256dh: string, auth: string }

/** What is chosen anew for each message. */
export interface Ephemeral { salt: Buffer, /** 32 bytes. */ privateKey: Buffer }

/** Whether messages can be encrypted for these keys: else a browser did not make them. */
export function areUsable ({ p256dh, auth }: SubscriptionKeys): boolean {
  const point = Buffer.from(p256dh, 'base64url')
  if (point.length !== POINT_BYTES || point[0] !== 4 || Buffer.from(auth, 'base64url').length !== AUTH_BYTES) return false
  try {
    ECDH.convertKey(point, CURVE)
    return true
  } catch {
    return false
  }
}

/** Texts that keys are derived with, and the byte by which the first block of HKDF (RFC 5869 §2.3) ends: none of them is longer. */
const SECRET_INFO = Buffer.from('WebPush: info\0')
const KEY_INFO = Buffer.from('Content-Encoding: aes128gcm\0\x01')
const NONCE_INFO = Buffer.from('Content-Encoding: nonce\0\x01')
const FIRST_BLOCK = Buffer.of(1)

/** One for all messages, each of which makes new keys of its own: to make an object of OpenSSL and to drop it takes longer than most of what is done with it, and the drops add up to a long pause. */
const ecdh = createECDH(CURVE)

/** Salts that are not used yet. */
const salts = Buffer.alloc(SALT_BYTES * 256)
let used = salts.length

function newSalt (): Buffer {
  if (used === salts.length) {
    randomFillSync(salts)
    used = 0
  }
  used += SALT_BYTES
  return salts.subarray(used - SALT_BYTES, used)
}

/**
 * Encrypts a message for a subscription: RFC 8291, in the form of RFC 8188 (`aes128gcm`).
 *
 *     salt │ record size │ 65 │ public key of this message │ text, 2, tag
 *      16  │      4      │  1 │            65              │ 3,993 + 1 + 16 at most
 */
export function encrypt (text: Buffer, { p256dh, auth }: SubscriptionKeys, ephemeral?: Ephemeral): Buffer {
  if (text.length > MAX_PLAINTEXT_BYTES) throw new RangeError(`a push message has ${MAX_PLAINTEXT_BYTES} bytes at most`)
  const receiver = Buffer.from(p256dh, 'base64url')
  if (ephemeral) ecdh.setPrivateKey(ephemeral.privateKey)
  else ecdh.generateKeys()
  const salt = ephemeral?.salt ?? newSalt()
  const sender = ecdh.getPublicKey()
  // RFC 8291 §3.3 and §3.4.
  const shared = hmacSha256(Buffer.from(auth, 'base64url'), ecdh.computeSecret(receiver))
  const secret = hmacSha256(shared, SECRET_INFO, receiver, sender, FIRST_BLOCK)
  const key = hmacSha256(salt, secret)
  const cipher = createCipheriv('aes-128-gcm', hmacSha256(key, KEY_INFO).subarray(0, KEY_BYTES), hmacSha256(key, NONCE_INFO).subarray(0, NONCE_BYTES))
  const message = Buffer.allocUnsafe(HEADER_BYTES + text.length + 1 + TAG_BYTES)
  salt.copy(message)
  message.writeUInt32BE(RECORD_BYTES, SALT_BYTES)
  message[SALT_BYTES + 4] = POINT_BYTES
  sender.copy(message, SALT_BYTES + 5)
  text.copy(message, HEADER_BYTES)
  message[HEADER_BYTES + text.length] = LAST_RECORD
  const end = HEADER_BYTES + text.length + 1
  cipher.update(message.subarray(HEADER_BYTES, end)).copy(message, HEADER_BYTES)
  cipher.final()
  cipher.getAuthTag().copy(message, end)
  return message
}
