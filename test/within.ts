import { setTimeout as sleep } from 'node:timers/promises'

/** The longest a test waits for an event that has to come, milliseconds: a bound for what would hang, not a measure. */
const DEADLINE_MS = 60_000
/** How many turns are looked at one by one. What takes longer is waited for: whoever looks all the time takes the processor from it. */
const TURNS = 100
const PAUSE_MS = 2

/** Waits for what has to come; fails, and says what it waited for, instead of hanging. */
export async function within<T> (promise: Promise<T>, what: string, ms = DEADLINE_MS): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`waited ${ms / 1000} s for ${what}`)), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks, turn after turn and then every few milliseconds, until it is so; fails, and says what it waited for, instead of hanging. */
export async function until (what: string, isSo: () => boolean | Promise<boolean>, ms = DEADLINE_MS): Promise<void> {
  const deadline = performance.now() + ms
  for (let turn = 0; !await isSo(); turn++) {
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1000} s for ${what}`)
    await (turn < TURNS ? new Promise(resolve => { setImmediate(resolve) }) : sleep(PAUSE_MS))
  }
}
