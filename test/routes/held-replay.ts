import type { App } from '../helper.ts'

/** Holds replays of the store: they wait from `isReading` on until `letRead` is called. */
export function holdReplay ({ store }: App): { isReading: Promise<void>, letRead: () => void } {
  const { promise: isReading, resolve: onReading } = Promise.withResolvers<void>()
  const { promise: mayRead, resolve: letRead } = Promise.withResolvers<void>()
  const { replay } = store
  store.replay = async (...args) => {
    onReading()
    await mayRead
    return await replay(...args)
  }
  return { isReading, letRead }
}
