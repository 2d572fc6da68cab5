import { test } from 'tap'
import { call, mint, people } from '../../helper.ts'
import { open } from './opened.ts'

const { root, bob } = people
type Opened = Awaited<ReturnType<typeof open>>

/** What the event feed says of mails that failed. */
const failuresOf = async ({ app }: Opened) => (await call(app, root, 'GET', '/api/events?types=delivery.failed')).body.items.map((item: { notification_ids: string[] }) => item.notification_ids)
const statesOf = async ({ mailOf }: Opened, ids: string[]) => await Promise.all(ids.map(async id => (await mailOf(id, bob))[0].state))
const readdress = async ({ app }: Opened, email: string | null) => (await call(app, root, 'PATCH', '/api/users/bob', { email })).status

test('the next mail to another address has everything that is unread: what bounced and what was given up, too, and nothing that was taken', async t => {
  const server = await open(t)
  const { box, send, later, titles } = server
  const ids = [await send()]
  box.answers.recipient = () => 550
  await later()
  box.answers.recipient = () => undefined
  ids.push(await send())
  box.answers.data = () => 552
  await later()
  ids.push(await send())
  box.answers.data = () => 451
  await later()
  for (const hours of [1, 1, 1, 3, 6, 12, 16, 22, 27]) await later(hours * 60)
  box.answers.data = () => undefined
  ids.push(await send())
  await later()
  t.same(titles(), ['bob@example.com | Title 4'], 'what has failed is not tried again at the same address')
  const [first] = ids
  const read = await send()
  await call(server.app, bob, 'PUT', `/api/notifications/${read}/read`)
  const failures = await failuresOf(server)
  t.same(failures, ids.slice(0, 3).map(id => [id]))
  t.equal(await readdress(server, 'bob@example.org'), 200)
  await later()
  t.same([titles().length, await statesOf(server, ids)], [1, ['failed', 'failed', 'failed', 'sent']], 'an address brings no mail by itself')
  await call(server.app, bob, 'PUT', `/api/notifications/${first}/read`)
  ids.push(await send())
  await later()
  t.same(titles().slice(1), ['bob@example.org | Title 6 | Title 3 | Title 2'])
  t.same([await statesOf(server, ids.slice(1)), await failuresOf(server)], [Array(4).fill('sent'), failures])
  await send()
  await later()
  t.same(titles().slice(2), ['bob@example.org | Title 7'])
})

test('after three bounces in a row everything waits for another address, which a token may state, and the day\'s mail has its own', async t => {
  const server = await open(t)
  const { app, box, send, later, titles, choose } = server
  await choose(bob, { topics: { bulk: { mail: 'digest' } } })
  box.answers.recipient = address => address === 'bob@example.com' ? 550 : undefined
  const digested = [await send([bob], { topic: 'bulk' })]
  const ids = []
  for (let count = 0; count < 3; count++) {
    ids.push(await send())
    await later()
    await later(24 * 60)
  }
  digested.push(await send([bob], { topic: 'bulk' }))
  await later()
  await later(24 * 60)
  t.same(await statesOf(server, [...digested, ...ids]), ['failed', 'no_address', 'failed', 'failed', 'no_address'])
  const token = mint(bob, { email: 'bob@example.org', email_verified: true })
  t.equal((await app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } })).statusCode, 200)
  await later(24 * 60)
  t.same(titles(), [])
  ids.push(await send())
  await later()
  t.same(titles(), ['bob@example.org | Title 6 | Title 4 | Title 3 | Title 2'])
  t.same(await statesOf(server, [...digested, ...ids]), ['digest', 'digest', 'sent', 'sent', 'sent', 'sent'])
  await later(24 * 60)
  t.same(titles().slice(1), ['bob@example.org | Title 5 | Title 1'])
  t.same([await statesOf(server, digested), (await failuresOf(server)).length], [['sent', 'sent'], 3])
})

test('a mail that is tried again goes to the other address at once, as it was, and the next has what bounced before', async t => {
  const server = await open(t)
  const { box, send, later, settled, titles } = server
  box.answers.recipient = () => 550
  await send()
  await later()
  box.answers.recipient = () => undefined
  // It arrives, and nobody says so.
  box.answers.data = (mail, hangUp) => {
    hangUp()
    return new Promise(() => {})
  }
  await send()
  await later()
  box.answers.data = () => undefined
  await send()
  t.equal(await readdress(server, 'bob@example.org'), 200)
  await settled()
  t.same(titles(), ['bob@example.org | Title 2'])
  t.equal(new Set(box.seen.map(({ messageId }) => messageId)).size, 1)
  await later()
  t.same(titles().slice(1), ['bob@example.org | Title 3 | Title 1'])
})

test('a mail that may have arrived waits while there is no address, and is the same one then', async t => {
  const server = await open(t)
  const { box, send, later, settled, titles } = server
  await send()
  box.answers.data = () => 451
  await later()
  box.answers.data = () => undefined
  t.equal(await readdress(server, null), 200)
  await later(60)
  await send()
  await later()
  t.same([titles(), box.seen.length], [[], 1])
  t.equal(await readdress(server, 'bob@example.org'), 200)
  await settled()
  t.same(titles(), ['bob@example.org | Title 1'])
  t.equal(new Set(box.seen.map(({ messageId }) => messageId)).size, 1)
  await send()
  await later()
  t.same(titles().slice(1), ['bob@example.org | Title 3 | Title 2'])
})
