import { test } from 'tap'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', RATE_LIMIT: '0' }
const PLANS = 600

test('kill -9 while plans are published: each is sent once, in order, what became due meanwhile at the next start', async t => {
  const folder = await newFolder(t)
  const first = await serve(t, { folder, env })
  const admin = await Client.login(first.base, 'admin', env.ADMIN_PASSWORD)
  const subscriber = await admin.subscribe(t)
  // All are due at the same moment, so that they are published in the order in which they were planned, in several commits.
  const sendAt = new Date(Date.now() + 4_000).toISOString()
  const ids = Array.from({ length: PLANS }, (_, index) => `plan-${index}`)
  for (let from = 0; from < PLANS; from += 200) {
    const items = ids.slice(from, from + 200).map(id => ({ id, title: id, message: id, priority: 'info', topic: 'crash', send_at: sendAt }))
    const { status, body } = await admin.call('POST', '/api/notifications/batch', { items })
    t.equal(status, 200)
    t.same(body.items.map((item: { id: string }) => item.id), ids.slice(from, from + 200))
  }
  const later = { id: 'later', title: 'later', message: 'm', priority: 'info', topic: 'crash', send_at: new Date(Date.now() + 3_600_000).toISOString() }
  t.equal((await admin.call('POST', '/api/notifications/send', later)).status, 202)
  await subscriber.next('notification')
  t.same(await first.stop('SIGKILL'), { code: null, signal: 'SIGKILL' })

  const second = await serve(t, { folder, env })
  const again = new Client(second.base, admin.token)
  const resumed = await again.subscribe(t, `?since=${subscriber.frames[0]!.cursor}`)
  const got = () => resumed.frames.filter(({ type }) => type === 'notification').map(({ id }) => id)
  while (got().length < PLANS) await resumed.next('notification')
  t.same(got(), ids)
  t.equal((await again.call('GET', '/api/scheduled/plan-0')).body.state, 'sent')
  t.equal((await again.call('GET', '/api/scheduled/later')).body.state, 'planned')
  t.same(await second.stop(), { code: 0, signal: null })
})
