import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../../src/store/open.ts'
import type { Draft, Store } from '../../../src/store/store.ts'
import { atMost, type Row, type Section } from '../lib/report.ts'
import { medianTimeOf } from '../lib/statistics.ts'
import type { Options } from '../options.ts'

const CALLS = 400
const AT_ONCE = 500
const PER_USER = 10

type Call = 'inbox page' | 'unread count' | 'read' | 'send'

/** What one call costs as what is stored grows: a tenth as many users as notifications, ten in each inbox. */
export async function growth ({ growth: sizes }: Options): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-growth-'))
  const curve: { size: number, ms: Record<Call, number> }[] = []
  try {
    for (const size of sizes) {
      const store = await openStore(`sqlite:${join(folder, `${size}.db`)}`)
      await fill(store, size)
      curve.push({ size, ms: await measure(store, size) })
      await store.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  // The smallest is in the caches whole; from the second on it is what the issue compares.
  const base = curve[Math.min(1, curve.length - 2)]!
  const last = curve.at(-1)!
  return {
    title: 'Growth: median milliseconds of a call',
    rows: curve.map(({ size, ms }): Row => ({ notifications: size, users: size / PER_USER, ...ms })),
    goals: (Object.keys(last.ms) as Call[]).map(call => atMost(
      `${call} with ${last.size} notifications / with ${base.size}`, last.ms[call] / base.ms[call], 1.5
    ))
  }
}

async function fill (store: Store, size: number): Promise<void> {
  const users = size / PER_USER
  await inBatches(users, index => store.createUser({ id: `user-${index}`, username: `user-${index}`, role: 'user', company: `company-${index % 100}`, passwordHash: null }))
  await inBatches(size, index => store.notify(draft(`filled-${index}`, `u:user-${index % users}`)))
}

async function inBatches (count: number, write: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, offset) => write(start + offset)))
  }
}

async function measure (store: Store, size: number): Promise<Record<Call, number>> {
  const users = size / PER_USER
  // Users far from each other, so that a large store is not served from what the last call left in memory.
  const userOf = (index: number) => `user-${Math.floor(index * 0.618033988749895 * users) % users}`
  return {
    'inbox page': await medianTimeOf(CALLS, index => store.inbox(userOf(index), { limit: 50 })),
    'unread count': await medianTimeOf(CALLS, index => store.unread(userOf(index))),
    read: await medianTimeOf(CALLS, async index => {
      const user = Math.floor(index * 0.618033988749895 * users) % users
      await store.mark(`user-${user}`, 'read', [`filled-${user}`])
    }),
    send: await medianTimeOf(CALLS, index => store.notify(draft(`sent-${index}`, 'all')))
  }
}

function draft (id: string, key: string): Draft {
  return {
    id,
    idempotencyKey: null,
    sender: 'user:root',
    scope: null,
    keys: [key],
    digest: id,
    type: 'info',
    topic: 'bench',
    at: Date.now(),
    expiresAt: null,
    body: JSON.stringify({ id, title: 'A benchmark', message: 'x'.repeat(100), type: 'info', read: false, data: { topic: 'bench' } })
  }
}
