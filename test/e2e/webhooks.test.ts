import { test } from 'tap'
import { ALLOWING, isSigned, Receiver } from '../outbound/receiver.ts'
import { Mailbox, type Mail } from '../outbound/mail/mailbox.ts'
import { PushService } from '../outbound/push/service.ts'
import { until } from '../within.ts'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', VAPID_SUBJECT: 'mailto:ops@example.com', PUSH_AFTER: '0', ...ALLOWING }

test('kill -9 in the middle of calls, pushes and a mail: the next start delivers every event, each under one id', async t => {
  const folder = await newFolder(t)
  const receiver = await Receiver.open(t)
  const box = await Mailbox.open(t)
  const service = await PushService.open(t)
  const settings = { ...env, ...box.env, PUBLIC_URL: '', MAIL_AFTER: '0' }
  const first = await serve(t, { folder, env: settings })
  const admin = await Client.login(first.base, 'admin', env.ADMIN_PASSWORD)
  const { secret } = (await admin.call('POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'] })).body
  // It takes the first four, and answers none of the others.
  receiver.answer = response => { if (receiver.calls.length <= 4) response.end() }
  // It takes the mail, and says nothing.
  box.answers.data = () => Promise.withResolvers<undefined>().promise
  // It takes what is for one browser, and never answers for the other: what it took cannot be written down.
  service.answer = ({ name }) => name === 'phone' ? 201 : undefined
  for (const name of ['phone', 'laptop']) await admin.call('POST', '/api/push/subscriptions', service.subscribe(name).subscription)
  const { id: self } = (await admin.call('GET', '/api/auth/me')).body
  await admin.call('PATCH', `/api/users/${self}`, { email: 'admin@example.com' })
  const ids = Array.from({ length: 20 }, (_, index) => `n-${index}`)
  await admin.call('POST', '/api/notifications/batch', { items: ids.map(id => ({ id, title: id, message: id, priority: 'info', topic: 'crash' })) })
  await receiver.received(8)
  await until('a mail', () => box.seen.length === 1)
  const idsOf = (name: string) => new Set(service.pushed.filter(pushed => pushed.name === name).map(({ payload }) => payload.id))
  await until('pushes to both browsers', () => idsOf('phone').size > 0 && idsOf('laptop').size > 0)
  t.same(await first.stop('SIGKILL'), { code: null, signal: 'SIGKILL' })

  receiver.answer = response => response.end()
  box.answers.data = () => undefined
  const known = service.pushed.splice(0)
  service.answer = () => 201
  const second = await serve(t, { folder, env: settings })
  const again = new Client(second.base, admin.token)
  const [{ id }] = (await again.call('GET', '/api/webhooks')).body.items
  await until('all of them', async () => (await again.call('GET', `/api/webhooks/${id}/attempts?state=delivered`)).body.items.length === ids.length)
  const byNotification = Map.groupBy(receiver.calls, ({ body }) => body.data['notification_ids'][0] as string)
  t.same([...byNotification.keys()].sort(), [...ids].sort())
  for (const [id, calls] of byNotification) t.equal(new Set(calls.map(({ headers, text }) => `${headers['webhook-id']} ${text}`)).size, 1, `${id} is the same each time`)
  t.ok(receiver.calls.every(call => isSigned(call, secret)))
  const titles = (mails: Mail[]) => mails.flatMap(({ html }) => [...html!.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title]) => title!))
  await until('all of them by mail', () => titles(box.mails).length === ids.length)
  t.same(titles(box.mails).sort(), [...ids].sort(), 'each once')
  t.same([box.mails[0]!.messageId, titles([box.mails[0]!])], [box.seen[0]!.messageId, titles([box.seen[0]!])], 'the mail of which nothing was known comes again as it was')
  await until('all of them by push', () => idsOf('phone').size === ids.length && idsOf('laptop').size === ids.length)
  const before = known.find(({ name }) => name === 'phone')!
  const repeated = service.pushed.find(({ name, payload }) => name === 'phone' && payload.id === before.payload.id)!
  t.same([repeated.headers['topic'], repeated.payload.receipt], [before.headers['topic'], before.payload.receipt], 'what the push service took, and the server did not know of, comes again under the same topic')
  t.same(service.faults, [])
  t.same(await second.stop(), { code: 0, signal: null })
})
