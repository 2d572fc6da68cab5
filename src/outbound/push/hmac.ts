import { hash } from 'node:crypto'

/** Of SHA-256, bytes. */
const BLOCK_BYTES = 64

/** What hashes are made of, one after the other: a key's block, and what follows it. */
let scratch = Buffer.alloc(1_024)

/**
 * HMAC of SHA-256 (RFC 2104) of what the parts are together; the key has `BLOCK_BYTES` at the most. By hashes of one call each: Node.js makes an object of
 * OpenSSL for each of its own HMACs, and five of them a message are most of what a message leaves to be collected.
 */
export function hmacSha256 (key: Buffer, ...parts: Buffer[]): Buffer {
  if (key.length > BLOCK_BYTES) throw new RangeError(`a key has ${BLOCK_BYTES} bytes at most`)
  return digest(key, 0x5c, [digest(key, 0x36, parts)])
}

/** The hash of a key, of which each bit of `pad` is turned, and the parts. */
function digest (key: Buffer, pad: number, parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, BLOCK_BYTES)
  if (length > scratch.length) scratch = Buffer.alloc(length)
  scratch.fill(pad, 0, BLOCK_BYTES)
  // By their numbers: entries would be an array and a number of each byte, which are most of what a message leaves to be collected.
  for (let at = 0; at < key.length; at++) scratch[at] = key[at]! ^ pad
  let end = BLOCK_BYTES
  for (const part of parts) end += part.copy(scratch, end)
  const result = hash('sha256', scratch.subarray(0, end), 'buffer')
  // Keys do not stay behind.
  scratch.fill(0, 0, end)
  return result
}
