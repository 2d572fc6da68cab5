import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

export interface HoldingOptions {
  /** How long a shutdown may take, milliseconds. */
  drainMs: number
  /** For how long the work of a node that was killed waits for another, milliseconds. */
  leaseMs?: number | undefined
}

/** How long a shutdown waits for what is under way at the most, milliseconds. */
const MAX_GRACE_MS = 5_000

/** By what this run of this node holds its readers. */
export function holding ({ store }: FastifyInstance, { drainMs, leaseMs }: HoldingOptions) {
  return {
    store,
    owner: randomBytes(12).toString('hex'),
    isAlone: store.engine === 'sqlite',
    // The rest is for what is written down then.
    graceMs: Math.min(MAX_GRACE_MS, drainMs / 2),
    ...(leaseMs === undefined ? {} : { leaseMs })
  }
}

/** At a shutdown, once readers have stopped, another node need not wait for their leases to end. */
export function releaseAtEnd (app: FastifyInstance, owner: string): void {
  app.addHook('preClose', async () => await app.store.releaseReaders(owner).catch(() => {}))
}
