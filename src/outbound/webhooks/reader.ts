import { webhookReader } from '../../log/readers.ts'
import type { WebhookCall } from '../../protocol/outbound/webhook.ts'
import type { FeedEvent } from '../../store/contract/feed.ts'
import type { Place } from '../../store/contract/readers.ts'
import type { WebhookWithSecrets } from '../../store/contract/webhooks.ts'
import type { Store } from '../../store/store.ts'
import type { OutboundClient } from '../client/client.ts'
import { toItem } from '../feed.ts'
import { ownTurn } from '../turn.ts'
import { Reader, type Attempt, type Done, type Page, type ReaderDeps } from '../reader.ts'
import { signedHeaders } from './sign.ts'

export interface WebhookReaderDeps extends Omit<ReaderDeps, 'name' | 'start' | 'isOrdered' | 'store'> {
  webhook: WebhookWithSecrets
  store: ReaderDeps['store'] & Pick<Store, 'feed' | 'moveWebhook' | 'epoch'>
  client: Pick<OutboundClient, 'post'>
}

/** How long nothing must have been delivered before a webhook is disabled, milliseconds. */
const FAILING_MS = 5 * 86_400_000
/** How many delivered calls are kept for who looks at a webhook. */
const KEPT = 200

/** Calls one webhook. */
export class WebhookReader extends Reader<FeedEvent> {
  readonly #deps: WebhookReaderDeps
  /** Whether the receiver wants no more. */
  #isGone = false

  constructor (deps: WebhookReaderDeps) {
    super({ ...deps, name: webhookReader(deps.webhook.id), start: 'head', isOrdered: deps.webhook.isOrdered })
    this.#deps = deps
  }

  /** The webhook, as it was when this reader began. */
  get webhook (): WebhookWithSecrets {
    return this.#deps.webhook
  }

  protected async read ({ seq: after }: Place, limit: number): Promise<Page<FeedEvent> | undefined> {
    const { types, company } = this.webhook
    // All webhooks look at the same moments.
    await ownTurn()
    const { events, upTo, isGone } = await this.#deps.store.feed({ after, limit, types, of: { company } })
    return isGone ? undefined : { items: events, upTo }
  }

  protected async attempt (event: FeedEvent, _n: number, signal: AbortSignal): Promise<Attempt> {
    const { epoch } = this.#deps.store
    const data = toItem(epoch, event)
    const attempt = await callWebhook(this.#deps.client, this.webhook, `${this.webhook.id}_${epoch}_${event.seq}`, { type: event.type, timestamp: data.at, data }, signal)
    if (attempt.status === 410) this.#isGone = true
    return attempt
  }

  protected override async move (token: number, { seq }: Place, done: Done<FeedEvent>[], missed: number): Promise<boolean> {
    const calls = done.map(({ call }) => call)
    const isGone = this.#isGone
    this.#isGone = false
    return await this.#deps.store.moveWebhook(this.webhook.id, token, {
      seq,
      calls,
      missed,
      keep: KEPT,
      hasDelivered: calls.some(({ state }) => state === 'delivered'),
      hasFailed: calls.some(({ state }) => state !== 'delivered'),
      isGone,
      // Never of a delivery of itself: a receiver that fails would be told of its own failures without an end.
      failed: calls.filter(({ state }) => state === 'failed').map(({ item }) => JSON.parse(item) as FeedEvent).filter(({ type }) => type !== 'delivery.failed')
        .map(({ notificationIds, userId, topic }) => ({ ...(notificationIds ? { notificationIds } : {}), ...(userId === undefined ? {} : { userId }), ...(topic === undefined ? {} : { topic }) }))
    }, FAILING_MS)
  }
}

/** Makes one call. Rejects only once `signal` is aborted. */
export async function callWebhook (client: Pick<OutboundClient, 'post'>, { url, secrets }: Pick<WebhookWithSecrets, 'url' | 'secrets'>, id: string, call: WebhookCall, signal?: AbortSignal): Promise<Attempt> {
  await ownTurn()
  const body = JSON.stringify(call)
  try {
    const { status, retryAfterMs } = await client.post({ url, headers: { 'content-type': 'application/json', ...signedHeaders(id, body, secrets, Date.now()) }, body, signal })
    return status >= 200 && status < 300 ? { isDone: true, status } : { isDone: false, status, error: `answered ${status}`, retryAfterMs }
  } catch (error) {
    signal?.throwIfAborted()
    return { isDone: false, status: null, error: (error as Error).message }
  }
}
