import type { AgeLimit } from '../../log/age-limit.ts'
import { PUSH_READER } from '../../log/readers.ts'
import type { DuePush, Push, PushCall, PushMove } from '../../store/contract/pushes.ts'
import type { NewCall, Place, ReaderState } from '../../store/contract/readers.ts'
import type { Store } from '../../store/store.ts'
import { OUT } from '../outcome.ts'
import { verdictOf } from '../channels/channels.ts'
import { ownTurn } from '../turn.ts'
import { Reader, type ReaderDeps } from '../reader.ts'
import type { Attempt, Done, Item, Page, Work } from '../work.ts'
import { PushCalls } from './calls.ts'
import { messageOf, summaryOf } from './messages.ts'
import type { Message, PushSender, Sent } from './sender.ts'
import { AWAY } from './services.ts'
import type { Vapid } from './vapid.ts'

export interface PushReaderDeps extends Omit<ReaderDeps, 'name' | 'start' | 'store'> {
  store: ReaderDeps['store'] & Pick<Store, 'pushes' | 'duePushes' | 'pendingPushes' | 'movePushes' | 'recallPushes' | 'unread'>
  sender: Pick<PushSender, 'send' | 'services'>
  vapid: Pick<Vapid, 'receipt'>
}

/** What is attempted at once, and written down together: how many calls are made meanwhile, their push services decide. */
const PAGE = 128
const MAX_PENDING = 100_000

/** One message to one subscription, of one notification or of several. */
export interface PushItem extends Item {
  /** The notifications: none if nobody is to get it any more. */
  pushes: Push[]
  /** What failed before; absent at the first attempt. */
  due?: Pick<DuePush, 'call' | 'userId' | 'since'>
  /** Of a summary that was held: how many items its user has, which all end it together. */
  heldItems?: number
  /** What became of it. */
  outcome?: Sent | { heldUntil: number }
  /** Those of the notifications that a message was about. */
  told?: Push[]
  /** By which a call is known that was answered late: its outcome is. */
  lateKey?: string
}

/** Pushes notifications to browsers, some time after they were sent: whoever has got one meanwhile needs no push. */
export class PushReader extends Reader<PushItem> {
  readonly #deps: PushReaderDeps
  readonly #calls: PushCalls<Work<PushItem>>
  /** The lease under which what is out was begun. */
  #token: number | undefined
  #isEnding = false

  constructor (deps: PushReaderDeps) {
    super({ atOnce: PAGE, pageSize: PAGE, maxPending: MAX_PENDING, ...deps, name: PUSH_READER, start: 'head' })
    this.#deps = deps
    this.#calls = new PushCalls(deps.sender.services, () => this.wakeWithin(0))
  }

