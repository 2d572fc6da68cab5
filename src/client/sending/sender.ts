import type { Sender } from '../api.ts'
import { backoff } from '../shared/backoff.ts'
import { check, checked, isFunction, isObject } from '../shared/check.ts'
import type { Http } from '../connection/http.ts'
import type { Tokens } from '../connection/tokens.ts'
import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import { sleep, within, type Platform } from '../platform.ts'
import type { Call, Delivery } from './delivery.ts'
import type { SendOptions } from './types.ts'

/**
 * Takes what is to be sent, and loads what delivers it with the first of them: most pages only receive. Loading is tried as
 * sending is: for `sendTimeout`.
 */
export function createSender (settings: Settings, platform: Platform, tokens: Tokens, http: Http, load = () => import('./delivery.ts')): Sender {
  const { maxQueue, sendTimeout, timeout } = settings
  const { now, random } = platform
  /** Sends that are not settled. */
  let pending = 0
  /** The attempt to load it, and the pause before the next one: all that wait share them, so they begin in their order. */
  let loading: Promise<Delivery> | undefined
  let paused: Promise<void> | undefined
  let attempts: number
  let pause: number

  async function attempt (): Promise<Delivery> {
    try {
      const { createDelivery } = await within(platform, timeout, load)
      return createDelivery(settings, platform, http)
    } catch (cause) {
      loading = undefined
      pause = backoff(settings, random(), attempts++)
      throw cause
    }
  }

  async function loaded ({ _signal: signal, _calledAt: calledAt, _otherUser: otherUser }: Call): Promise<Delivery> {
    if (!loading && !paused) attempts = 0
    while (true) {
      if (paused) await paused
      try {
        return await (loading ??= attempt())
      } catch (cause) {
        if (signal?.aborted) throw new BelfryError('aborted', 'the call was aborted', { cause })
        if (now() + pause > calledAt + sendTimeout) throw otherUser() ?? new BelfryError('network', `what sends could not be loaded; after an update of the server, reload the page: ${String(cause)}`, { cause })
        paused ??= sleep(platform, pause).then(() => { paused = undefined })
      }
    }
  }

  /** Runs a send of `count` notifications, unless too many wait already. */
  async function counted<T> (count: number, options: SendOptions = {}, fn: (delivery: Delivery, call: Call) => Promise<T>): Promise<T> {
    const { signal } = checked('option', options, { signal: ['an AbortSignal', value => isFunction(value?.addEventListener)] })
    if (pending > 0 && pending + count > maxQueue) throw new BelfryError('queue_full', `more than ${maxQueue} notifications wait`)
    // An API key says of no user that it is theirs.
    const { _subject: subject, _current: token } = tokens
    const call: Call = {
      _signal: signal,
      _calledAt: now(),
      _otherUser: () => (subject ?? token) === undefined || subject === tokens._subject ? undefined : new BelfryError('aborted', 'its user is not logged in any more')
    }
    pending += count
    try {
      return await fn(await loaded(call), call)
    } finally {
      pending -= count
    }
  }

  return {
    async send (notification, options) {
      const text = textOf(notification)
      return counted(1, options, (delivery, call) => delivery._send(text, call))
    },
    async broadcast (target, notification, options) {
      // An undefined field must stay one, to be refused.
      const [copy, text] = [isObject(target) ? { ...target } : target, textOf(notification)]
      return counted(1, options, (delivery, call) => delivery._broadcast(copy, text, call))
    },
    async sendBatch (notifications, options) {
      check(Array.isArray(notifications), 'notifications must be an array.')
      const texts = Array.from(notifications, textOf)
      return counted(texts.length, options, (delivery, call) => delivery._sendBatch(texts, call))
    }
  }
}

/** A notification as it is now, whatever becomes of it later; what cannot be written as JSON as it was passed, to be refused. */
function textOf (notification: unknown): unknown {
  try {
    return JSON.stringify(notification) ?? notification
  } catch {
    return notification
  }
}
