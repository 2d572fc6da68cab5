import type { Send } from '../../protocol/client-frames.ts'
import type { Sender } from '../api.ts'
import { errorOf, isTemporary, type Answer } from '../shared/answer.ts'
import { backoff } from '../shared/backoff.ts'
import { check } from '../shared/check.ts'
import type { Http } from '../connection/http.ts'
import type { Tokens } from '../connection/tokens.ts'
import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import { sleep, type Platform } from '../platform.ts'
import { queryOf } from '../shared/query.ts'
import { newId } from './id.ts'
import type { BatchItem, Broadcast, BroadcastTarget, SendOptions } from './types.ts'

/** How many requests run at once. */
const AT_ONCE = 32
/** The most items, and bytes of items, of one batch: the server takes 4 MiB with what is around them. */
const MAX_ITEMS = 500
const MAX_BYTES = 4_000_000

type Item = Send & { id: string }
type Result = BatchItem | BelfryError
/** A notification of a batch, and what came of it so far. */
interface Slot { item: Item, result?: Result }

/** A call of the application: what it asks for is done as the user of then, or not at all. */
interface Call { signal: AbortSignal | undefined, subject: string | undefined }

/**
 * Sends notifications, each exactly once or with an error: its id is made before the first attempt, and with the same id
 * the server takes any further attempt for the same notification.
 */
export function createSender (settings: Settings, platform: Platform, tokens: Tokens, http: Http): Sender {
  const { maxQueue, sendTimeout } = settings
  const { now, random } = platform
  /** Sends that are not settled. */
  let pending = 0
  let running = 0
  const waiting: (() => void)[] = []
  /** Until when the server wants nothing sent. */
  let notBefore = 0

  const hasOtherUser = ({ subject }: Call) => subject !== undefined && subject !== tokens.subject

  /** Runs a send of `count` notifications, unless too many wait already. */
  async function counted<T> (count: number, { signal }: SendOptions, fn: (call: Call) => Promise<T>): Promise<T> {
    if (pending > 0 && pending + count > maxQueue) throw new BelfryError('queue_full', `more than ${maxQueue} notifications wait to be sent`)
    pending += count
    try {
      return await fn({ signal, subject: tokens.subject })
    } finally {
      pending -= count
    }
  }

  /** Sends one notification. */
  function single (path: string, body: object, id: string, options: SendOptions = {}): Promise<any> {
    return counted(1, options, async call => {
      let answer: Answer | undefined
      const error = await repeat(call, async () => {
        try {
          answer = await post(path, body, call)
        } catch (error) {
          return error as BelfryError
        }
      })
      if (error) throw error.withId(id)
      return answer!.body
    })
  }

  /** Sends what is in the slots until each is sent or refused. Only what failed for a while is sent again. */
  async function batch (slots: Slot[], call: Call): Promise<void> {
    await repeat(call, async () => {
      const open = slots.filter(({ result }) => !result || mayPass(result))
      try {
        const answer = await post('/api/notifications/batch', { items: open.map(({ item }) => item) }, call)
        for (const [index, slot] of open.entries()) slot.result = resultOf(answer, index, slot.item.id)
      } catch (error) {
        for (const slot of open) slot.result = (error as BelfryError).withId(slot.item.id)
      }
      return slots.map(({ result }) => result).find(mayPass)
    })
  }

  /** Attempts something until it fails for good, or for too long. Returns the error of the last attempt. */
  async function repeat (call: Call, attempt: () => Promise<BelfryError | undefined>): Promise<BelfryError | undefined> {
    const deadline = now() + sendTimeout
    for (let count = 0; ; count++) {
      const error = await attempt()
      const pause = error?.retryAfter ?? 0
      const until = now() + pause + backoff(settings, random(), count)
      if (!mayPass(error) || call.signal?.aborted || hasOtherUser(call) || until > deadline) return error
      // Where the server asks for a pause, all others that send would be refused too.
      if (pause > 0) notBefore = Math.max(notBefore, until)
      await sleep(platform, until - now())
    }
  }

  /** One request, when it is its turn. Throws a `BelfryError` unless it succeeded. */
  async function post (path: string, body: object, call: Call): Promise<Answer> {
    if (running >= AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      await sleep(platform, notBefore - now())
      if (hasOtherUser(call)) throw new BelfryError('aborted', 'the user changed meanwhile')
      const answer = await http.call('POST', path, body, call.signal)
      if (answer.status >= 200 && answer.status < 300 && typeof answer.body === 'object') return answer
      throw errorOf(answer)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  return {
    async send (notification, options) {
      const body = sure(itemOf(notification))
      return single('/api/notifications/send', body, body.id, options)
    },
    async broadcast (target, notification, options) {
      const path = `/api/broadcast${pathOf(target)}`
      const { id, ...payload } = sure(itemOf(notification))
      return single(path, { id, type: 'notification', payload }, id, options)
    },
    async sendBatch (notifications, options = {}) {
      const slots = Array.from(notifications, (notification): Slot => {
        const item = itemOf(notification)
        return item instanceof BelfryError ? { item: notification as Item, result: item } : { item }
      })
      return counted(slots.length, options, async call => {
        for (const part of partsOf(slots.filter(({ result }) => !result))) await batch(part, call)
        return slots.map(({ result }) => result!)
      })
    }
  }
}

/** What is sent of a notification: as it is now, whatever becomes of it later, with an id. An error if it is no object of JSON. */
function itemOf<T extends Send | Broadcast> (notification: T): T & { id: string } | BelfryError {
  const id: unknown = notification?.id
  try {
    const item = JSON.parse(JSON.stringify(notification))
    if (typeof item !== 'object' || !item || Array.isArray(item)) throw new TypeError('it is no object')
    return { ...item, id: item.id ?? newId() }
  } catch (cause) {
    return new BelfryError('invalid', `cannot be sent as JSON: ${(cause as Error)?.message ?? cause}`, { id: typeof id === 'string' ? id : undefined, cause })
  }
}

function sure<T> (item: T | BelfryError): T {
  if (item instanceof BelfryError) throw item
  return item
}

/** What the answer to a batch says of an item. */
function resultOf ({ body, retryAfter }: Answer, index: number, id: string): Result {
  const result = body?.items?.[index]
  return typeof result?.id === 'string' ? result : errorOf({ status: result?.status ?? 200, body: result, retryAfter }, id)
}

/** Whether this is an error after which the same may succeed later: no answer came, or one that blames the moment. */
function mayPass (result: Result | undefined): result is BelfryError {
  return result instanceof BelfryError && (result.code === 'network' || isTemporary(result.status ?? 0))
}

function pathOf (target: BroadcastTarget): string {
  const { company, role, group } = target as { company?: string, role?: string, group?: string }
  const part = (name: string, value: string | undefined) => {
    check(value !== '', `broadcast: ${name} is empty`)
    return value === undefined ? '' : `/${name}/${encodeURIComponent(value)}`
  }
  if (group !== undefined) return part('group', group) + queryOf({ company })
  const path = part('company', company) + part('role', role)
  check(path !== '', 'broadcast needs a company, a role or a group')
  return path
}

/** Slots in parts of what one batch may have. */
function partsOf (slots: Slot[]): Slot[][] {
  const encoder = new TextEncoder()
  const parts: Slot[][] = []
  let bytes = Infinity
  for (const slot of slots) {
    const size = encoder.encode(JSON.stringify(slot.item)).length + 1
    if (bytes + size > MAX_BYTES || parts.at(-1)!.length === MAX_ITEMS) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)!.push(slot)
    bytes += size
  }
  return parts
}
