import { test, type Test } from 'tap'
import type { PushMessage } from '../../src/protocol/outbound/push.ts'
import { World } from './world/world.ts'

/** A browser with two service workers, one of which is not active; what the other is told. */
function workers (t: Test, getRegistrations?: () => Promise<never>): PushMessage[] {
  const told: PushMessage[] = []
  const active = { postMessage: (message: PushMessage) => { told.push(message) } }
  Object.defineProperty(navigator, 'serviceWorker', { configurable: true, value: { getRegistrations: getRegistrations ?? (async () => [{ active: null }, { active }]) } })
  t.teardown(() => { delete (navigator as { serviceWorker?: unknown }).serviceWorker })
  return told
}

const LEFT = [{ belfry: 'left', user: 'https://belfry.test alice' }]

test('service workers hear who has logged out, of a client that never connected too', async t => {
  const told = workers(t)
  await new World().client(t).logout()
  t.strictSame(told, LEFT)
})

test('they hear that nobody is logged in any more, where the client can ask for that, and not of a disconnection', async t => {
  for (const [getToken, expected] of [[() => null, LEFT], [undefined, []]] as const) {
    const told = workers(t)
    const world = new World()
    const { server } = world
    const client = world.client(t, { getToken })
    client.connect()
    const socket = await server.socket()
    socket.welcome()
    client.disconnect()
    t.strictSame(told, [])
    client.connect()
    const over = new Promise(resolve => client.on('disconnected', resolve))
    ;(await server.socket()).end(4401)
    await over
    await new Promise(resolve => { setImmediate(resolve) })
    t.strictSame(told, expected)
  }
})

test('on a page that is loaded when nobody is logged in any more, they hear of whom the application expected', async t => {
  for (const [user, expected] of [['alice', LEFT], [undefined, []]] as const) {
    const told = workers(t)
    const client = new World().client(t, { token: undefined, getToken: () => null, ...user && { user } })
    const over = new Promise(resolve => client.on('disconnected', resolve))
    client.connect()
    await over
    await new Promise(resolve => { setImmediate(resolve) })
    t.strictSame(told, expected)
  }
})

test('a browser that forbids service workers, or does not answer, neither fails nor holds up a logout', async t => {
  workers(t, async () => { throw new Error('forbidden') })
  await new World().client(t).logout()
  workers(t, () => new Promise(() => {}))
  const world = new World()
  const over = world.client(t).logout()
  await world.clock.pass(5_000)
  await over
  t.equal(world.clock.now(), 5_000)
})
