import { once } from 'node:events'
import { test } from 'tap'
import { bearer, build, call, hello, listen, people, Subscriber, type App, type Frame } from '../../helper.ts'
import { until } from '../../within.ts'
import { lineEncoding, subscribeByLine } from './line-wire.ts'

const { root, bob } = people
const AUDIENCES = [{ all: true }, { companies: ['company_a'] }, { users: ['bob'] }, { roles: ['user'] }, { companies: ['company_b'] }]

const send = async (app: App, id: string, audience: object = { all: true }, message = 'the same words again and again '.repeat(10)) => {
  const { body } = await call(app, root, 'POST', '/api/notifications/send', { ...hello, id, message, audience })
  return body.cursor as string
}
const events = (frames: Frame[]) => frames.filter(({ type }) => type.startsWith('notification') || type.startsWith('inbox'))
const reached = (id: string) => (frame: Frame) => frame.id === id

/** Bob's sockets, plain and deflated. */
async function openSockets (app: App) {
  const base = await listen(app)
  const open = async (perMessageDeflate: boolean, query = '') => {
    const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { headers: bearer(bob), perMessageDeflate })
    await subscriber.next('welcome')
    return subscriber
  }
  return { open, plain: await open(false), deflated: await open(true) }
}

test('another transport gets the same events in the same order, live and on a resume', async t => {
  const app = await build(t, { COMPRESSION: 'true' })
  const { open, plain, deflated } = await openSockets(app)
  const encoding = lineEncoding()
  const [line, twin] = [await subscribeByLine(t, app, bob, { encoding }), await subscribeByLine(t, app, { ...bob, sub: 'ben' }, { encoding })]
  t.equal(app.hub.size, 4)
  const ids = Array.from({ length: 50 }, (_, count) => `n${count}`)
  await Promise.all(ids.map((id, count) => send(app, id, AUDIENCES[count % AUDIENCES.length])))
  plain.send({ type: 'read', payload: { ids: ['n0', 'n1'] } })
  await line.got(({ type }) => type === 'notification.read', 'the mark')
  await send(app, 'last')
  await line.got(reached('last'), 'the last event')
  while ((await deflated.next('notification')).id !== 'last');
  await plain.settled()

  const got = events(line.frames)
  t.equal(got.length, 42, 'those of others did not come')
  t.same(got, events(deflated.frames), 'a deflated socket')
  t.same(got.filter(({ type }) => type === 'notification'), events(plain.frames), 'a plain socket, which marked them itself')
  t.same(got.map(({ cursor }) => cursor), line.cursors, 'the encoding is given each event\'s cursor')
  await twin.got(reached('last'), 'the last event')
  t.equal(encoding.events, 42, 'each event is encoded once for both')

  const since = got[9]!.cursor!
  const resumed = await subscribeByLine(t, app, bob, { encoding, since })
  const socket = await open(true, `?since=${since}`)
  await resumed.got(({ type }) => type === 'caught_up', 'the end of the replay')
  await socket.next('caught_up')
  t.same(events(resumed.frames), got.slice(10))
  t.same(resumed.frames.slice(1), socket.frames.slice(1), 'as a socket resumes')
  t.equal(encoding.events, 42, 'without encoding anything again')
  for (const { socket } of [line, twin, resumed]) socket.destroy()
  await until('the hub to forget them', () => app.hub.size === 3)
})

test('its slow reader is closed with 1013 and resumes without loss, and nobody else is disturbed', async t => {
  const app = await build(t, { COMPRESSION: 'true' })
  const { plain, deflated } = await openSockets(app)
  const line = await subscribeByLine(t, app, bob)
  line.socket.pause()
  let count = 0
  while (line.wire.code === undefined) await send(app, `n${count++}`, { all: true }, 'all work and no play '.repeat(190))
  t.equal(line.wire.code, 1013)
  line.socket.resume()
  await once(line.socket, 'close')
  t.same(line.frames.at(-1), { type: 'closed', payload: { code: 1013 } })
  const got = events(line.frames)
  const resumed = await subscribeByLine(t, app, bob, { since: got.at(-1)?.cursor ?? line.frames[0]!.cursor! })
  await resumed.got(reached(`n${count - 1}`), 'the last event')
  const all = Array.from({ length: count }, (_, index) => `n${index}`)
  t.same([...got, ...events(resumed.frames)].map(({ id }) => id), all)
  for (const socket of [plain, deflated]) t.same(events(await socket.settled()).map(({ id }) => id), all)
})

test('a shutdown closes every transport with 1012, and cuts who does not go', async t => {
  const app = await build(t, { DRAIN_SECONDS: '1' })
  const { plain } = await openSockets(app)
  const [line, stalled] = [await subscribeByLine(t, app, bob), await subscribeByLine(t, app, bob)]
  line.socket.on('end', () => line.socket.end())
  // It leaves its own side open, so that the wire does not close by itself.
  stalled.socket.pause()
  await app.close()
  t.equal((await plain.closed).code, 1012)
  t.same(line.frames.at(-1), { type: 'closed', payload: { code: 1012 } })
  t.equal(stalled.wire.code, 1012)
})
