/**
 * Aborts `controller` once `signal` is aborted, until what it returns is called. Not `AbortSignal.any`: of each signal that it makes, a source that outlives it
 * keeps a weak reference, and what one leads to outlives every small collection of garbage.
 */
export function follow (signal: AbortSignal, controller: AbortController): () => void {
  const abort = () => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return () => signal.removeEventListener('abort', abort)
}
