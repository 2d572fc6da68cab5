import { test } from 'tap'
import { call, hello, people, serve } from '../../helper.ts'

test('a client that does not know what was recalled asks for the count, and its own marks over REST are frames with counts', async t => {
  const { app, open } = await serve(t)
  const bob = await open(people.bob)
  for (const id of ['n1', 'n2', 'n3']) await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id })
  await call(app, people.root, 'DELETE', '/api/broadcast/n2')
  const recalled = await bob.next('notification.recalled')
  t.same(recalled.payload, { ids: ['n2'] })
  t.match(await call(app, people.bob, 'GET', '/api/notifications/me/unread-count'), { body: { unread_count: 2, cursor: recalled.cursor! } })
  const { body } = await call(app, people.bob, 'PUT', '/api/notifications/n1/read')
  t.match(await bob.next('notification.read'), { cursor: body.cursor, payload: { unread_count: body.unread_count } })
})
