/** The longest turn of the event loop while something runs, milliseconds; what it came to is the first. */
export async function longestTurn<T> (run: () => Promise<T>): Promise<[T, number]> {
  let longest = 0
  let last = performance.now()
  let isOver = false
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  try {
    return [await run(), longest]
  } finally {
    isOver = true
  }
}
