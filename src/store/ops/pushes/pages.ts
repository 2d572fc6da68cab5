import { isOldEnough, type AgeLimit } from '../../../log/age-limit.ts'
import type { Place } from '../../contract/readers.ts'
import type { PushPage } from '../../contract/pushes.ts'
import { all, get, type Steps } from '../../query.ts'
import type { Longs, ReadContext } from '../context.ts'
import { judge, MAX_JUDGED, type Candidate } from './judge.ts'
import { amongReaders, formatPlace, parsePlace, START, subscribedAmong, walk, type WalkPlace, type WalkStep } from './walk.ts'

/** How much of the log one page looks at. */
const WINDOW = 1_000
/** How many notifications of it, and how many steps over their audiences. */
const MAX_NOTIFICATIONS = 200
const MAX_STEPS = 250
/** Of how many users it is asked at once whether they have subscriptions. */
const MAX_NAMED = 1_000

const NOTIFICATIONS = `SELECT n.seq, COALESCE(n.origin_seq, n.seq) AS origin, n.keys, n.topic, n.at, n.expires_at, n.recalled_at FROM events n
  WHERE n.seq > ? AND n.seq <= ? AND n.kind IN ('notification', 'notification.reminder') ORDER BY n.seq LIMIT ?`

interface Row { seq: number, origin: number, keys: string, topic: string | null, at: number, expires_at: number | null, recalled_at: number | null }

/** A user who may get a push, and the places before and after this user. */
interface Found { candidate: Candidate, before: Place, place: Place }

function * pushes ({ now: called, clock }: ReadContext, after: Place, { old, limit }: { old: AgeLimit, limit: number }): Steps<PushPage | undefined> {
  const log = yield * get<{ seq: number, floor: number, now: number }>(`SELECT seq, floor, ${clock ?? 'CAST(? AS BIGINT)'} AS now FROM log`, ...(clock === undefined ? [called] : []))
  const { seq: head, floor, now } = log!
  if (after.seq < floor) return undefined
  const end = Math.min(head, after.seq + WINDOW)
  const rows = yield * all<Row>(NOTIFICATIONS, after.seq, end, MAX_NOTIFICATIONS)
  const tooNew = rows.findIndex(row => !isOldEnough(old, row))
  const found = tooNew === -1 ? rows : rows.slice(0, tooNew)
  const upTo = tooNew !== -1 ? rows[tooNew]!.seq - 1 : rows.length === MAX_NOTIFICATIONS ? rows.at(-1)!.seq : end
  if (found.length === 0 || !(yield * get('SELECT 1 AS hit FROM push_subscriptions LIMIT 1'))) return { pushes: [], upTo: { seq: upTo, inner: null } }
  return yield * collect(found, after, upTo, limit, now)
}

/** Walks over the audiences, and judges whom it finds by the dozen, until there are enough. */
function * collect (rows: Row[], after: Place, upTo: number, limit: number, now: number): Steps<PushPage> {
  const page: PushPage['pushes'] = []
  let waiting: Found[] = []
  let last = after
  const judgeWaiting = function * (): Steps<void> {
    for (const [index, pushes] of (yield * judge(waiting.map(({ candidate }) => candidate), now)).entries()) {
      const { before, place } = waiting[index]!
      page.push(...pushes.map((push, number) => ({ push, place: number < pushes.length - 1 ? before : place })))
    }
    waiting = []
  }
  let steps = 0
  const audiences = rows.map(({ keys }) => JSON.parse(keys) as string[])
  let known = { upTo: 0, users: new Set<string>() }
  for (const [index, { seq, origin, topic, expires_at: expiresAt, recalled_at: recalledAt }] of rows.entries()) {
    let place: WalkPlace | null = recalledAt === null && (expiresAt === null || expiresAt > now) ? startIn(after, seq) : null
    if (place && index >= known.upTo) {
      const upTo = endOfNamed(audiences, index)
      known = { upTo, users: yield * subscribedAmong(audiences.slice(index, upTo)) }
    }
    while (place) {
      if (steps++ >= MAX_STEPS || page.length >= limit) {
        yield * judgeWaiting()
        return { pushes: page, upTo: last }
      }
      const { found: addressed, next }: WalkStep = yield * walk(audiences[index]!, seq, place, MAX_JUDGED - waiting.length, known.users)
      const found = origin === seq ? addressed : yield * amongReaders(origin, addressed)
      for (const [number, { userId, key }] of found.entries()) {
        // Only after the last of a step is its place; what is done before is done again after a crash.
        waiting.push({ candidate: { seq, origin, topic, userId, key }, before: last, place: number < found.length - 1 ? last : next ? placeIn(seq, next) : { seq, inner: null } })
      }
      place = next
      last = place ? placeIn(seq, place) : { seq, inner: null }
      if (waiting.length >= MAX_JUDGED) yield * judgeWaiting()
    }
    last = { seq, inner: null }
  }
  yield * judgeWaiting()
  return { pushes: page, upTo: { seq: upTo, inner: null } }
}

/** Up to which of these audiences, from this one on, about `MAX_NAMED` keys are. */
function endOfNamed (audiences: string[][], from: number): number {
  let end = from
  for (let count = 0; end < audiences.length && count < MAX_NAMED; end++) count += audiences[end]!.length
  return end
}

/** The walk goes on within the event after the page before, and begins in every other. */
function startIn ({ seq: before, inner }: Place, seq: number): WalkPlace {
  return inner !== null && seq === before + 1 ? parsePlace(inner) : START
}

function placeIn (seq: number, place: WalkPlace): Place {
  return { seq: seq - 1, inner: formatPlace(place) }
}

export const longs = { pushes } satisfies Longs
