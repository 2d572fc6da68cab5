import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

const BYTES = 16

/** Marks texts as made here: with a key that is derived from a secret for one purpose, and serves no other. */
export class Seal {
  readonly #key: Buffer

  constructor (secret: string | Buffer, purpose: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  }

  /** 22 characters of base64url. */
  of (text: string): string {
    return this.#bytesOf(text).toString('base64url')
  }

  /** Whether this is the seal of a text. */
  fits (text: string, seal: string): boolean {
    const given = Buffer.from(seal, 'base64url')
    return given.length === BYTES && timingSafeEqual(this.#bytesOf(text), given)
  }

  #bytesOf (text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest().subarray(0, BYTES)
  }
}
