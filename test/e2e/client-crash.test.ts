import { test } from 'tap'
import { Belfry } from '../../src/client/belfry.ts'
import { within } from '../within.ts'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', RATE_LIMIT: '0' }
const SENDERS = 4
const EACH = 25
/** After how many answers the server is killed. */
const KILLS = [30, 70]

test('kill -9 under a client: every send is answered, and everything is received once and in order', async t => {
  const folder = await newFolder(t)
  let server = await serve(t, { folder, env })
  const { base } = server
  const { token } = await Client.login(base, 'admin', env.ADMIN_PASSWORD)
  const options = { token, minReconnectDelay: 20, maxReconnectDelay: 200 }
  const subscriber = new Belfry(base, options)
  const backend = new Belfry(base, options)
  t.teardown(() => subscriber.disconnect())
  const received: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  subscriber.on('notification', ({ payload: { id } }) => {
    if (received.push(id) >= SENDERS * EACH) resolve()
  })
  const faults: string[] = []
  subscriber.on('disconnected', ({ reason }) => faults.push(reason))
  subscriber.on('gap', ({ payload: { reason } }) => faults.push(`gap: ${reason}`))
  subscriber.connect()
  await subscriber.ready()

  let answered = 0
  const wanted = new Map(KILLS.map(count => [count, Promise.withResolvers<void>()]))
  const sender = async (name: string) => {
    for (let number = 0; number < EACH; number++) {
      const id = `${name}-${number}`
      await backend.send({ id, title: id, message: id, priority: 'info', topic: 'crash' })
      wanted.get(++answered)?.resolve()
    }
  }
  const senders = Promise.all(Array.from({ length: SENDERS }, (_, index) => sender(`sender${index}`)))
  for (const { promise } of wanted.values()) {
    await within(promise, 'answers')
    await server.stop('SIGKILL')
    server = await serve(t, { folder, env: { ...env, PORT: new URL(base).port } })
  }
  await within(senders, 'every send')
  await within(all, 'every notification')
  t.same(faults, [])
  t.equal(new Set(received).size, received.length, 'nothing twice')
  for (let index = 0; index < SENDERS; index++) {
    t.same(received.filter(id => id.startsWith(`sender${index}-`)), Array.from({ length: EACH }, (_, number) => `sender${index}-${number}`), 'in the order it was sent')
  }
})
