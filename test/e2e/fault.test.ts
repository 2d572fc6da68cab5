import { test } from 'tap'
import { join } from 'node:path'
import { Client } from './client.ts'
import { newFolder, PROJECT, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', RATE_LIMIT: '0' }
/** The server, but for a fault that nobody foresaw when a notification of the topic `throw` comes. */
const broken = [process.execPath, join(PROJECT, 'test/chaos/mutants/server.ts')]

test('a fault that nobody foresaw ends the process, and nothing is acknowledged that is not there', async t => {
  const folder = await newFolder(t)
  const server = await serve(t, { folder, env, command: broken })
  const admin = await Client.login(server.base, 'admin', env.ADMIN_PASSWORD)
  const send = async (client: Client, id: string, topic: string) => {
    const { status } = await client.call('POST', '/api/notifications/send', { id, title: id, message: id, priority: 'info', topic })
    return status === 200
  }
  const ids = Array.from({ length: 60 }, (_, number) => `n${number}`)
  const answers = await Promise.all(ids.map(async (id, number) => {
    return await send(admin, id, number === 30 ? 'throw' : 'news').catch(() => false)
  }))
  t.same(await server.ended, { code: 1, signal: null })
  await server.out.match(/"level":60.*nobody foresaw this/)

  const again = new Client((await serve(t, { folder, env })).base, admin.token)
  const { body } = await again.call('GET', '/api/notifications/me?limit=200')
  const kept = new Set(body.items.map(({ id }: { id: string }) => id))
  t.same(ids.filter((id, number) => answers[number] && !kept.has(id)), [], 'what was acknowledged is there')
  for (const id of ids) t.ok(await send(again, id, id === 'n30' ? 'throw' : 'news'), 'a retry is safe')
  t.equal((await again.call('GET', '/api/notifications/me?limit=200')).body.items.length, ids.length)
})
