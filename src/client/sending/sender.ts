import type { Send } from '../../protocol/client-frames.ts'
import { errorOf, type Answer, type Http } from '../connection/http.ts'
import { Backoff } from '../connection/rules.ts'
import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { Platform } from '../platform.ts'
import { newId } from './id.ts'
import type { BatchItem, Broadcast, Broadcasted, BroadcastTarget, Scheduled, Sent } from './types.ts'

/** How many requests run at once. */
const AT_ONCE = 32
/** The most items, and bytes of items, of one batch: the server takes 4 MiB with what is around them. */
const MAX_ITEMS = 500
const MAX_BYTES = 4_000_000

export interface SendOptions {
  /** Gives up when it is aborted: whether the notification was sent is not known then. */
  signal?: AbortSignal | undefined
}

/** A call of the application: what it asks for is done as the user of then, or not at all. */
interface Call { signal: AbortSignal | undefined, subject: string | undefined }

/**
 * Sends notifications, each exactly once or with an error: its id is made before the first attempt, and with the same id
 * the server takes any further attempt for the same notification.
 */
export class Sender {
  readonly #settings: Settings
  readonly #platform: Platform
  readonly #http: Http
  /** Sends that are not settled. */
  #pending = 0
  #running = 0
  readonly #waiting: (() => void)[] = []
  /** Until when the server wants nothing sent. */
  #notBefore = 0

  constructor (settings: Settings, platform: Platform, http: Http) {
    this.#settings = settings
    this.#platform = platform
    this.#http = http
  }

  async send (notification: Send, { signal }: SendOptions = {}): Promise<Sent | Scheduled> {
    const body = sure(itemOf(notification))
    return await this.#counted(1, async () => await this.#deliver('/api/notifications/send', body, body.id, this.#call(signal)))
  }

  async broadcast (target: BroadcastTarget, notification: Broadcast, { signal }: SendOptions = {}): Promise<Broadcasted | Scheduled> {
    const path = `/api/broadcast${pathOf(target)}`
    const { id, ...payload } = sure(itemOf(notification))
    return await this.#counted(1, async () => await this.#deliver(path, { id, type: 'notification', payload }, id, this.#call(signal)))
  }

