import { test, type Test } from 'tap'
import { pushOf } from '../../../src/client/push.ts'
import type { Reply } from '../world/server.ts'
import { settled, World } from '../world/world.ts'

const away: Reply = { status: 503, body: { code: 'BLF_UNAVAILABLE', detail: 'Not now.' } }
const off: Reply = { status: 404, body: { code: 'BLF_PUSH_OFF', detail: 'Not here.' } }
const key: Reply = { status: 200, body: { key: 'AQ' } }

/** A browser whose user has denied this site notifications: nothing but the key is asked for. */
const browser = { PushManager: class {}, Notification: { permission: 'denied' }, location: { href: 'https://app.test/' }, localStorage: { getItem: () => null } }

function define (t: Test, on: object, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(on, name)
  Object.defineProperty(on, name, { configurable: true, value })
  t.teardown(() => {
    if (before) Object.defineProperty(on, name, before)
    else delete (on as Record<string, unknown>)[name]
  })
}

async function begin (t: Test) {
  for (const [name, value] of Object.entries(browser)) define(t, globalThis, name, value)
  define(t, navigator, 'serviceWorker', {})
  const world = new World()
  const { server, clock } = world
  const asked: number[] = []
  const said: { reply: Reply } = { reply: away }
  server.answer = () => {
    asked.push(clock.now() / 1000)
    return said.reply
  }
  const client = world.client(t)
  client.connect()
  const socket = await server.socket()
  socket.welcome()
  const push = pushOf(client, { worker: '/sw.js' })
  return { clock, socket, asked, said, push }
}

test('a server that has not said whether it pushes is asked again, ever less often, until it has', async t => {
  const { clock, asked, said, push } = await begin(t)
  const state = push.settled()
  await clock.pass(60_000)
  t.strictSame(asked, [0, 1, 3, 7, 15, 31, 47])
  said.reply = key
  await clock.pass(3_000)
  t.equal(await state, 'blocked')
  t.equal(clock.waiting, 1, 'only the heartbeat goes on')
})

test('one that does not push is asked once', async t => {
  const { asked, said, push } = await begin(t)
  said.reply = off
  t.equal(await push.settled(), 'unavailable')
  t.strictSame(asked, [0])
})

test('it is not asked without a connection, nor when nobody wants to know any more', async t => {
  const { clock, socket, asked, push } = await begin(t)
  let isWanted = true
  const state = push.settled(() => isWanted)
  await settled()
  socket.end(1008, 'no more')
  await clock.pass(60_000)
  t.strictSame(asked, [0])
  isWanted = false
  await clock.pass(1_000)
  t.equal(await state, 'unavailable')
  t.equal(clock.waiting, 0)
})
