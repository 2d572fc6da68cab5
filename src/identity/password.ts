import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { problem } from '../errors.ts'

/** The minimum that OWASP recommends for argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const SALT_BYTES = 16
const TAG_BYTES = 32

/** The most hashes that may be queued. With more, the last one would wait for seconds, and so would everything else that uses libuv's thread pool. */
const MAX_WAITING = 100

const argon2id = promisify(argon2)
let waiting = 0

async function derive (parameters: Parameters<typeof argon2>[1]): Promise<Buffer> {
  if (waiting >= MAX_WAITING) throw problem('BLF_UNAVAILABLE', 'Too many passwords are being checked; try again later.')
  waiting += 1
  try {
    return await argon2id('argon2id', parameters)
  } finally {
    waiting -= 1
  }
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** Hashes a password to a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword (password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES)
  const tag = await derive({
    message: message(password), nonce, memory: MEMORY_KIB, passes: PASSES, parallelism: LANES, tagLength: TAG_BYTES
  })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(nonce)}$${base64(tag)}`
}

/** Whether a PHC string is the hash of this password. */
export async function verifyPassword (password: string, phc: string): Promise<boolean> {
  const match = PHC.exec(phc)
  if (!match) return false
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number]
  const expected = Buffer.from(match[5]!, 'base64')
  const tag = await derive({
    message: message(password), nonce: Buffer.from(match[4]!, 'base64'), memory, passes, parallelism, tagLength: expected.length
  })
  return timingSafeEqual(tag, expected)
}

// The same password typed on two keyboards can differ in its code points: RFC 8265 §4 normalises.
function message (password: string): Buffer {
  return Buffer.from(password.normalize('NFC'))
}

function base64 (bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
