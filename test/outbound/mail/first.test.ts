import { test } from 'tap'
import { call, people } from '../../helper.ts'
import { open } from './opened.ts'

const { root, bob } = people

test('the first mail of a user has all that is unread: also what came before they had an address', async t => {
  const { app, send, later, titles, mailOf } = await open(t)
  const first = await send([root])
  await later()
  t.same([titles(), await mailOf(first, root)], [[], [{ channel: 'mail', state: 'no_address', at: null }]])
  t.equal((await call(app, root, 'PATCH', '/api/users/root', { email: 'root@example.com' })).status, 200)
  await later()
  t.same(titles(), [], 'an address brings no mail by itself')
  await send([root])
  await later()
  t.same(titles(), ['root@example.com | Title 2 | Title 1'])
  t.match(await mailOf(first, root), [{ state: 'sent' }])
  await send([root])
  await later()
  t.same(titles().slice(1), ['root@example.com | Title 3'])
})

test('the first mail of a day has also what came before its topic was muted for a while', async t => {
  const { send, later, titles, choose } = await open(t)
  await choose(bob, { topics: { news: { mail: 'digest' } } })
  await send()
  await choose(bob, { topics: { news: { inbox: 'off' } } })
  await send()
  await later()
  await choose(bob, { topics: { news: { inbox: 'on' } } })
  await send()
  await later()
  await later(24 * 60)
  t.same(titles(), ['bob@example.com | Title 3 | Title 1'], 'what was sent meanwhile is not in the inbox')
})
