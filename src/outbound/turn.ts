import { setImmediate as nextTurn } from 'node:timers/promises'

/** The piece of work before, whoever's it is: there is one event loop. */
let before: Promise<unknown> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that nobody else is given here: for pieces of work that take a part of a millisecond each, of which a hundred
 * may come at once.
 */
export async function ownTurn (): Promise<void> {
  await (before = before.then(() => nextTurn()))
}

/** How long it is until a moment that comes each so many milliseconds, the same for all. */
export function untilNext (ms: number): number {
  return ms === 0 ? 0 : ms - performance.now() % ms
}
