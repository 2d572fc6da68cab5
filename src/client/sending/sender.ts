import type { Send } from '../../protocol/client-frames.ts'
import type { Sender } from '../api.ts'
import { errorOf, isTemporary, type Answer } from '../shared/answer.ts'
import { backoff } from '../shared/backoff.ts'
import { check, checked, fieldsOf, isFunction, isObject, isTextOf } from '../shared/check.ts'
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
/** The most items, and characters of items, of one batch: the server takes 4 MiB, and a character has three bytes at most. */
const MAX_ITEMS = 500
const MAX_LENGTH = 1_333_333

/** A notification that is to be sent, its index in what the caller passed, and what came of it so far. */
interface Slot { _item: { id: string }, _index: number, _result?: Result }
type Result = { id: string } | BelfryError

/** A call of the application: what it asks for is done as the user of then, or not at all. */
interface Call { _signal: AbortSignal | undefined, _subject: string | undefined }

/** The body of a request. */
type BodyOf = (items: any[]) => object
/** The part of an answer's body that is about one of its notifications. */
type PartOf = (body: any, index: number, slot: Slot) => any

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

  const hasOtherUser = ({ _subject: subject }: Call) => subject !== undefined && subject !== tokens._subject

  /** Runs a send of `count` notifications, unless too many wait already. */
  async function counted<T> (count: number, options: SendOptions, fn: (call: Call) => Promise<T>): Promise<T> {
    const { signal } = checked('option', options, { signal: ['an AbortSignal', value => isFunction(value?.addEventListener)] })
    if (pending > 0 && pending + count > maxQueue) throw new BelfryError('queue_full', `more than ${maxQueue} notifications wait`)
    pending += count
    try {
      return await fn({ _signal: signal, _subject: tokens._subject })
    } finally {
      pending -= count
    }
  }

  /** Sends one notification. */
  function single (path: string, item: { id: string }, options: SendOptions = {}, bodyOf: BodyOf = ([item]) => item): Promise<any> {
    const slot: Slot = { _item: item, _index: 0 }
    return counted(1, options, async call => {
      await deliver([slot], call, path, bodyOf, body => body)
      if (slot._result instanceof BelfryError) throw slot._result
      return slot._result
    })
  }

  /** Attempts to send what is in the slots until each is sent or refused, or it takes too long. Only what may pass is sent again. */
  async function deliver (slots: Slot[], call: Call, path: string, bodyOf: BodyOf, partOf: PartOf): Promise<void> {
    const deadline = now() + sendTimeout
    for (let attempt = 0; ; attempt++) {
      const open = slots.filter(({ _result: result }) => !result || mayPass(result))
      const answer = await post(path, bodyOf(open.map(({ _item: item }) => item)), call).catch((error: BelfryError) => error)
      for (const [index, slot] of open.entries()) {
        let result = answer instanceof BelfryError ? answer : resultOf(answer, partOf(answer.body, index, slot))
        // What may pass is not tried again for another user: who catches it must not send it as that user either.
        if (mayPass(result) && hasOtherUser(call)) result = otherUser()
        slot._result = result instanceof BelfryError ? result.withId(slot._item.id) : result
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
      if (hasOtherUser(call)) throw otherUser()
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
    send: async (notification, options) => single('/api/notifications/send', itemOf(notification), options),
    broadcast: async (target, notification, options) => single(`/api/broadcast${pathOf(target)}`, itemOf(notification), options,
      ([{ id, ...payload }]) => ({ id, type: 'notification', payload })),
    async sendBatch (notifications, options = {}) {
      check(Array.isArray(notifications), 'notifications must be an array.')
      const slots = Array.from(notifications, (notification, index): Slot => {
        try {
          return { _item: itemOf(notification), _index: index }
        } catch (error) {
          return { _item: notification as never, _index: index, _result: error as BelfryError }
        }
      })
      return counted(slots.length, options, async call => {
        for (const part of partsOf(slots.filter(({ _result: result }) => !result))) {
          await deliver(part, call, '/api/notifications/batch', items => ({ items }), itemIn)
        }
        return slots.map(({ _result: result }) => result as BatchItem | BelfryError)
      })
    }
  }
}

/** What is sent of a notification: as it is now, whatever becomes of it later, with an id. Throws a `BelfryError` if it is no object of JSON. */
function itemOf (notification: Send | Broadcast): { id: string } {
  const id: unknown = notification?.id
  try {
    const item: any = JSON.parse(JSON.stringify(notification))
    check(isObject(item), 'no object')
    return { ...item, id: item.id ?? newId() }
  } catch (cause) {
    throw new BelfryError('invalid', `cannot be sent as JSON: ${String(cause)}`, { id: typeof id === 'string' ? id : undefined, cause })
  }
}

const otherUser = () => new BelfryError('aborted', 'another user is logged in')

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
