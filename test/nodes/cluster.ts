import type { Test } from 'tap'
import type { Overrides } from '../../src/app.ts'
import { build, call, listen, people, type App, type Frame, type Person, type Subscriber } from '../helper.ts'
import { postgres, type Postgres } from '../services/postgres.ts'
import { redis, type RedisServer } from '../services/redis.ts'
import { until } from '../within.ts'

export interface Services { postgres: Postgres, redis: RedisServer }

/** Both servers, or undefined if one of them is not to be had. */
export async function services (t: Test): Promise<Services | undefined> {
  const [store, bus] = await Promise.all([postgres(t), redis(t)])
  return store && bus && { postgres: store, redis: bus }
}

export interface Node { app: App, base: string }

/** A node that never looks at the log by itself: what others committed reaches it by their hints or not at all. */
export const byHintsAlone: Overrides = { beat: { ms: 3_600_000, withoutBusMs: 3_600_000 } }

/** Nodes on one new database, as many as there are places to look for Redis. */
export async function cluster (
  t: Test, { postgres }: Pick<Services, 'postgres'>, redisUrls: (string | undefined)[], env: Record<string, string> = {}, overrides: Overrides = {}
): Promise<Node[]> {
  const database = await postgres.database(t)
  return await Promise.all(redisUrls.map(url => node(t, { DATABASE_URL: database, ...(url === undefined ? {} : { REDIS_URL: url }), ...env }, overrides)))
}

/** A listening node; one that is given a Redis has found it. */
export async function node (t: Test, env: Record<string, string>, overrides: Overrides = {}): Promise<Node> {
  const app = await build(t, env, overrides)
  const base = await listen(app)
  if (env.REDIS_URL !== undefined) await busIs(app, true)
  return { app, base }
}

/** Resolves when a node's bus is up, or down. */
export async function busIs (app: App, isUp: boolean): Promise<void> {
  await until(`the bus to be ${isUp ? 'up' : 'down'}`, () => app.bus.isUp === isUp)
}

/** Sends something; its id. */
export async function send (node: Node, audience: object, title = 'Hello', person: Person = people.root): Promise<string> {
  const { status, body } = await call(node.app, person, 'POST', '/api/notifications/send', { title, message: 'm', priority: 'info', topic: 'x', audience })
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id as string
}

/** The next notification of this id, passing over others. */
export async function receive (subscriber: Subscriber, id: string): Promise<Frame> {
  while (true) {
    const frame = await subscriber.next('notification')
    if (frame.id === id || frame.payload?.id === id) return frame
  }
}
