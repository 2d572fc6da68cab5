/** The longest that a page waits for an answer, milliseconds. */
const PATIENCE_MS = 20_000

/** As `fetch`, without an error: undefined if no answer came, 'late' if none came in time. What it was asked may be done later. Throws only after `signal`. */
export async function fetchInTime (url: string | URL, { signal, ...init }: RequestInit = {}): Promise<Response | 'late' | undefined> {
  const giveUp = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    giveUp.abort()
  }, PATIENCE_MS)
  const stop = () => giveUp.abort()
  signal?.addEventListener('abort', stop)
  try {
    signal?.throwIfAborted()
    return await fetch(url, { ...init, signal: giveUp.signal })
  } catch (error) {
    if (signal?.aborted) throw error
    return isLate ? 'late' : undefined
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
