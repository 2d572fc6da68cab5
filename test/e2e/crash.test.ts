import { test } from 'tap'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', RATE_LIMIT: '0' }
const SENDERS = 4
const ENOUGH = 30

test('kill -9 while it works: what was answered 2xx is there, once and in order', async t => {
  const folder = await newFolder(t)
  const first = await serve(t, { folder, env })
  const admin = await Client.login(first.base, 'admin', env.ADMIN_PASSWORD)
  const subscriber = await admin.subscribe(t)
  const words = (id: string) => ({ id, title: id, message: id, priority: 'info', topic: 'crash' })

  const acknowledged = new Map<string, string>()
  const unknown: string[] = []
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const sender = async (name: string) => {
    for (let number = 1; ; number++) {
      const id = `${name}-${number}`
      try {
        const { status, body } = await admin.call('POST', '/api/notifications/send', words(id))
        if (status !== 200) throw new Error(`${id}: ${status}`)
        acknowledged.set(id, body.cursor)
      } catch {
        unknown.push(id)
        return
      }
      if (acknowledged.size >= ENOUGH) resolve()
    }
  }
  const senders = Array.from({ length: SENDERS }, (_, index) => sender(`sender${index}`))
  await enough
  t.same(await first.stop('SIGKILL'), { code: null, signal: 'SIGKILL' })
  await Promise.all(senders)
  t.equal(unknown.length, SENDERS, 'every sender has one whose outcome it does not know')
  await subscriber.closed

  const second = await serve(t, { folder, env })
  const again = new Client(second.base, admin.token)
  const items = async (): Promise<{ id: string, cursor: string }[]> => (await again.call('GET', '/api/notifications/me?limit=200')).body.items
  const kept = await items()
  const cursorOf = new Map(kept.map(({ id, cursor }) => [id, cursor]))
  t.equal(cursorOf.size, kept.length, 'once')
  t.same([...acknowledged].map(([id]) => [id, cursorOf.get(id)]), [...acknowledged], 'with the cursors that were answered')
  t.same([...cursorOf.keys()].filter(id => !acknowledged.has(id) && !unknown.includes(id)), [], 'and nothing that nobody sent')
  for (const index of senders.keys()) {
    const own = kept.map(({ id }) => id).filter(id => id.startsWith(`sender${index}-`)).reverse()
    t.same(own, own.map((_, at) => `sender${index}-${at + 1}`), 'in the order it was sent')
  }

  const last = subscriber.frames.findLast(({ type }) => type === 'notification')!
  t.equal(cursorOf.get(last.id!), last.cursor, 'a socket was told of nothing that is not kept')
  for (const id of unknown) t.equal((await again.call('POST', '/api/notifications/send', words(id))).status, 200, 'a retry is safe')
  t.same((await items()).map(({ id }) => id).sort(), [...acknowledged.keys(), ...unknown].sort(), 'and stores nothing twice')

  const resumed = await again.subscribe(t, `?since=${last.cursor}`)
  t.equal(resumed.frames[0]?.payload.resume, 'complete')
  await resumed.next('caught_up')
  const seen = [...subscriber.frames, ...await resumed.settled()].filter(({ type }) => type === 'notification').map(({ id }) => id)
  t.same(seen.sort(), [...acknowledged.keys(), ...unknown].sort(), 'both sockets together saw each once')
  t.same(await second.stop(), { code: 0, signal: null })
})