  async sendBatch (notifications: readonly Send[], { signal }: SendOptions = {}): Promise<(BatchItem | BelfryError)[]> {
    const items = Array.from(notifications, itemOf)
    const good = items.filter((item): item is Item => !(item instanceof BelfryError))
    return await this.#counted(items.length, async () => {
      const results = new Map<Item, BatchItem | BelfryError>()
      const call = this.#call(signal)
      for (const part of partsOf(good)) await this.#deliverBatch(part, results, call)
      return items.map(item => item instanceof BelfryError ? item : results.get(item)!)
    })
  }

  #call (signal: AbortSignal | undefined): Call {
    return { signal, subject: this.#http.subject }
  }

  /** Runs a send of `count` notifications, unless too many wait already. */
  async #counted<T> (count: number, fn: () => Promise<T>): Promise<T> {
    if (this.#pending > 0 && this.#pending + count > this.#settings.maxQueue) throw new BelfryError('queue_full', `More than ${this.#settings.maxQueue} notifications wait to be sent.`)
    this.#pending += count
    try {
      return await fn()
    } finally {
      this.#pending -= count
    }
  }

  async #deliver (path: string, body: object, id: string, call: Call): Promise<any> {
    for (const retry = this.#retries(call); ;) {
      const { answer, error } = await this.#request(path, body, id, call)
      if (!error) return answer!.body
      await retry(error, answer)
    }
  }

  /** Sends the items until each is sent or refused. Only those that failed for a while are sent again. */
  async #deliverBatch (items: readonly Item[], results: Map<Item, BatchItem | BelfryError>, call: Call): Promise<void> {
    for (const retry = this.#retries(call); ;) {
      const open = items.filter(item => !results.has(item) || isTemporary(results.get(item)!))
      const { answer, error } = await this.#request('/api/notifications/batch', { items: open }, undefined, call)
      for (const [index, item] of open.entries()) results.set(item, error?.withId(item.id) ?? resultOf(answer?.body?.items?.[index], item.id))
      const failed = items.map(item => results.get(item)!).find(isTemporary)
      if (!failed) break
      try {
        await retry(failed as BelfryError, answer)
      } catch {
        break
      }
    }
  }

  /** One request, when it is its turn. `error`: what to throw if there is no further one. */
  async #request (path: string, body: object, id: string | undefined, { signal, subject }: Call): Promise<{ answer?: Answer, error?: BelfryError }> {
    if (this.#running >= AT_ONCE) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#running++
    try {
      await this.#until(this.#notBefore)
      if (subject !== undefined && subject !== this.#http.subject) throw new BelfryError('aborted', 'The user changed meanwhile.')
      const answer = await this.#http.call('POST', path, body, signal)
      const isDone = answer.status >= 200 && answer.status < 300 && typeof answer.body === 'object'
      return isDone ? { answer } : { answer, error: errorOf(answer, id) }
    } catch (error) {
      if (!(error instanceof BelfryError)) throw error
      return { error: error.withId(id) }
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  /** Makes a function that waits before the next attempt, or throws the error of the last one. */
  #retries ({ signal, subject }: Call): (error: BelfryError, answer: Answer | undefined) => Promise<void> {
    const { minReconnectDelay, maxReconnectDelay, sendTimeout } = this.#settings
    const { now, random } = this.#platform
    const backoff = new Backoff(minReconnectDelay, maxReconnectDelay)
    const deadline = now() + sendTimeout
    return async (error, answer) => {
      const wait = backoff.next(random(), answer?.retryAfter ?? 0)
      const until = now() + wait
      const isOver = signal?.aborted || (subject !== undefined && subject !== this.#http.subject)
      if (!isTemporary(error) || isOver || until > deadline) throw error
      // Where the server asks for a pause, all others that send would be refused too.
      if (answer?.retryAfter) this.#notBefore = Math.max(this.#notBefore, until)
      await this.#until(until)
    }
  }

  async #until (time: number): Promise<void> {
    const wait = time - this.#platform.now()
    if (wait > 0) await new Promise<void>(resolve => { this.#platform.after(wait, resolve) })
  }
}

type Item = Send & { id: string }

/** What is sent of a notification: as it is now, whatever becomes of it later, with an id. An error if it is no object of JSON. */
function itemOf<T extends Send | Broadcast> (notification: T): T & { id: string } | BelfryError {
  const givenId: unknown = notification?.id
  const id = typeof givenId === 'string' ? givenId : undefined
  try {
    const item = JSON.parse(JSON.stringify(notification))
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) return { ...item, id: item.id ?? newId() }
    return new BelfryError('invalid', 'A notification must be an object.', { id })
  } catch (cause) {
    return new BelfryError('invalid', `The notification cannot be written as JSON: ${cause instanceof Error ? cause.message : cause}.`, { id, cause })
  }
}

function sure<T> (item: T | BelfryError): T {
  if (item instanceof BelfryError) throw item
  return item
}

/** What the answer to a batch says of an item. */
function resultOf (result: any, id: string | undefined): BatchItem | BelfryError {
  return typeof result?.id === 'string' ? result : errorOf({ status: result?.status ?? 200, body: result }, id)
}

/** Whether the same may succeed later: no answer came, or one that blames the moment. A store that is full needs its operator. */
function isTemporary (result: BatchItem | BelfryError): boolean {
  if (!(result instanceof BelfryError)) return false
  const { code, status = 0 } = result
  return code === 'network' || status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507)
}

function pathOf (target: BroadcastTarget): string {
  const { company, role, group } = target as { company?: string, role?: string, group?: string }
  const part = (name: string, value: string | undefined) => {
    if (value === '') throw new TypeError(`broadcast: ${name} is empty.`)
    return value === undefined ? '' : `/${name}/${encodeURIComponent(value)}`
  }
  if (group !== undefined) return part('group', group) + (company === undefined ? '' : `?company=${encodeURIComponent(company)}`)
  if (company === undefined && role === undefined) throw new TypeError('broadcast needs a company, a role or a group. To send to everyone, use send.')
  return part('company', company) + part('role', role)
}

/** Items in parts of what one batch may have. */
function * partsOf (items: Item[]): Generator<Item[]> {
  const encoder = new TextEncoder()
  let part: Item[] = []
  let bytes = 0
  for (const item of items) {
    const size = encoder.encode(JSON.stringify(item)).length + 1
    if (part.length === MAX_ITEMS || (part.length > 0 && bytes + size > MAX_BYTES)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(item)
    bytes += size
  }
  if (part.length > 0) yield part
}
