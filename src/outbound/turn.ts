/** Who waits for a turn, whoever's work it is: there is one event loop. */
const waiting: (() => void)[] = []

/**
 * Resolves in a turn of the event loop that nobody else is given here: for pieces of work that take a part of a millisecond each, of which a hundred
 * may come at once.
 */
export function ownTurn (): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (waiting.push(resolve) === 1) setImmediate(next)
  return promise
}

function next (): void {
  waiting.shift()!()
  if (waiting.length > 0) setImmediate(next)
}

/** How long it is until a moment that comes each so many milliseconds, the same for all. */
export function untilNext (ms: number): number {
  return ms === 0 ? 0 : ms - performance.now() % ms
}
