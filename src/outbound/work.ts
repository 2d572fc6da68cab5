import type { NewCall, Place } from '../store/contract/readers.ts'

/** An event that asks something of a reader. It is written down as JSON if it is not done at once. */
export interface Item {
  seq: number
  /** Milliseconds since 1970. */
  at: number
  /** Where the reader is once this is done, and all before it; if absent, after the event. */
  place?: Place
}

/** A page of the log. */
export interface Page<I> {
  items: I[]
  /** Up to here there is no other item: where the next page begins. A number: after that event. */
  upTo: Place | number
}

/** Something to do, and how often it was attempted before. */
export interface Work<I> { item: I, n: number }

/** What came of it. */
export interface Done<I> { item: I, call: NewCall, attempt: Attempt }

/** What came of one attempt. `status`: of the HTTP answer, null if there was none. */
export type Attempt =
  | { isDone: true, status: number | null }
  | {
    isDone: false
    status: number | null
    error: string
    /** When to try again at the earliest, milliseconds from now. */
    retryAfterMs?: number | undefined
    /** Whether trying again is of no use. */
    isFinal?: boolean
    /** Whether it goes on, and nobody waits for it any more. */
    isOut?: boolean
  }
