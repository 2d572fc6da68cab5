import type { ServerResponse } from 'node:http'
import { PushService, type Pushed } from '../../outbound/push/service.ts'
import type { Random } from '../../random.ts'
import type { scope } from '../../services/scope.ts'
import { within } from '../../within.ts'
import type { Answer } from '../api.ts'
import type { Journal } from '../journal.ts'
import { members, UNMUTED, type Publish } from '../people.ts'
import type { Asking } from '../requests.ts'
import { Waiting } from '../waiting.ts'
import { Fates, HANGING_MS } from '../webhooks/fates.ts'
import type { PushedLog, PushLog } from './journal.ts'

/** Users with browsers, one of them with two, who mute nothing; none of their devices says what it has. */
const BROWSERS = { erin: ['erin-1', 'erin-2'], 'company_b.one': ['company_b.one'], 'company_b.guest': ['company_b.guest'] }
const users = members.filter(({ id }) => Object.hasOwn(BROWSERS, id))
/** Browsers whose push service fails, hangs and comes back, until it is over; now and then somebody reads something at once. */
export class Pushes {
  /** Whether there are any. */
  isOn = false
  /** Whether their push service takes everything, at once. */
  isCalm = false
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  readonly #t: ReturnType<typeof scope>['t']
  readonly #waiting = new Waiting()
  readonly #logs = new Map<string, PushLog>()
  readonly #fates: Fates
  #isOver = false

  constructor (random: Random, journal: Journal, ask: (asking: Asking) => Promise<Answer>, t: ReturnType<typeof scope>['t']) {
    this.#random = random
    this.#journal = journal
    this.#ask = ask
    this.#t = t
    this.#fates = new Fates(random)
  }

  /** Opens the push service, and subscribes. */
  async begin (): Promise<void> {
    if (!this.isOn) return
    const service = await PushService.open(this.#t)
    service.answer = (pushed, response) => this.#take(pushed, response)
    this.#journal.pushFaults = service.faults
    for (const member of users) {
      for (const name of BROWSERS[member.id as keyof typeof BROWSERS]) {
        const { subscription } = service.subscribe(name)
        const { status } = await this.#ask({ method: 'POST', path: '/api/push/subscriptions', body: subscription, member })
        if (status >= 300) throw new Error(`a push subscription was refused: ${status}`)
        const log: PushLog = { user: member.id, pushes: [] }
        this.#logs.set(name, log)
        this.#journal.pushes.push(log)
      }
    }
  }

  /** Whether somebody is to be reached by push alone. */
  isFor ({ id }: { id: string }): boolean {
    return this.isOn && Object.hasOwn(BROWSERS, id)
  }

  /** Now and then somebody reads what was just sent, if it is for them. */
  async act (id: string): Promise<void> {
    if (this.isOn && this.#random.oneIn(8)) await this.read(id)
  }

  async read (id: string, member = this.#random.pick(users)): Promise<void> {
    const { status } = await this.#ask({ method: 'PUT', path: `/api/notifications/${id}/read`, member })
    this.#journal.reads.push({ user: member.id, id, status, at: Date.now() })
  }

  /** Waits until each browser has got everything; one that never has, is for the checker to tell. */
  async settled (publish: Publish): Promise<void> {
    this.#isOver = true
    const logs = this.#journal.pushes
    if (logs.length === 0) return
    // What lies before the first has been tried when the second comes: a step begins after the one before.
    for (const { id, cursor } of [await publish({ audience: { all: true }, topic: UNMUTED }), await publish({ audience: { all: true }, topic: UNMUTED })]) {
      for (const log of logs) log.until ??= cursor
      const has = ({ pushes }: PushLog) => pushes.some(push => push.id === id && push.isTaken)
      await within(this.#waiting.until(() => logs.every(has)), 'the last push').catch(() => {})
    }
    await within(this.#waiting.until(() => logs.every(log => this.#isSettled(log))), 'all pushes').catch(() => {})
  }

  /** Whether all that came was taken in the end, but for what may have been read, recalled or replaced meanwhile, or acknowledged, or left behind. */
  #isSettled ({ user, pushes }: PushLog): boolean {
    const { publications, reads, recalls, acknowledgements, members } = this.#journal
    const taken = new Set(pushes.filter(({ isTaken }) => isTaken).map(({ id }) => id))
    const isOver = (id: string) => publications.get(id)?.replaceKey !== undefined || recalls.some(recall => recall.id === id) ||
      [...reads, ...acknowledgements].some(done => done.user === user && done.id === id)
    return members.find(({ id }) => id === user)!.moves || pushes.every(({ id }) => taken.has(id) || isOver(id))
  }

  /** Takes most of them. */
  #take ({ name, headers, payload: { id, title } }: Pushed, response: ServerResponse): number | undefined {
    const log: PushedLog = { id, title, topic: String(headers['topic']), at: Date.now(), isTaken: false }
    this.#logs.get(name)!.pushes.push(log)
    const fate = this.#fates.next(!this.isCalm && !this.#isOver)
    if (fate === 'away') response.destroy()
    else if (fate === 'refused') {
      if (this.#random.oneIn(2)) response.setHeader('retry-after', '0')
      return 503
    } else if (fate === 'hung') setTimeout(() => { response.destroy() }, HANGING_MS)
    else {
      log.isTaken = true
      this.#waiting.wake()
      return 201
    }
    return undefined
  }
}
