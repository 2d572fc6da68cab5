import { endBundling } from './bundle.ts'

/** How many are being made: esbuild's process ends with the last of them. */
let running = 0

/** What is bundled when first asked for, and then kept. After a failure, the next call tries again. */
export function bundled<T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return async () => {
    made ??= run()
    return await made.catch(error => {
      made = undefined
      throw error
    })
  }

  async function run (): Promise<T> {
    running++
    try {
      return await make()
    } finally {
      if (--running === 0) await endBundling()
    }
  }
}
