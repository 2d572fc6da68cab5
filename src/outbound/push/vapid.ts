import { createECDH, createPrivateKey, sign, type KeyObject } from 'node:crypto'
import QuickLRU from 'quick-lru'
import { Seal } from '../seal.ts'

/** How long a token is good for, and until how long before its end it is used, milliseconds. RFC 8292 §2: 24 hours at most. */
const TOKEN_MS = 12 * 3_600_000
const MARGIN_MS = 3_600_000
/** There are a few push services; a subscription may name any server, though. */
const MAX_SERVICES = 100

/** What a receipt is for: one notification at one subscription. */
export interface ReceiptSubject { subscriptionId: string, seq: number }

/** This server as push services know it: RFC 8292. */
export class Vapid {
  /** As browsers want it (`applicationServerKey`): base64url of an uncompressed point. */
  readonly publicKey: string
  readonly #subject: string
  readonly #key: KeyObject
  readonly #receipts: Seal
  readonly #tokens = new QuickLRU<string, { token: string, until: number }>({ maxSize: MAX_SERVICES })

  /** `privateKey`: 32 bytes as base64url; `subject`: where to reach whoever runs this server. */
  constructor ({ privateKey, subject }: { privateKey: string, subject: string }) {
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(privateKey, 'base64url')
    const point = ecdh.getPublicKey()
    this.publicKey = point.toString('base64url')
    this.#subject = subject
    this.#key = createPrivateKey({
      format: 'jwk',
      key: { kty: 'EC', crv: 'P-256', d: privateKey, x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
    })
    this.#receipts = new Seal(Buffer.from(privateKey, 'base64url'), 'belfry push receipts')
  }

  /** The `Authorization` of messages to the push service of an origin. One token is used for all of them for hours. */
  authorization (origin: string, now: number): string {
    const known = this.#tokens.get(origin)
    if (known && known.until > now) return known.token
    const token = `vapid t=${this.#sign(origin, now)}, k=${this.publicKey}`
    this.#tokens.set(origin, { token, until: now + TOKEN_MS - MARGIN_MS })
    return token
  }

  /** A text that nobody else can make, by which a browser says what became of a message. */
  receipt ({ subscriptionId, seq }: ReceiptSubject): string {
    const subject = `${subscriptionId}.${seq.toString(36)}`
    return `${subject}.${this.#receipts.of(subject)}`
  }

  /** What a receipt is for; undefined if this server did not make it. */
  subjectOf (receipt: string): ReceiptSubject | undefined {
    const [, subject, subscriptionId, seq, seal] = /^(([^.]+)\.([0-9a-z]{1,11}))\.([A-Za-z0-9_-]{22})$/.exec(receipt) ?? []
    if (subject === undefined || !this.#receipts.fits(subject, seal!)) return undefined
    return { subscriptionId: subscriptionId!, seq: parseInt(seq!, 36) }
  }

  #sign (audience: string, now: number): string {
    const parts = [{ typ: 'JWT', alg: 'ES256' }, { aud: audience, exp: Math.floor((now + TOKEN_MS) / 1000), sub: this.#subject }]
    const text = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${text}.${sign('sha256', Buffer.from(text), { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}
