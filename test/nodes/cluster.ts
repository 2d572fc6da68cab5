import type { Test } from 'tap'
import { build, call, listen, people, type App, type Frame, type Person, type Subscriber } from '../helper.ts'
import { postgres, type Postgres } from '../services/postgres.ts'
import { redis, type RedisServer } from '../services/redis.ts'

export interface Services { postgres: Postgres, redis: RedisServer }

/** Both servers, or undefined if one of them is not to be had. */
export async function services (t: Test): Promise<Services | undefined> {
  const [store, bus] = await Promise.all([postgres(t), redis(t)])
  return store && bus && { postgres: store, redis: bus }
}

export interface Node { app: App, base: string }

/** Nodes on one new database, as many as there are places to look for Redis. */
export async function cluster (t: Test, { postgres }: Pick<Services, 'postgres'>, redisUrls: (string | undefined)[], env: Record<string, string> = {}): Promise<Node[]> {
  const database = await postgres.database(t)
  return await Promise.all(redisUrls.map(url => node(t, { DATABASE_URL: database, ...(url === undefined ? {} : { REDIS_URL: url }), ...env })))
}

export async function node (t: Test, env: Record<string, string>): Promise<Node> {
  const app = await build(t, env)
  const base = await listen(app)
  if (env.REDIS_URL !== undefined && !app.bus.isUp) await busChange(app)
  return { app, base }
}

/** Resolves when a node's bus has come or gone; a node whose Redis never comes is not waited for. */
export async function busChange (app: App, withinMs = 1_000): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  app.bus.onChange(() => resolve())
  const deadline = setTimeout(resolve, withinMs)
  await promise
  clearTimeout(deadline)
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
