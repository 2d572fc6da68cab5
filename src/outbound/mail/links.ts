import { Seal } from '../seal.ts'

/** Whom a link unsubscribes, and from which topics; null for everything. `createdAt`: whoever has the id next is somebody else. */
export interface Subscription { userId: string, createdAt: number, topics: string[] | null }

/** As long as a line of a mail may be (RFC 5322 §2.1.1), less the address before it. */
const MAX_TOKEN = 700

/**
 * Signs what the links in mails stand for. A mail is kept for years, so nothing is stored and nothing ends: the link does
 * no more than to switch mail off. The key is derived from the one that signs tokens, and signs none.
 */
export class Links {
  readonly #seals: Seal[]

  /** The first secret signs; what the others signed is valid too. */
  constructor (secrets: string[]) {
    this.#seals = secrets.map(secret => new Seal(secret, 'belfry unsubscribe'))
  }

  sign (subscription: Subscription): string {
    const text = encode(subscription)
    // Of so many topics: of everything.
    const payload = text.length > MAX_TOKEN ? encode({ ...subscription, topics: null }) : text
    return `${payload}.${this.#seals[0]!.of(payload)}`
  }

  /** Undefined unless it was signed here. */
  verify (token: string): Subscription | undefined {
    const [payload = '', signature = '', ...rest] = token.split('.')
    if (rest.length > 0 || !this.#seals.some(seal => seal.fits(payload, signature))) return undefined
    const [userId, createdAt, topics] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number, string[] | null]
    return { userId, createdAt, topics }
  }
}

function encode ({ userId, createdAt, topics }: Subscription): string {
  return Buffer.from(JSON.stringify([userId, createdAt, topics])).toString('base64url')
}
