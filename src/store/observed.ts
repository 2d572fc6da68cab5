import type { Store } from './store.ts'

/** Called when an operation is done, with its duration and, if it failed, its error. */
export type Observe = (operation: string, ms: number, error?: unknown) => void

/** The same store, with every operation observed. This adds no waiting for callers. */
export function observed (store: Store, observe: Observe): Store {
  const wrapped = Object.entries(store).filter(([, member]) => typeof member === 'function').map(([name, member]) => {
    const operation = member as (...args: unknown[]) => unknown
    return [name, (...args: unknown[]) => {
      const start = performance.now()
      const result = operation.apply(store, args)
      if (result instanceof Promise) {
        result.then(() => observe(name, performance.now() - start), (error: unknown) => observe(name, performance.now() - start, error))
      }
      return result
    }]
  })
  return { ...store, ...Object.fromEntries(wrapped) }
}
