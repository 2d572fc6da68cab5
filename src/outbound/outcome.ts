import { isOldEnough, type AgeLimit } from '../log/age-limit.ts'
import type { NewCall, Place } from '../store/contract/readers.ts'
import { nextAttempt } from './retries.ts'
import type { Attempt, Item, Page } from './work.ts'

/** When one that is out is tried again, milliseconds, unless its answer came: its node is gone then. */
export const OUT = { againMs: 20_000 }

/** What is known of one that is out. */
export const NOT_ANSWERED = { isDone: false, isOut: true, status: null, error: 'not answered yet' } satisfies Attempt

/** What to write down of an attempt. */
export function toCall (call: Pick<NewCall, 'seq' | 'n' | 'status' | 'item'>, attempt: Attempt): NewCall {
  if (attempt.isDone) return { ...call, state: 'delivered', error: null, nextIn: null }
  if (attempt.isOut) return { ...call, state: 'pending', error: attempt.error, nextIn: OUT.againMs }
  const nextIn = attempt.isFinal ? undefined : nextAttempt(call.n, attempt.retryAfterMs)
  return { ...call, state: nextIn === undefined ? 'failed' : 'pending', error: attempt.error, nextIn: nextIn ?? null }
}

/** How far the place may go: to before the first that was not attempted. */
export function placeAfter ({ seq, inner }: Place, items: Item[], results: unknown[], upTo: Place | number): Place {
  const first = results.findIndex(result => result === undefined)
  if (first === 0) return { seq, inner }
  if (first > 0) return items[first - 1]!.place ?? { seq: items[first - 1]!.seq, inner: null }
  if (typeof upTo !== 'number') return { seq: upTo.seq, inner: upTo.inner }
  return upTo > seq ? { seq: upTo, inner: null } : { seq, inner }
}

/** The part of a page up to the first item that is not old enough. */
export function oldPart<I extends Item> (page: Page<I>, old: AgeLimit): Page<I> {
  const end = page.items.findIndex(item => !isOldEnough(old, item))
  return end === -1 ? page : { items: page.items.slice(0, end), upTo: page.items[end]!.seq - 1 }
}
