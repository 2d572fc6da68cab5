import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Whom a link unsubscribes, and from which topics; null for everything. `createdAt`: whoever has the id next is somebody else. */
export interface Subscription { userId: string, createdAt: number, topics: string[] | null }

/** As long as a line of a mail may be (RFC 5322 §2.1.1), less the address before it. */
const MAX_TOKEN = 700
const MAC_BYTES = 16

/**
 * Signs what the links in mails stand for. A mail is kept for years, so nothing is stored and nothing ends: the link does
 * no more than to switch mail off. The key is derived from the one that signs tokens, and signs none.
 */
export class Links {
  readonly #keys: Buffer[]

  /** The first secret signs; what the others signed is valid too. */
  constructor (secrets: string[]) {
    this.#keys = secrets.map(secret => Buffer.from(hkdfSync('sha256', secret, '', 'belfry unsubscribe', 32)))
  }

  sign (subscription: Subscription): string {
    const text = encode(subscription)
    // Of so many topics: of everything.
    const payload = text.length > MAX_TOKEN ? encode({ ...subscription, topics: null }) : text
    return `${payload}.${mac(payload, this.#keys[0]!).toString('base64url')}`
  }

  /** Undefined unless it was signed here. */
  verify (token: string): Subscription | undefined {
    const [payload = '', signature = '', ...rest] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    if (rest.length > 0 || given.length !== MAC_BYTES || !this.#keys.some(key => timingSafeEqual(mac(payload, key), given))) return undefined
    const [userId, createdAt, topics] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number, string[] | null]
    return { userId, createdAt, topics }
  }
}

function encode ({ userId, createdAt, topics }: Subscription): string {
  return Buffer.from(JSON.stringify([userId, createdAt, topics])).toString('base64url')
}

function mac (payload: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES)
}
