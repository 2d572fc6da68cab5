import type { Test } from 'tap'

/** What services need of a test, for programs that are none: `end` does what the end of a test does. */
export function scope (): { t: Test, end: () => Promise<void> } {
  const teardowns: (() => unknown)[] = []
  const fail = (message: string) => { throw new Error(message) }
  return {
    t: { teardown: (work: () => unknown) => { teardowns.push(work) }, fail, test: fail } as unknown as Test,
    async end () {
      for (const teardown of teardowns.reverse()) await teardown()
    }
  }
}
