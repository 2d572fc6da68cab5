import type { Bus } from './bus.ts'
import { Exchange } from './memory.ts'
import { RedisBus, type RedisBusOptions } from './redis.ts'

/** The bus that a `REDIS_URL` names; without one, that of a node by itself. Never waits for Redis. */
export function openBus (url: string | undefined, epoch: string, options?: RedisBusOptions): Bus {
  return url === undefined ? new Exchange().join(epoch) : new RedisBus(url, epoch, options)
}
