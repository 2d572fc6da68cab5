import { setImmediate } from 'node:timers/promises'

export function median (values: number[]): number {
  return percentile(values, 50)
}

export function percentile (values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100))]!
}

/** The median time of a call, milliseconds; `call` is given the number of each. Each has a turn of the event loop to itself, as requests have. */
export async function medianTimeOf (calls: number, call: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < calls; index++) {
    const start = performance.now()
    await call(index)
    times.push(performance.now() - start)
    await setImmediate()
  }
  return median(times)
}
