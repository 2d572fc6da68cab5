import { createHash } from 'node:crypto'
import { problem } from '../../errors.ts'
import { actorRef, type Principal } from '../../rights/principal.ts'
import type { ReceiptState } from '../../protocol/outbound/push.ts'
import type { PushSubscriptionRecord } from '../../store/contract/pushes.ts'
import type { Store } from '../../store/store.ts'
import { checked } from '../client/checked.ts'
import type { OutboundClient } from '../client/client.ts'
import { areUsable, type SubscriptionKeys } from './encrypt.ts'
import type { Vapid } from './vapid.ts'

export interface PushDeskDeps {
  store: Pick<Store, 'putPushSubscription' | 'pushSubscriptions' | 'removePushSubscription' | 'takePushReceipt'>
  client: Pick<OutboundClient, 'check'>
  newId: () => string
  /** Undefined for a server that does not push. */
  vapid: Vapid | undefined
}

/** As `PushSubscription.toJSON()` says it, and the device it is on. */
export interface GivenSubscription { endpoint: string, expirationTime?: number | null | undefined, keys: SubscriptionKeys, device?: string | undefined }

/** What users do with push subscriptions, and browsers with receipts. What needs the server to push throws BLF_PUSH_OFF if it does not. */
export class PushDesk {
  readonly #deps: PushDeskDeps

  constructor (deps: PushDeskDeps) {
    this.#deps = deps
  }

  /** The public key that a page subscribes with. */
  get key (): string {
    return this.#vapid.publicKey
  }

  /** Throws BLF_FORBIDDEN, BLF_URL_BLOCKED, and BLF_VALIDATION for keys that no browser made. */
  async register (principal: Principal, { endpoint, expirationTime: expiresAt = null, keys, device = undefined }: GivenSubscription): Promise<{ subscription: PushSubscriptionRecord, created: boolean }> {
    const userId = ownerOf(principal)
    const { publicKey: vapidKey } = this.#vapid
    const href = checked(this.#deps.client, endpoint, 'endpoint')
    const { p256dh, auth } = unpadded(keys)
    if (!areUsable({ p256dh, auth })) {
      throw problem('BLF_VALIDATION', undefined, [{ path: '/keys', message: 'must be those of a PushSubscription: "p256dh" a public key of P-256 (65 bytes), "auth" 16 bytes, both as base64url' }])
    }
    const hash = createHash('sha256').update(href).digest('base64url')
    const by = actorRef(principal)
    return await this.#deps.store.putPushSubscription({ id: this.#deps.newId(), userId, endpoint: href, hash, p256dh, auth, vapidKey, device: device ?? null, expiresAt, sessionId: by.sessionId }, by)
  }

  /** Throws BLF_FORBIDDEN. */
  async list (principal: Principal): Promise<PushSubscriptionRecord[]> {
    return await this.#deps.store.pushSubscriptions(ownerOf(principal))
  }

  /** Throws BLF_FORBIDDEN, BLF_SUBSCRIPTION_NOT_FOUND. */
  async remove (principal: Principal, id: string): Promise<void> {
    await this.#deps.store.removePushSubscription(ownerOf(principal), id, actorRef(principal))
  }

  /** What a browser says of a push, with nothing but its receipt. Throws BLF_BAD_REQUEST, BLF_RECEIPT_NOT_FOUND, BLF_ACTION_NOT_FOUND, BLF_NOTIFICATION_NOT_FOUND. */
  async take ({ receipt, state, action }: { receipt: string, state: ReceiptState, action?: string | undefined }): Promise<void> {
    if (action !== undefined && state !== 'acted') throw problem('BLF_BAD_REQUEST', 'An "action" goes with the state "acted" only.')
    const subject = this.#deps.vapid?.subjectOf(receipt)
    if (!subject) throw problem('BLF_RECEIPT_NOT_FOUND')
    await this.#deps.store.takePushReceipt({ ...subject, state, ...(action === undefined ? {} : { action }) })
  }

  get #vapid (): Vapid {
    if (!this.#deps.vapid) throw problem('BLF_PUSH_OFF')
    return this.#deps.vapid
  }
}

function ownerOf (principal: Principal): string {
  if (principal.kind !== 'user') throw problem('BLF_FORBIDDEN')
  return principal.id
}

/** Some libraries pad base64url, or write plain base64. */
function unpadded ({ p256dh, auth }: SubscriptionKeys): SubscriptionKeys {
  const [point, secret] = [p256dh, auth].map(text => Buffer.from(text, 'base64url').toString('base64url'))
  return { p256dh: point!, auth: secret! }
}
