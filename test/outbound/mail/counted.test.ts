import { test, type Test } from 'tap'
import { call, people } from '../../helper.ts'
import { MINUTE, open } from './opened.ts'

const { root, bob } = people

/** A server that mails `bulk` once a day, two hours from now, and anything else at once. */
async function openDaily (t: Test) {
  const server = await open(t)
  const digestAt = new Date(Date.now() + 120 * MINUTE).toISOString().slice(11, 16)
  t.equal((await server.choose(bob, { digest_at: digestAt, topics: { bulk: { mail: 'digest' } } })).status, 200)
  /** Sends 30 in one call; their ids. */
  const sendThirty = async (name: string) => {
    const items = Array.from({ length: 30 }, (_, place) => ({ id: `${name}-${place}`, title: `${name} ${place}`, message: 'M', priority: 'info', topic: 'news', audience: { users: ['bob'] } }))
    t.equal((await call(server.app, root, 'POST', '/api/notifications/batch', { items })).status, 200)
    return items.map(({ id }) => id)
  }
  /** What mails said since: what they show, and how many more there are. */
  const said = () => {
    const titles = server.titles().map(line => line.split(' | ').slice(1))
    return server.box.mails.splice(0).map(({ text }, place) => ({ shown: titles[place]!, more: Number(/^(\d+) more are not shown here/m.exec(text!)?.[1] ?? 0) }))
  }
  const stateOf = async (id: string) => (await server.mailOf(id, bob))[0].state
  return { ...server, sendThirty, said, stateOf }
}

const newest = (name: string) => Array.from({ length: 25 }, (_, place) => `${name} ${29 - place}`)

test('what a mail only counts is in no later one: neither in the day\'s mail after one at once', async t => {
  const { send, sendThirty, later, said, stateOf } = await openDaily(t)
  const [oldest] = await sendThirty('News')
  await send([bob], { topic: 'bulk' })
  await later()
  t.same(said(), [{ shown: newest('News'), more: 5 }])
  t.equal(await stateOf(oldest!), 'sent')
  await send()
  await later()
  t.same(said(), [{ shown: ['Title 2'], more: 0 }])
  await later(120)
  t.same(said(), [{ shown: ['Title 1'], more: 0 }])
})

test('nor in one at once after the day\'s mail', async t => {
  const { send, sendThirty, later, said, stateOf } = await openDaily(t)
  const bulk = await send([bob], { topic: 'bulk' })
  await later(110)
  await sendThirty('News')
  await later(11)
  t.same(said(), [{ shown: newest('News'), more: 6 }])
  t.equal(await stateOf(bulk), 'sent')
  await send()
  await later()
  t.same(said(), [{ shown: ['Title 2'], more: 0 }])
  await later(24 * 60)
  t.same(said(), [])
})

test('what a mail counted that bounced is for the next to another address', async t => {
  const { app, box, send, sendThirty, later, said, stateOf } = await openDaily(t)
  box.answers.recipient = () => 550
  const [oldest] = await sendThirty('News')
  await later()
  box.answers.recipient = () => undefined
  t.equal(await stateOf(oldest!), 'failed')
  const { items } = (await call(app, root, 'GET', '/api/events?types=delivery.failed')).body
  t.same(items.map(({ notification_ids: ids }: { notification_ids: string[] }) => ids.length), [25], 'the event is of what it showed')
  await send([bob], { topic: 'bulk' })
  await later()
  await later(120)
  t.same(said(), [{ shown: ['Title 1'], more: 0 }])
  await call(app, root, 'PATCH', '/api/users/bob', { email: 'bob@example.org' })
  await send()
  await later()
  t.same(said(), [{ shown: ['Title 2', ...newest('News').slice(0, 24)], more: 6 }])
})
