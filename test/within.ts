/** The longest a test waits for an event that has to come, milliseconds: a bound for what would hang, not a measure. */
const DEADLINE_MS = 60_000

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

/** Looks, turn after turn, until it is so; fails, and says what it waited for, instead of hanging. */
export async function until (what: string, isSo: () => boolean | Promise<boolean>, ms = DEADLINE_MS): Promise<void> {
  const deadline = performance.now() + ms
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1000} s for ${what}`)
    await new Promise(resolve => { setImmediate(resolve) })
  }
}
