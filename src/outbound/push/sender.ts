import type { PushPayload } from '../../protocol/outbound/push.ts'
import type { Push } from '../../store/contract/pushes.ts'
import type { OutboundClient } from '../client/client.ts'
import type { Attempt } from '../work.ts'
import { ownTurn } from '../turn.ts'
import { encrypt } from './encrypt.ts'
import { encodePayload, SHORT_BYTES } from './payload.ts'
import { PushServices } from './services.ts'
import type { Vapid } from './vapid.ts'

/** RFC 8030 §5.2; more is of no use to anybody. */
const MAX_TTL_SECONDS = 28 * 86_400
const TOO_LARGE = 413
/** The answers of a push service whose subscription has ended. RFC 8030 §7.3. */
const GONE = [404, 410]

export interface Message {
  subscription: Push['subscription']
  payload: PushPayload
  /** Milliseconds since 1970; null for as long as may be. */
  expiresAt: number | null
  urgency: 'low' | 'normal' | 'high'
  /** Of messages with the same one, a push service keeps the newest. */
  topic: string
}

/** What came of one message. */
export type Sent = Attempt & { /** Whether the subscription has ended. */ isGone?: boolean, /** Whether nothing was sent: its push service is to be left alone. */ isPostponed?: boolean }

/** Encrypts messages and gives them to push services. */
export class PushSender {
  readonly #client: Pick<OutboundClient, 'post'>
  readonly #vapid: Vapid
  /** What is known of them. */
  readonly services = new PushServices()

  constructor ({ client, vapid }: { client: Pick<OutboundClient, 'post'>, vapid: Vapid }) {
    this.#client = client
    this.#vapid = vapid
  }

  /** Rejects only once `signal` is aborted. */
  async send (message: Message, signal?: AbortSignal): Promise<Sent> {
    const { endpoint, vapidKey } = message.subscription
    // It was made for another key than this server has now: no push service would take a message for it.
    if (vapidKey !== this.#vapid.publicKey) return { isDone: false, isFinal: true, isGone: true, status: null, error: 'the subscription is for another key of this server' }
    const { origin } = new URL(endpoint)
    const waitMs = this.services.waitFor(origin)
    if (waitMs > 0) return { isDone: false, isPostponed: true, status: null, error: 'the push service is left alone for a while', retryAfterMs: waitMs }
    try {
      const sent = await this.#post(message, origin, undefined, signal)
      return sent.status === TOO_LARGE ? await this.#post(message, origin, SHORT_BYTES, signal) : sent
    } catch (error) {
      signal?.throwIfAborted()
      this.services.unanswered(origin)
      return { isDone: false, status: null, error: (error as Error).message }
    }
  }

  async #post ({ subscription, payload, expiresAt, urgency, topic }: Message, origin: string, maxBytes: number | undefined, signal: AbortSignal | undefined): Promise<Sent> {
    const { endpoint } = subscription
    await ownTurn()
    signal?.throwIfAborted()
    const now = Date.now()
    const ttl = expiresAt === null ? MAX_TTL_SECONDS : Math.max(0, Math.min(MAX_TTL_SECONDS, Math.floor((expiresAt - now) / 1000)))
    const { status, retryAfterMs } = await this.#client.post({
      url: endpoint,
      headers: {
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
        authorization: this.#vapid.authorization(origin, now),
        ttl: String(ttl),
        urgency,
        topic
      },
      body: encrypt(encodePayload(payload, maxBytes), subscription),
      signal
    })
    const isBusy = status === 429 || status === 503
    this.services.answered(origin, isBusy ? retryAfterMs : undefined)
    if (status >= 200 && status < 300) return { isDone: true, status }
    const isGone = GONE.includes(status)
    // Of the others, only these pass by themselves.
    const isTemporary = status === 408 || status === 429 || status >= 500
    return { isDone: false, status, error: `answered ${status}`, isFinal: !isTemporary, isGone, retryAfterMs }
  }
}
