import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { build, call } from '../helper.ts'
import { redis, sentinel } from '../services/redis.ts'
import { Lines } from '../e2e/process.ts'

/** A node's log, while it looks for Redis at this address. */
async function nodeAt (t: Test, url: string) {
  const log = new PassThrough()
  const lines = new Lines(log)
  const app = await build(t, { REDIS_URL: url }, { logger: { level: 'info', stream: log } })
  return { app, lines }
}

async function isRefused (t: Test, url: string, says: RegExp): Promise<void> {
  const { app, lines } = await nodeAt(t, url)
  const [line] = await lines.match(/"msg":"redis cannot be used/).then(({ input }) => [JSON.parse(input)])
  t.match(line, { level: 40, reason: says, redis: new URL(url).host })
  t.match(await call(app, null, 'GET', '/readyz'), { status: 200, body: { status: 'degraded', degraded: ['bus'] } })
  t.notOk(lines.all.some(text => text.includes('redis is reachable')), 'it was never taken for one that can be used')
}

t.test('a Redis Cluster is refused by name', async t => {
  const server = await redis(t, ['--cluster-enabled', 'yes'])
  if (server) await isRefused(t, server.url, /it is a Redis Cluster.*REDIS_URL must be a single Redis/)
})

t.test('a Redis Sentinel is refused by name', async t => {
  const server = await sentinel(t)
  if (server) await isRefused(t, server.url, /it is a Redis Sentinel.*REDIS_URL must be that Redis/)
})
