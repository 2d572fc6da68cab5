import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOP_SAMPLING_MS } from '../../../plugins/operations/metrics.ts'
import { Browser } from '../../outbound/push/service.ts'
import { until } from '../../within.ts'
import { Load, type Server } from '../lib/child.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { PublishResult } from '../load.ts'
import type { Options } from '../options.ts'

const SUBSCRIPTIONS = 10_000
const QUICK = 200
const AT_ONCE = 16
const CONNECTIONS = 32
const MAX_MS = 600_000
const PUSHING = { VAPID_SUBJECT: 'mailto:ops@example.com', OUTBOUND_ALLOW: '127.0.0.1', OUTBOUND_ALLOW_HTTP: 'true' }

/** A broadcast to very many subscriptions, at a push service on the other core; and sends beside them. */
export async function push ({ rounds, seconds, isQuick }: Options): Promise<Section> {
  const count = isQuick ? QUICK : SUBSCRIPTIONS
  const broadcasts: Awaited<ReturnType<typeof broadcast>>[] = []
  const sends: number[][] = [[], []]
  for (let round = 0; round < rounds; round++) {
    broadcasts.push(await broadcast(count))
    sends[0]!.push(await send(0, seconds))
    sends[1]!.push(await send(count, seconds))
  }
  const of = (field: 'perSecond' | 'perCpuSecond' | 'loop' | 'megabytes') => median(broadcasts.map(sample => sample[field]))
  const [without, beside] = sends.map(median) as [number, number]
  return {
    title: `A broadcast to ${count.toLocaleString('en-US')} push subscriptions, and sends beside them`,
    rows: [
      { what: 'encrypted pushes', 'a second': of('perSecond'), 'a CPU second': of('perCpuSecond'), 'longest turn ms': of('loop'), 'memory MB': of('megabytes') },
      { what: 'sends without subscriptions', 'a second': without },
      { what: 'sends beside them', 'a second': beside }
    ],
    goals: [
      atLeast('encrypted pushes a second and core', of('perCpuSecond'), 1_500),
      atMost('longest turn of the event loop, ms', Math.max(0.1, of('loop')), 20),
      atMost('sends without / beside subscriptions', without / beside, 1.05)
    ]
  }
}

/** Counts what comes, and takes all of it. */
async function pushService () {
  let pushes = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      pushes++
      response.writeHead(201).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => pushes, close }
}

async function broadcast (count: number) {
  const service = await pushService()
  const server = await belfry.start({ ...PUSHING, PUSH_AFTER: '0' })
  try {
    await subscribe(server, service.origin, count)
    const announce = async () => {
      const before = service.count()
      await ask(server, '/api/notifications/send', ROOT, body)
      await until('the broadcast to arrive', () => service.count() - before >= count, MAX_MS)
    }
    // Compilers are warm after it.
    await announce()
    await longestTurn(server)
    const [cpu, rss, start] = [server.cpu(), server.rss(), performance.now()]
    await announce()
    return { perSecond: count / (performance.now() - start) * 1000, perCpuSecond: count / (server.cpu() - cpu), loop: await longestTurn(server), megabytes: Math.max(0, server.rss() - rss) / 1e6 }
  } finally {
    await server.stop()
    service.close()
  }
}

/** Sends a second, to a user without subscriptions, while others have them. */
async function send (count: number, seconds: number): Promise<number> {
  const server = await belfry.start(PUSHING)
  const load = await Load.start()
  try {
    await subscribe(server, 'http://127.0.0.1:9', count)
    const request = post('/api/notifications/send', ROOT, { ...body, audience: { users: ['somebody'] } })
    const publish = (seconds: number) => load.ask<PublishResult>('publish', { port: server.port, requests: [request], outstanding: CONNECTIONS, seconds, perPublish: 0 })
    await publish(seconds)
    const { publishes, seconds: took } = await publish(seconds)
    return publishes / took
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

async function subscribe (server: Server, origin: string, count: number): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      await ask(server, '/api/push/subscriptions', belfry.headers(index), new Browser(`${origin}/${index}`).subscription)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function ask (server: Server, path: string, headers: Record<string, string>, body: object): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (status >= 300) throw new Error(`${path} answered ${status}`)
}

/** The longest turn of the event loop since it was last asked for, milliseconds. */
async function longestTurn (server: Server): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: ROOT })).text()
  return Number(/nodejs_eventloop_lag_max_seconds ([\d.e-]+)/.exec(text)![1]) * 1000 - LOOP_SAMPLING_MS
}
