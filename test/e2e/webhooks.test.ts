import { test } from 'tap'
import { ALLOWING, isSigned, Receiver } from '../outbound/receiver.ts'
import { until } from '../within.ts'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', ...ALLOWING }

test('kill -9 in the middle of calls: the next start delivers every event, each under one id', async t => {
  const folder = await newFolder(t)
  const receiver = await Receiver.open(t)
  const first = await serve(t, { folder, env })
  const admin = await Client.login(first.base, 'admin', env.ADMIN_PASSWORD)
  const { secret } = (await admin.call('POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'] })).body
  // It takes the first four, and answers none of the others.
  receiver.answer = response => { if (receiver.calls.length <= 4) response.end() }
  const ids = Array.from({ length: 20 }, (_, index) => `n-${index}`)
  await admin.call('POST', '/api/notifications/batch', { items: ids.map(id => ({ id, title: id, message: id, priority: 'info', topic: 'crash' })) })
  await receiver.received(8)
  t.same(await first.stop('SIGKILL'), { code: null, signal: 'SIGKILL' })

  receiver.answer = response => response.end()
  const second = await serve(t, { folder, env })
  const again = new Client(second.base, admin.token)
  const [{ id }] = (await again.call('GET', '/api/webhooks')).body.items
  await until('all of them', async () => (await again.call('GET', `/api/webhooks/${id}/attempts?state=delivered`)).body.items.length === ids.length)
  const byNotification = Map.groupBy(receiver.calls, ({ body }) => body.data['notification_ids'][0] as string)
  t.same([...byNotification.keys()].sort(), [...ids].sort())
  for (const [id, calls] of byNotification) t.equal(new Set(calls.map(({ headers, text }) => `${headers['webhook-id']} ${text}`)).size, 1, `${id} is the same each time`)
  t.ok(receiver.calls.every(call => isSigned(call, secret)))
  t.same(await second.stop(), { code: 0, signal: null })
})
