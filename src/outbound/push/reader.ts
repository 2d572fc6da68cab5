import { setImmediate as nextTurn } from 'node:timers/promises'
import { PUSH_READER } from '../../log/readers.ts'
import type { DuePush, Push, PushMove } from '../../store/contract/pushes.ts'
import type { Place, ReaderState } from '../../store/contract/readers.ts'
import type { Store } from '../../store/store.ts'
import { verdictOf } from '../channels/channels.ts'
import { Reader, type Attempt, type Done, type Item, type Page, type ReaderDeps, type Work } from '../reader.ts'
import { messageOf, summaryOf } from './messages.ts'
import type { PushSender, Sent } from './sender.ts'
import { AWAY } from './services.ts'
import type { Vapid } from './vapid.ts'

export interface PushReaderDeps extends Omit<ReaderDeps, 'name' | 'start' | 'store'> {
  store: ReaderDeps['store'] & Pick<Store, 'pushes' | 'duePushes' | 'pendingPushes' | 'movePushes' | 'unread'>
  sender: Pick<PushSender, 'send'>
  vapid: Pick<Vapid, 'receipt'>
}

/** What is attempted at once, and written down together. */
const AT_ONCE = 32
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
}

/** Pushes notifications to browsers, some time after they were sent: whoever has got one meanwhile needs no push. */
export class PushReader extends Reader<PushItem> {
  readonly #deps: PushReaderDeps

  constructor (deps: PushReaderDeps) {
    super({ atOnce: AT_ONCE, pageSize: PAGE, maxPending: MAX_PENDING, ...deps, name: PUSH_READER, start: 'head' })
    this.#deps = deps
  }

  protected override async state (): Promise<ReaderState | undefined> {
    const state = await super.state()
    return state && { ...state, ...await this.#deps.store.pendingPushes() }
  }

  protected async read (after: Place, limit: number): Promise<Page<PushItem> | undefined> {
    const before = Date.now() - (this.#deps.behindMs ?? 0)
    const page = await this.#deps.store.pushes({ seq: after.seq, inner: after.inner }, { before, limit })
    return page && { upTo: page.upTo, items: page.pushes.map(({ push, place }) => ({ seq: push.seq, at: 0, place, pushes: [push] })) }
  }

  protected override async due (limit: number): Promise<Work<PushItem>[]> {
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

  protected async attempt (item: PushItem, _n: number, signal: AbortSignal): Promise<Attempt> {
    // One that nobody wants would else be followed by the next, and so on, in one turn of the event loop.
    await nextTurn()
    const now = Date.now()
    const judged = item.pushes.map(push => ({ push, verdict: verdictOf('push', push.settings, { topic: push.notification.topic, urgency: push.notification.content.urgency }, now) }))
    const wanted = judged.filter(({ verdict }) => verdict.is !== 'never')
    const until = Math.max(0, ...wanted.map(({ verdict }) => verdict.is === 'quiet' ? verdict.until : 0))
    if (wanted.length === 0) return { isDone: true, status: null }
    // Of reminders there is no summary: each waits by itself, and is judged again.
    if (until > 0 && item.pushes.some(isReminder)) {
      item.outcome = { isDone: false, isPostponed: true, status: null, error: 'quiet hours', retryAfterMs: until - now }
      return item.outcome
    }
    if (until > 0) {
      item.outcome = { heldUntil: until }
      return { isDone: true, status: null }
    }
    const pushes = wanted.map(({ push }) => push)
    const [first] = pushes as [Push]
    const { count } = await this.#deps.store.unread(first.subscription.userId)
    const receiptOf = this.#deps.vapid.receipt.bind(this.#deps.vapid)
    const isSummary = item.due !== undefined && item.due.since !== null
    const message = isSummary ? summaryOf(pushes, count, receiptOf) : messageOf(first, count, receiptOf)
    item.outcome = await this.#deps.sender.send(message, signal)
    return item.outcome
  }

  protected override async move (token: number, place: Place, done: Done<PushItem>[], missed: number): Promise<boolean> {
    const move: PushMove = { place, missed, calls: [], gone: [], held: [], released: releasedBy(done), lost: [] }
    for (const { item: { pushes, due, outcome }, call } of done) {
      const last = pushes.at(-1)
      const sent = outcome !== undefined && 'isDone' in outcome ? outcome : undefined
      if (outcome !== undefined && 'heldUntil' in outcome) move.held.push({ userId: last!.subscription.userId, after: pushes[0]!.notification.seq - 1, until: outcome.heldUntil })
      if (sent?.isGone) move.gone.push(last!.subscription.id)
      const { state, n, status, error, nextIn } = sent?.isPostponed ? { ...call, state: 'pending' as const, n: call.n - 1, nextIn: waitOf(sent) } : call
      const key = due?.call ?? (last && { subscriptionId: last.subscription.id, seq: last.seq })
      // Of what succeeds at once, nothing is written down.
      if (!key || (state === 'delivered' && !due?.call)) continue
      move.calls.push({ ...key, userId: due?.userId ?? last!.subscription.userId, key: last?.key ?? '', since: due?.since ?? null, state, n, status, error, nextIn })
      if (state === 'failed' && !sent?.isGone) move.lost.push(...pushes.map(toLost))
    }
    return await this.#deps.store.movePushes(token, { ...move, lost: together(move.lost) })
  }
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
  return (sent.isDone ? 0 : sent.retryAfterMs ?? 0) + AWAY.spreadMs * Math.random()
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