  /** Begins nothing more. What is out has `graceMs` milliseconds to be answered; what is not is made once more, by whoever pushes next. */
  override async stop (graceMs = this.graceMs): Promise<void> {
    this.#isEnding = true
    this.#calls.close()
    await this.lastSteps(async () => await this.#calls.ended(graceMs))
    await super.stop(graceMs)
    this.#calls.stop()
  }

  protected override async state (): Promise<ReaderState | undefined> {
    const state = await super.state()
    if (state && this.#isEnding) return { ...state, pending: Infinity, dueIn: this.#calls.hasLate ? 0 : null }
    const pending = await this.#deps.store.pendingPushes()
    return state && { ...state, ...pending, dueIn: this.#calls.hasLate ? 0 : pending.dueIn }
  }

  protected override hasRoom ({ lateKey }: PushItem): boolean {
    return !this.#isEnding || lateKey !== undefined
  }

  protected async read (after: Place, limit: number, old: AgeLimit): Promise<Page<PushItem> | undefined> {
    const page = await this.#deps.store.pushes({ seq: after.seq, inner: after.inner }, { old, limit })
    return page && { upTo: page.upTo, items: page.pushes.map(({ push, place }) => ({ seq: push.seq, at: 0, place, pushes: [push] })) }
  }

  protected override async due (limit: number): Promise<Work<PushItem>[]> {
    if (this.#token !== this.token) {
      this.#token = this.token
      // Their node is gone, or was taken for it: it writes nothing down any more.
      this.#calls.forget()
      await this.#deps.store.recallPushes()
    }
    const late = this.#calls.late(limit).map(({ key: lateKey, of: { item, n }, sent }) => ({ n, item: lateOf(item, sent, lateKey) }))
    return late.length === limit || this.#isEnding ? late : [...late, ...await this.#again(limit - late.length)]
  }

  async #again (limit: number): Promise<Work<PushItem>[]> {
    return (await this.#deps.store.duePushes(limit)).flatMap(({ n, pushes, ...due }) => {
      const bySubscription = [...Map.groupBy(pushes, ({ subscription: { id } }) => id).values()]
      const groups = bySubscription.length === 0 ? [[]] : bySubscription
      return groups.map(pushes => ({ n, item: { seq: due.call?.seq ?? 0, at: 0, pushes, due, ...(due.call ? {} : { heldItems: groups.length }) } }))
    })
  }

  /** Its own table has what is to be tried again. */
  protected override describe (): string {
    return ''
  }

  protected async attempt (item: PushItem, n: number, signal: AbortSignal): Promise<Attempt> {
    if (item.lateKey !== undefined) return item.outcome as Sent
    // One that nobody wants would else be followed by the next, and so on, in one turn of the event loop.
    await ownTurn()
    const { now } = this
    const judged = item.pushes.map(push => ({ push, verdict: verdictOf('push', push.settings, { topic: push.notification.topic, urgency: push.notification.content.urgency }, now) }))
    const wanted = judged.filter(({ verdict }) => verdict.is !== 'never')
    const [first] = wanted
    if (!first) return { isDone: true, status: null }
    const isSummary = item.due !== undefined && item.due.since !== null
    if (!isSummary && hasExpired(first.push, now)) {
      // What was tried until now is given up; else its time came too late for it.
      if (n > 1) item.outcome = { isDone: false, isFinal: true, status: null, error: 'it expired before it was taken' }
      return item.outcome as Sent | undefined ?? { isDone: true, status: null }
    }
    const until = Math.max(0, ...wanted.map(({ verdict }) => verdict.is === 'quiet' ? verdict.until : 0))
    // Of reminders there is no summary: each waits by itself, and is judged again.
    if (until > 0 && item.pushes.some(isReminder)) {
      item.outcome = { isDone: false, isPostponed: true, status: null, error: 'quiet hours', retryAfterMs: until - now }
      return item.outcome
    }
    if (until > 0) {
      item.outcome = { heldUntil: until }
      return { isDone: true, status: null }
    }
    const told = item.told = wanted.map(({ push }) => push)
    const { origin } = new URL(first.push.subscription.endpoint)
    const send = async (signal: AbortSignal) => await this.#deps.sender.send(await this.#messageOf(told, isSummary), signal)
    const sent = await this.#calls.make(nameOf(callOf(item)!), { item, n: n - 1 }, origin, send, signal)
    item.outcome = sent
    return sent
  }

  async #messageOf (pushes: Push[], isSummary: boolean): Promise<Message> {
    const { store, vapid } = this.#deps
    const { count } = await store.unread(pushes[0]!.subscription.userId)
    const receiptOf = vapid.receipt.bind(vapid)
    return isSummary ? summaryOf(pushes, count, receiptOf) : messageOf(pushes[0]!, count, receiptOf)
  }

