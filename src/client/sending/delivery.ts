import { errorOf, isTemporary, type Answer } from '../shared/answer.ts'
import { backoff } from '../shared/backoff.ts'
import { check, fieldsOf, isObject, isTextOf } from '../shared/check.ts'
import type { Http } from '../connection/http.ts'
import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import { sleep, type Platform } from '../platform.ts'
import { queryOf } from '../shared/query.ts'
import { newId } from './id.ts'
import type { BatchItem, BroadcastTarget } from './types.ts'

/** How many requests run at once. */
const AT_ONCE = 32
/** The most items, and characters of items, of one batch: the server takes 4 MiB, and a character has three bytes at most. */
const MAX_ITEMS = 500
const MAX_LENGTH = 1_333_333

/** A notification that is to be sent, its index in what the caller passed, and what came of it so far. */
interface Slot { _item: { id: string }, _index: number, _result?: Result }
type Result = { id: string } | BelfryError

/** A call of the application: what it asks for is done as the user of then, or not at all. */
export interface Call {
  _signal: AbortSignal | undefined
  _calledAt: number
  /** The error of this call, if its user is not logged in any more. */
  _otherUser (): BelfryError | undefined
}

/** Delivers notifications. Each is the text of its JSON, or what cannot be written as that. */
export interface Delivery {
  _send (notification: unknown, call: Call): Promise<any>
  _broadcast (target: BroadcastTarget, notification: unknown, call: Call): Promise<any>
  _sendBatch (notifications: readonly unknown[], call: Call): Promise<(BatchItem | BelfryError)[]>
}

/** The body of a request. */
type BodyOf = (items: any[]) => object
/** The part of an answer's body that is about one of its notifications. */
type PartOf = (body: any, index: number, slot: Slot) => any

/**
 * Sends notifications, each exactly once or with an error: its id is made before the first attempt, and with the same id
 * the server takes any further attempt for the same notification.
 */
export function createDelivery (settings: Settings, platform: Platform, http: Http): Delivery {
  const { now, random } = platform
  let running = 0
  const waiting: (() => void)[] = []
  /** Until when the server wants nothing sent. */
  let notBefore = 0

  /** Sends one notification. */
  async function single (path: string, item: { id: string }, call: Call, bodyOf: BodyOf = ([item]) => item): Promise<any> {
    const slot: Slot = { _item: item, _index: 0 }
    await deliver([slot], call, call._calledAt, path, bodyOf, body => body)
    if (slot._result instanceof BelfryError) throw slot._result
    return slot._result
  }

  /**
   * Attempts to send what is in the slots until each is sent or refused, or it takes too long, counted from `since`. Only what may
   * pass is sent again.
   */
  async function deliver (slots: Slot[], call: Call, since: number, path: string, bodyOf: BodyOf, partOf: PartOf): Promise<void> {
    const deadline = since + settings.sendTimeout
    for (let attempt = 0; ; attempt++) {
      const open = slots.filter(({ _result: result }) => !result || mayPass(result))
      const answer = await post(path, bodyOf(open.map(({ _item: item }) => item)), call).catch((error: BelfryError) => error)
      for (const [index, slot] of open.entries()) {
        const result = answer instanceof BelfryError ? answer : resultOf(answer, partOf(answer.body, index, slot))
        // What may pass is not tried again for another user: who catches it must not send it as that user either.
        const final = (mayPass(result) && call._otherUser()) || result
        slot._result = final instanceof BelfryError ? withId(final, slot._item.id) : final
      }
      const failed = slots.map(({ _result: result }) => result).find(mayPass)
      const pause = failed?.retryAfter ?? 0
      const until = now() + pause + backoff(settings, random(), attempt)
      if (!failed || call._signal?.aborted || until > deadline) return
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
      const otherUser = call._otherUser()
      if (otherUser) throw otherUser
      const answer = await http._call('POST', path, body, call._signal)
      if (answer.status >= 200 && answer.status < 300) return answer
      throw errorOf(answer)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  return {
    _send: async (notification, call) => single('/api/notifications/send', itemOf(notification), call),
    _broadcast: async (target, notification, call) => single(`/api/broadcast${pathOf(target)}`, itemOf(notification), call,
      ([{ id, ...payload }]) => ({ id, type: 'notification', payload })),
    async _sendBatch (notifications, call) {
      const slots = notifications.map((notification, index): Slot => {
        try {
          return { _item: itemOf(notification), _index: index }
        } catch (error) {
          return { _item: notification as never, _index: index, _result: error as BelfryError }
        }
      })
      let since = call._calledAt
      for (const part of partsOf(slots.filter(({ _result: result }) => !result))) {
        await deliver(part, call, since, '/api/notifications/batch', items => ({ items }), itemIn)
        since = now()
      }
      return slots.map(({ _result: result }) => result as BatchItem | BelfryError)
    }
  }
}

/** What is sent of a notification, with an id. Throws a `BelfryError` if it is no object of JSON. */
function itemOf (notification: any): { id: string } {
  try {
    const item: any = JSON.parse(typeof notification === 'string' ? notification : JSON.stringify(notification))
    check(isObject(item), 'no object')
    return { ...item, id: item.id ?? newId() }
  } catch (cause) {
    const id: unknown = notification?.id
    throw new BelfryError('invalid', `cannot be sent as JSON: ${String(cause)}`, { id: typeof id === 'string' ? id : undefined, cause })
  }
}

/** The same error, of one notification among several. */
function withId (error: BelfryError, id: string): BelfryError {
  return new BelfryError(error.code, error.message, { ...error, cause: error.cause, id })
}

/** Whether this is an error after which the same may succeed later: no answer came, or one that blames the moment. */
function mayPass (result: Result | undefined): result is BelfryError {
  return result instanceof BelfryError && (result.code === 'network' || isTemporary(result.status ?? 0))
}

/** What came of a notification, by the part of an answer that is about it. */
function resultOf ({ retryAfter }: Answer, part: any): Result {
  return typeof part?.id === 'string' ? part : errorOf({ status: part?.status ?? 200, body: part, retryAfter })
}

/** What an answer says of an item of a batch, with paths in the array of the caller: the request had a part of it. */
function itemIn (body: any, index: number, slot: Slot): any {
  const part = body?.items?.[index]
  const errors = part?.errors?.map?.((error: any) => ({ ...error, path: String(error?.path).replace(/^\/items\/\d+/, `/items/${slot._index}`) }))
  return errors ? { ...part, errors } : part
}

/** The path of a broadcast. Throws a TypeError for a target that is not fully understood: it would reach others than meant. */
function pathOf (target: BroadcastTarget): string {
  // An undefined field is one that the application believes to narrow by.
  for (const [name, value] of fieldsOf('target', target, ['company', 'role', 'group'])) check(isTextOf(/./)(value), `${name} is empty or no text`)
  const { company, role, group } = target
  check(!!(group ? !role : company || role), 'target must have a company, a role or both, or a group.')
  const part = (name: keyof BroadcastTarget) => target[name] ? `/${name}/${encodeURIComponent(target[name])}` : ''
  return group ? part('group') + queryOf({ company }) : part('company') + part('role')
}

/** Slots in parts of what one batch may have. */
function partsOf (slots: Slot[]): Slot[][] {
  const parts: Slot[][] = []
  let length = Infinity
  for (const slot of slots) {
    const size = JSON.stringify(slot._item).length + 1
    if (length + size > MAX_LENGTH || parts.at(-1)!.length === MAX_ITEMS) {
      parts.push([])
      length = 0
    }
    parts.at(-1)!.push(slot)
    length += size
  }
  return parts
}
