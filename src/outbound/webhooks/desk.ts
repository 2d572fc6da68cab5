import { problem } from '../../errors.ts'
import { webhookReader } from '../../log/readers.ts'
import { formatCursor, parseCursor } from '../../protocol/cursor.ts'
import type { FeedType } from '../../protocol/outbound/feed.ts'
import type { CallState } from '../../protocol/outbound/webhook.ts'
import { formatTimestamp } from '../../protocol/timestamp.ts'
import { actorRef, type Principal } from '../../rights/principal.ts'
import { companiesInReach, may } from '../../rights/rights.ts'
import type { CallRecord } from '../../store/contract/readers.ts'
import type { WebhookChange, WebhookStatus } from '../../store/contract/webhooks.ts'
import type { Store } from '../../store/store.ts'
import { checked } from '../client/checked.ts'
import type { OutboundClient } from '../client/client.ts'
import type { Attempt } from '../work.ts'
import { callWebhook } from './reader.ts'
import { newWebhookSecret } from './sign.ts'

/** How long the secret before signs too after a rotation, milliseconds. */
const OVERLAP_MS = 86_400_000

/** What people do with webhooks. All methods throw BLF_FORBIDDEN, and BLF_WEBHOOK_NOT_FOUND where there is none. */
export class WebhookDesk {
  readonly #store: Pick<Store, 'createWebhook' | 'webhooks' | 'webhook' | 'webhookSecrets' | 'changeWebhook' | 'removeWebhook' | 'rotateWebhook' | 'replayWebhook' | 'calls' | 'head' | 'epoch'>
  readonly #client: Pick<OutboundClient, 'post' | 'check'>
  readonly #newId: () => string

  constructor ({ store, client, newId }: { store: Store, client: Pick<OutboundClient, 'post' | 'check'>, newId: () => string }) {
    this.#store = store
    this.#client = client
    this.#newId = newId
  }

  /** Throws BLF_URL_BLOCKED, BLF_WEBHOOKS_FULL. */
  async create (principal: Principal, { url, types, company: given, isOrdered }: { url: string, types: FeedType[], company?: string | null | undefined, isOrdered: boolean }): Promise<{ webhook: WebhookStatus, secret: string }> {
    const company = given ?? (principal.kind === 'user' ? principal.company : null)
    if (!may(principal, 'webhooks.manage', { company })) throw problem('BLF_FORBIDDEN')
    const secret = newWebhookSecret()
    const webhook = await this.#store.createWebhook({ id: this.#newId(), url: checked(this.#client, url, 'URL'), types, company, isOrdered, secret }, actorRef(principal))
    return { webhook, secret }
  }

  async list (principal: Principal, { limit, after }: { limit: number, after?: string | undefined }): Promise<{ webhooks: WebhookStatus[], next: string | null }> {
    const companies = companiesInReach(principal, 'webhooks.manage')
    const found = await this.#store.webhooks({ limit: limit + 1, ...(after === undefined ? {} : { after }), ...(companies === null ? {} : { company: companies[0]! }) })
    const webhooks = found.slice(0, limit)
    return { webhooks, next: found.length > limit ? webhooks.at(-1)!.id : null }
  }

  async get (principal: Principal, id: string): Promise<WebhookStatus> {
    const webhook = await this.#store.webhook(id)
    if (!may(principal, 'webhooks.manage', webhook ? { company: webhook.company } : {})) throw problem('BLF_FORBIDDEN')
    if (!webhook) throw problem('BLF_WEBHOOK_NOT_FOUND')
    return webhook
  }

  /** Throws BLF_URL_BLOCKED. */
  async change (principal: Principal, id: string, change: WebhookChange): Promise<WebhookStatus> {
    await this.get(principal, id)
    return await this.#store.changeWebhook(id, { ...change, ...(change.url === undefined ? {} : { url: checked(this.#client, change.url, 'URL') }) }, actorRef(principal))
  }

  async remove (principal: Principal, id: string): Promise<void> {
    await this.#store.removeWebhook(id, actorRef(principal))
  }

  /** Its new secret. */
  async rotate (principal: Principal, id: string): Promise<string> {
    const secret = newWebhookSecret()
    await this.#store.rotateWebhook(id, secret, OVERLAP_MS, actorRef(principal))
    return secret
  }

  /** Calls it once, also if it is disabled. */
  async test (principal: Principal, id: string): Promise<Attempt> {
    const { url } = await this.get(principal, id)
    const secrets = await this.#store.webhookSecrets(id)
    const now = Date.now()
    const timestamp = formatTimestamp(now)
    const data = { cursor: formatCursor(this.#store.epoch, await this.#store.head()), type: 'webhook.test', at: timestamp, webhook_id: id }
    return await callWebhook(this.#client, { url, secrets }, `${id}_test_${this.#newId()}`, { type: 'webhook.test', timestamp, data }, now)
  }

  /** Throws BLF_BAD_CURSOR. */
  async attempts (principal: Principal, id: string, { limit, state, before }: { limit: number, state?: CallState | undefined, before?: string | undefined }): Promise<{ calls: (CallRecord & { webhookId: string, replaySince: string })[], next: string | null }> {
    await this.get(principal, id)
    const found = await this.#store.calls(webhookReader(id), { limit: limit + 1, ...(state ? { state } : {}), ...(before === undefined ? {} : { before: this.#seqOf(before) }) })
    const calls = found.slice(0, limit).map(call => ({ ...call, webhookId: `${id}_${this.#store.epoch}_${call.seq}`, replaySince: formatCursor(this.#store.epoch, call.seq - 1) }))
    return { calls, next: found.length > limit ? formatCursor(this.#store.epoch, calls.at(-1)!.seq) : null }
  }

  /** Throws BLF_BAD_CURSOR. */
  async replay (principal: Principal, id: string, since: string): Promise<void> {
    await this.get(principal, id)
    await this.#store.replayWebhook(id, this.#seqOf(since), actorRef(principal))
  }

  #seqOf (text: string): number {
    const cursor = parseCursor(text)
    if (cursor?.epoch !== this.#store.epoch) throw problem('BLF_BAD_CURSOR')
    return cursor.seq
  }
}
