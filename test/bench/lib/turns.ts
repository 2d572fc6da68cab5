import process from 'node:process'

/** The longest turn of the event loop: how long it took, and the most that one used of a core, milliseconds. On a busy machine the first has what others used, too. */
export interface LongestTurn { ms: number, cpuMs: number }

/** The longest turn of the event loop while something runs; what it came to is the first. */
export async function longestTurn<T> (run: () => Promise<T>): Promise<[T, LongestTurn]> {
  const longest: LongestTurn = { ms: 0, cpuMs: 0 }
  let [last, lastCpu] = [performance.now(), cpuMs()]
  let isOver = false
  const look = () => {
    const [now, cpu] = [performance.now(), cpuMs()]
    longest.ms = Math.max(longest.ms, now - last)
    longest.cpuMs = Math.max(longest.cpuMs, cpu - lastCpu)
    last = now
    lastCpu = cpu
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  try {
    return [await run(), longest]
  } finally {
    isOver = true
  }
}

/** What this thread has used of a core. */
function cpuMs (): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
