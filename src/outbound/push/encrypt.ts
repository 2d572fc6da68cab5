import { createCipheriv, createECDH, ECDH, hkdfSync, randomBytes } from 'node:crypto'

const CURVE = 'prime256v1'
/** Of an uncompressed point. */
const POINT_BYTES = 65
const AUTH_BYTES = 16
const SALT_BYTES = 16
const TAG_BYTES = 16
/** A push service need not take more: RFC 8030 §7.2. The whole message is one record. */
const RECORD_BYTES = 4_096
const HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES
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

/**
 * Encrypts a message for a subscription: RFC 8291, in the form of RFC 8188 (`aes128gcm`).
 *
 *     salt │ record size │ 65 │ public key of this message │ text, 2, tag
 *      16  │      4      │  1 │            65              │ 3,993 + 1 + 16 at most
 */
export function encrypt (text: Buffer, { p256dh, auth }: SubscriptionKeys, ephemeral?: Ephemeral): Buffer {
  if (text.length > MAX_PLAINTEXT_BYTES) throw new RangeError(`a push message has ${MAX_PLAINTEXT_BYTES} bytes at most`)
  const ecdh = createECDH(CURVE)
  if (ephemeral) ecdh.setPrivateKey(ephemeral.privateKey)
  else ecdh.generateKeys()
  const salt = ephemeral?.salt ?? randomBytes(SALT_BYTES)
  const receiver = Buffer.from(p256dh, 'base64url')
  const sender = ecdh.getPublicKey()
  // RFC 8291 §3.3 and §3.4.
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, sender])
  const secret = hkdfSync('sha256', ecdh.computeSecret(receiver), Buffer.from(auth, 'base64url'), info, 32)
  const key = hkdfSync('sha256', new Uint8Array(secret), salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = hkdfSync('sha256', new Uint8Array(secret), salt, 'Content-Encoding: nonce\0', 12)
  const cipher = createCipheriv('aes-128-gcm', new Uint8Array(key), new Uint8Array(nonce))
  const head = Buffer.alloc(5)
  head.writeUInt32BE(RECORD_BYTES)
  head[4] = POINT_BYTES
  return Buffer.concat([salt, head, sender, cipher.update(text), cipher.update(Buffer.of(LAST_RECORD)), cipher.final(), cipher.getAuthTag()])
}
