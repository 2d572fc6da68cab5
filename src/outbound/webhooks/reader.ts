import { webhookReader } from '../../log/readers.ts'
import type { WebhookCall } from '../../protocol/outbound/webhook.ts'
import type { FeedEvent } from '../../store/contract/feed.ts'
import type { Place, ReaderState } from '../../store/contract/readers.ts'
import type { WebhookWithSecrets } from '../../store/contract/webhooks.ts'
import type { Store } from '../../store/store.ts'
import type { OutboundClient } from '../client/client.ts'
import { toItem } from '../feed.ts'
import { LateCalls } from '../late.ts'
import { NOT_ANSWERED } from '../outcome.ts'
import { AT_ONCE, MAX_PENDING, Reader, type ReaderDeps } from '../reader.ts'
import type { Attempt, Done, Page, Work } from '../work.ts'
import { ownTurn } from '../turn.ts'
import { signedHeaders } from './sign.ts'

export interface WebhookReaderDeps extends Omit<ReaderDeps, 'name' | 'start' | 'isOrdered' | 'store'> {
  webhook: WebhookWithSecrets
  store: ReaderDeps['store'] & Pick<Store, 'calls' | 'feed' | 'moveWebhook' | 'epoch'>
  client: Pick<OutboundClient, 'post'>
}

/** How long nothing must have been delivered before a webhook is disabled, milliseconds. */
const FAILING_MS = 5 * 86_400_000
/** How long a call is waited for before the others go on without it, milliseconds. */
const LATE_MS = 500
/** How many delivered calls are kept for who looks at a webhook. */
const KEPT = 200

/** Calls one webhook. A call that takes long holds up the others only where they are ordered: else it has a row of its own meanwhile, as one that failed. */
export class WebhookReader extends Reader<FeedEvent> {
  readonly #deps: WebhookReaderDeps
  readonly #calls = new LateCalls<Work<FeedEvent>, Attempt>(() => this.wakeWithin(0))
  /** How many calls are under way, waited for or not. */
  #underWay = 0
  /** The lease under which what is out was begun. */
  #token: number | undefined
  #isEnding = false
  /** Whether it was answered 410: nothing more begins, unless that could not be written down. */
  #isGone = false
  #isOver = false

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

