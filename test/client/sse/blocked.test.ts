import { test, type Test } from 'tap'
import { Belfry } from '../../../src/client/belfry.ts'
import { webSocket } from '../../../src/client/connection/websocket.ts'
import { sse } from '../../../src/client/sse.ts'
import { build, call, hello, listen, mint, people, type App } from '../../helper.ts'
import { Proxy } from '../../services/proxy.ts'
import { until } from '../../within.ts'

const { root, bob } = people
const send = (app: App, id: string) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
const isUpgrade = (sent: Buffer) => /^upgrade: *websocket/im.test(String(sent))

/** A client of a real server, behind a proxy that a test can spoil. */
async function begin (t: Test) {
  const app = await build(t)
  const proxy = await Proxy.before(t, Number(new URL(await listen(app)).port))
  const client = new Belfry(proxy.via('http://localhost'), { token: mint(bob), transports: [webSocket, sse], minReconnectDelay: 10, maxReconnectDelay: 50 })
  t.teardown(() => client.disconnect())
  const seen: string[] = []
  const transports: string[] = []
  client.on('notification', ({ payload: { id } }) => seen.push(id))
  client.on('connected', ({ transport }) => transports.push(transport))
  return { app, proxy, client, seen, transports }
}

test('behind a proxy that lets no upgrade through, frames come over SSE, and none is lost', async t => {
  const { app, proxy, client, seen, transports } = await begin(t)
  proxy.watch = sent => isUpgrade(sent) ? 'cut' : 'pass'
  client.connect()
  await client.ready()
  t.same(transports, ['sse'])
  await send(app, 'a')
  await until('a', () => seen.includes('a'))
  proxy.cut()
  await send(app, 'b')
  await until('b', () => seen.includes('b'))
  t.same(transports, ['sse', 'sse'], 'it comes back the same way')
  await send(app, 'c')
  await until('c', () => seen.includes('c'))
  t.same(seen, ['a', 'b', 'c'])
})

test('an outage moves nobody, however long it is', async t => {
  const { app, proxy, client, seen, transports } = await begin(t)
  client.connect()
  await client.ready()
  let refused = 0
  proxy.watch = () => {
    refused += 1
    return 'cut'
  }
  proxy.cut()
  await send(app, 'a')
  await until('many attempts', () => refused > 10)
  proxy.watch = () => 'pass'
  await until('a', () => seen.includes('a'))
  t.same(transports, ['websocket', 'websocket'])
})
