import type { Bus } from './bus.ts'
import { Exchange } from './memory.ts'
import { RedisBus, type RedisBusOptions } from './redis.ts'

/** Opens the bus of a `REDIS_URL`, or without one a bus for a single node. Never waits for Redis. */
export function openBus (url: string | undefined, epoch: string, options?: RedisBusOptions): Bus {
  return url === undefined ? new Exchange().join(epoch) : new RedisBus(url, epoch, options)
}