  protected override async state (): Promise<ReaderState | undefined> {
    const state = await super.state()
    if (this.#calls.hasLate) return state && { ...state, dueIn: 0 }
    return state && this.#isFull ? { ...state, dueIn: null, pending: Infinity } : state
  }

  protected override async due (limit: number): Promise<Work<FeedEvent>[]> {
    if (this.#token !== this.token) {
      this.#token = this.token
      this.#isGone = false
      // Another node had the lease meanwhile: it knows what came of them.
      this.#calls.forget()
      return await this.#left(limit)
    }
    const late = this.#calls.late(limit).map(({ of }) => of)
    const failed = late.length < limit ? await super.due(limit - late.length) : []
    return [...late, ...failed.filter(({ item }) => !this.#calls.has(nameOf(item)))]
  }

  /** What was out at the node that had the lease before: that one writes down nothing any more. */
  async #left (limit: number): Promise<Work<FeedEvent>[]> {
    const pending = await this.#deps.store.calls(this.deps.name, { state: 'pending', limit: MAX_PENDING })
    return pending.filter(({ error }) => error === NOT_ANSWERED.error).slice(0, limit).map(({ item, n }) => ({ item: JSON.parse(item) as FeedEvent, n }))
  }

  protected override hasRoom (event: FeedEvent): boolean {
    return this.#calls.has(nameOf(event)) || !this.#isFull
  }

  /** Whether it wrote down that its webhook is gone: one that is active again needs another reader. */
  get isOver (): boolean {
    return this.#isOver
  }

  get #isFull (): boolean {
    return this.#isEnding || this.#isGone || this.#underWay >= AT_ONCE
  }

  protected async attempt (event: FeedEvent, n: number, signal: AbortSignal): Promise<Attempt> {
    const key = nameOf(event)
    const late = this.#calls.sent(key)
    if (late) return late
    // A replay came past it.
    if (this.#calls.has(key)) return NOT_ANSWERED
    const call = async (signal: AbortSignal) => await this.#call(event, signal)
    if (this.webhook.isOrdered) return await call(signal)
    return await this.#calls.make({ key, of: { item: event, n: n - 1 }, call, waitMs: LATE_MS, signal }) ?? NOT_ANSWERED
  }

  async #call (event: FeedEvent, signal: AbortSignal): Promise<Attempt> {
    const { epoch } = this.#deps.store
    const data = toItem(epoch, event)
    this.#underWay++
    try {
      const attempt = await callWebhook(this.#deps.client, this.webhook, `${this.webhook.id}_${epoch}_${event.seq}`, { type: event.type, timestamp: data.at, data }, this.now, signal)
      if (isGone(attempt)) this.#isGone = true
      return attempt
    } finally {
      this.#underWay--
    }
  }

  /** Calls nobody any more. Those that are under way have `graceMs` milliseconds to end, whether they are waited for or not. */
  override async stop (graceMs = this.graceMs): Promise<void> {
    this.#isEnding = true
    if (!this.webhook.isOrdered) await this.lastSteps(async () => await this.#calls.ended(graceMs))
    await super.stop(graceMs)
    this.#calls.stop()
  }

  protected override async move (token: number, { seq }: Place, done: Done<FeedEvent>[], missed: number): Promise<boolean> {
    const calls = done.map(({ call }) => call)
    const hasMoved = await this.#deps.store.moveWebhook(this.webhook.id, token, {
      seq,
      calls,
      missed,
      keep: KEPT,
      hasDelivered: done.some(({ attempt }) => attempt.isDone),
      hasFailed: done.some(({ attempt }) => !attempt.isDone && !attempt.isOut),
      isGone: done.some(({ attempt }) => isGone(attempt)),
      // Never of a delivery of itself: a receiver that fails would be told of its own failures without an end.
      failed: calls.filter(({ state }) => state === 'failed').map(({ item }) => JSON.parse(item) as FeedEvent).filter(({ type }) => type !== 'delivery.failed')
        .map(({ notificationIds, userId, topic }) => ({ ...(notificationIds ? { notificationIds } : {}), ...(userId === undefined ? {} : { userId }), ...(topic === undefined ? {} : { topic }) }))
    }, FAILING_MS).catch((error: unknown) => {
      this.#isGone = false
      throw error
    })
    this.#isGone &&= hasMoved
    this.#isOver = this.#isGone
    if (hasMoved) for (const { item, attempt } of done) if (attempt.isDone || !attempt.isOut) this.#calls.settle(nameOf(item))
    return hasMoved
  }
}

const isGone = ({ status }: Attempt) => status === 410

/** What a call is known by among those of a webhook. */
function nameOf ({ seq }: FeedEvent): string {
  return String(seq)
}

/** Makes one call; `now` is the time it is signed with, milliseconds since 1970. Rejects only once `signal` is aborted. */
export async function callWebhook (client: Pick<OutboundClient, 'post'>, { url, secrets }: Pick<WebhookWithSecrets, 'url' | 'secrets'>, id: string, call: WebhookCall, now: number, signal?: AbortSignal): Promise<Attempt> {
  await ownTurn()
  const body = JSON.stringify(call)
  try {
    const { status, retryAfterMs } = await client.post({ url, headers: { 'content-type': 'application/json', ...signedHeaders(id, body, secrets, now) }, body, signal })
    return status >= 200 && status < 300 ? { isDone: true, status } : { isDone: false, status, error: `answered ${status}`, retryAfterMs }
  } catch (error) {
    signal?.throwIfAborted()
    return { isDone: false, status: null, error: (error as Error).message }
  }
}
