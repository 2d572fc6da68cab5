import type { ServerResponse } from 'node:http'
import type { Random } from '../../random.ts'
import { isSigned, Receiver, type Received } from '../../outbound/receiver.ts'
import type { scope } from '../../services/scope.ts'
import { within } from '../../within.ts'
import type { Answer } from '../api.ts'
import type { Journal } from '../journal.ts'
import { UNMUTED, type News, type Publish } from '../people.ts'
import type { Asking } from '../requests.ts'
import { Waiting } from '../waiting.ts'
import { Fates, HANGING_MS, type Fate } from './fates.ts'
import type { CallLog, HookLog } from './journal.ts'

export const TYPES = ['notification.sent', 'notification.updated', 'notification.acknowledged']
/** Of everybody, one after the other and as they come, and of each company. */
const HOOKS: Pick<HookLog, 'company' | 'isOrdered'>[] = [
  { company: null, isOrdered: true }, { company: null, isOrdered: false }, { company: 'company_a', isOrdered: true }, { company: 'company_b', isOrdered: false }
]
/** Receivers of webhooks that fail, hang and come back, until it is over. */
export class Hooks {
  /** Whether there are any. */
  isOn = false
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  readonly #t: ReturnType<typeof scope>['t']
  readonly #waiting = new Waiting()
  #isOver = false

  constructor (random: Random, journal: Journal, ask: (asking: Asking) => Promise<Answer>, t: ReturnType<typeof scope>['t']) {
    this.#random = random
    this.#journal = journal
    this.#ask = ask
    this.#t = t
  }

  /** Opens the receivers, and has them called for all that comes from now on. */
  async begin (): Promise<void> {
    if (this.isOn) for (const hook of HOOKS) await this.#open(hook)
  }

  /** Waits until each has taken everything; one that never has, is for the checker to tell. */
  async settled (publish: Publish): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#journal.hooks.map(async hook => {
      const news: News = { audience: hook.company === null ? { all: true } : { companies: [hook.company] }, topic: UNMUTED }
      // What lies before the first has been tried when the second comes: a step begins after the one before.
      for (const { id, cursor } of [await publish(news), await publish(news)]) {
        hook.until ??= cursor
        await within(this.#waiting.until(() => hook.calls.some(({ notification, isTaken }) => notification === id && isTaken)), 'the last call').catch(() => {})
      }
      await within(this.#waiting.until(() => isSettled(hook)), 'all calls').catch(() => {})
    }))
  }

  async #open ({ company, isOrdered }: Pick<HookLog, 'company' | 'isOrdered'>): Promise<void> {
    const receiver = await Receiver.open(this.#t)
    const body = { url: receiver.url, types: TYPES, ordered: isOrdered, ...(company === null ? {} : { company }) }
    const { status, body: { id, secret } } = await this.#ask({ method: 'POST', path: '/api/webhooks', body })
    if (status !== 201) throw new Error(`a webhook was refused: ${status}`)
    const hook: HookLog = { id, company, isOrdered, calls: [] }
    this.#journal.hooks.push(hook)
    const fates = new Fates(this.#random)
    receiver.answer = (response, call) => {
      const logged = toLog(call, secret)
      hook.calls.push(logged)
      this.#answer(response, logged, fates.next(!this.#isOver))
    }
  }

  /** Takes most of them. */
  #answer (response: ServerResponse, call: CallLog, fate: Fate): void {
    if (fate === 'away') response.destroy()
    else if (fate === 'refused') response.writeHead(503, this.#random.oneIn(2) ? { 'retry-after': '0' } : {}).end()
    else if (fate === 'hung') setTimeout(() => { response.destroy() }, HANGING_MS)
    else {
      call.isTaken = true
      response.end()
      this.#waiting.wake()
    }
  }
}

/** Whether all that it was called for was taken in the end. */
function isSettled ({ calls }: HookLog): boolean {
  const taken = new Set(calls.filter(({ isTaken }) => isTaken).map(({ id }) => id))
  return calls.every(({ id }) => taken.has(id))
}

function toLog (call: Received, secret: string): CallLog {
  const { headers, text, body: { type, data: { cursor, notification_ids: [notification = ''] = [], user_id: user } } } = call
  return { id: String(headers['webhook-id']), isSigned: isSigned(call, secret), text, type, cursor, notification, user, isTaken: false }
}