  protected override async move (token: number, place: Place, done: Done<PushItem>[], missed: number): Promise<boolean> {
    const move: PushMove = { place, missed, calls: [], sent: [], gone: [], held: [], released: releasedBy(done), lost: [] }
    const calls = new Map<string, PushCall>()
    for (const { item, call } of done) {
      const { pushes, due, outcome, told = [] } = item
      const last = pushes.at(-1)
      const sent = outcome !== undefined && 'isDone' in outcome ? outcome : undefined
      if (outcome !== undefined && 'heldUntil' in outcome) move.held.push({ userId: last!.subscription.userId, after: pushes[0]!.notification.seq - 1, until: outcome.heldUntil })
      if (sent?.isGone) move.gone.push(last!.subscription.id)
      if (sent?.isDone) move.sent.push(...told.map(({ notification: { seq }, subscription: { userId } }) => ({ userId, seq })))
      const { state, n, status, error, nextIn } = settled(call, sent)
      const key = callOf(item)
      // Of what succeeds at once, there is no call to write down.
      if (!key || (state === 'delivered' && !due?.call)) continue
      calls.set(nameOf(key), { ...key, userId: due?.userId ?? last!.subscription.userId, key: last?.key ?? '', since: due?.since ?? null, state, n, status, error, nextIn })
      if (state === 'failed' && !sent?.isGone) move.lost.push(...pushes.map(toLost))
    }
    const hasMoved = await this.#deps.store.movePushes(token, { ...move, calls: [...calls.values()], lost: together(move.lost) })
    if (hasMoved) for (const { item: { lateKey } } of done) if (lateKey !== undefined) this.#calls.settle(lateKey)
    return hasMoved
  }
}

/** By what a call is written down: none of a summary that is of nothing. */
function callOf ({ pushes, due }: PushItem): NonNullable<DuePush['call']> | undefined {
  const last = pushes.at(-1)
  return due?.call ?? (last && { subscriptionId: last.subscription.id, seq: last.seq })
}

/** One call of a subscription and a place of the log is made at a time, and written down once. */
function nameOf ({ subscriptionId, seq }: NonNullable<DuePush['call']>): string {
  return `${subscriptionId} ${seq}`
}

/** A call whose answer came when its row had been written down. */
function lateOf ({ seq, at, pushes, due, told = [] }: PushItem, sent: Sent, lateKey: string): PushItem {
  const call = callOf({ seq, at, pushes, ...(due ? { due } : {}) })!
  return { seq, at, pushes, told, due: { call, userId: pushes.at(-1)!.subscription.userId, since: due?.since ?? null }, outcome: sent, lateKey }
}

/** What to write down of a call by what came of it. */
function settled (call: NewCall, sent: Sent | undefined): Omit<NewCall, 'state'> & { state: PushCall['state'] } {
  if (sent && !sent.isDone && sent.isOut) return { ...call, state: 'out', nextIn: OUT.againMs }
  return sent?.isPostponed ? { ...call, state: 'pending', n: call.n - 1, nextIn: waitOf(sent) } : call
}

function hasExpired ({ notification: { expiresAt } }: Push, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** Users of whom all that their summary consists of was attempted. */
function releasedBy (done: Done<PushItem>[]): string[] {
  const held = Map.groupBy(done.filter(({ item }) => item.heldItems !== undefined), ({ item }) => item.due!.userId)
  return [...held].flatMap(([userId, items]) => items.length === items[0]!.item.heldItems ? [userId] : [])
}

function isReminder ({ seq, notification }: Push): boolean {
  return seq !== notification.seq
}

/** How long to leave a push service alone, milliseconds; not all of its messages come back at once. */
function waitOf (sent: Sent): number {
  const waitMs = sent.isDone ? 0 : sent.retryAfterMs ?? 0
  return waitMs + Math.min(waitMs, AWAY.spreadMs) * Math.random()
}

function toLost (push: Push): PushMove['lost'][number] {
  const { notification: { content: { id }, topic, scope }, subscription: { userId } } = push
  return { id, userId, topic, scope }
}

/** One event a notification: of a broadcast that nobody gets, it does not name everybody. */
function together (lost: PushMove['lost']): PushMove['lost'] {
  return [...Map.groupBy(lost, ({ id }) => id).values()].map(of => {
    const users = new Set(of.map(({ userId }) => userId))
    return users.size === 1 ? of[0]! : { ...of[0]!, userId: null }
  })
}
