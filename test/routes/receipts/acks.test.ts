import t from 'tap'
import { bearer, call, hello, isProblem, people, serve, type Frame } from '../../helper.ts'
import { connectStream } from '../../stream/event-stream.ts'

const { root, bob, carol, dave } = people
const { app, base, open } = await serve(t, {}, { ackPaceMs: 3_600_000 })
for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')

const seqOf = (cursor: string) => parseInt(cursor.split('.')[1]!, 36)
/** One token for all sends: that a newer one was seen is a write, in a commit of its own. */
const sender = bearer(root)
const send = async (topic = 'news') => (await call(app, null, 'POST', '/api/notifications/send', { ...hello, topic }, sender)).body.cursor as string
const devicesOf = async (id: string) => (await app.store.deliveries(id)).map(({ device, low, high }) => `${device} ${low}-${high}`)
const ack = (cursor: string, id = 'a') => ({ id, type: 'ack', payload: { cursor } })
const refused = (frame: Frame) => frame.type === 'error' && frame.payload.code
let devices = 0
const newDevice = () => `d${++devices}`

t.test('a socket says how far its device has come', async t => {
  const device = newDevice()
  const socket = await open(bob, `?device=${device}`)
  const start = seqOf(socket.frames[0]!.cursor!)
  const cursor = await send()
  await socket.next('notification')
  t.same((await socket.ask(ack(cursor))).payload, { cursor })
  t.same(await devicesOf('bob'), [`${device} ${start}-${seqOf(cursor)}`], 'since its welcome; written when it is answered')

  t.test('a lower one changes nothing, one beyond what was sent is refused', async t => {
    t.equal((await socket.ask(ack(socket.frames[0]!.cursor!))).type, 'ok')
    t.equal(refused(await socket.ask(ack(`${cursor}0`))), 'BLF_ACK_INVALID')
    t.equal(refused(await socket.ask(ack('aaaaaaaa.1'))), 'BLF_BAD_CURSOR')
    t.equal(refused(await socket.ask(ack('nonsense'))), 'BLF_BAD_CURSOR')
    t.match((await socket.ask({ id: 'a', type: 'ack', payload: { cursor, x: 1 } })).payload, { code: 'BLF_VALIDATION', errors: [{ path: '/payload/x', message: 'is not a known field' }] })
    t.same(await devicesOf('bob'), [`${device} ${start}-${seqOf(cursor)}`])
  })

  t.test('the next one waits, is replaced by a later one, and holds nothing up', async t => {
    const commits: number[] = []
    app.store.onCommit((events, { writes }) => { if (events.length === 0) commits.push(writes) })
    const [first, second] = [await send(), await send()]
    await socket.next('notification')
    await socket.next('notification')
    const from = socket.frames.length
    socket.send(ack(first, 'first'))
    socket.send(ack(second, 'second'))
    socket.send({ id: 'later', type: 'ping' })
    t.equal((await socket.next('pong')).reply_to, 'later')
    t.equal((await socket.ask({ id: 'read', type: 'read_all' })).type, 'ok')
    t.same(await devicesOf('bob'), [`${device} ${start}-${seqOf(cursor)}`], 'not yet')
    await app.ledger.flush()
    await socket.next('ok')
    await socket.next('ok')
    t.same(socket.frames.slice(from).map(({ reply_to: replyTo }) => replyTo), ['later', 'read', 'first', 'second'])
    t.same(await devicesOf('bob'), [`${device} ${start}-${seqOf(second)}`])
    t.equal(commits.length, 1, 'in one commit')
  })

  t.test('who resumes goes on without a hole', async t => {
    const last = socket.frames.findLast(({ cursor }) => cursor)!.cursor!
    socket.close()
    await socket.closed
    await send()
    const again = await open(bob, `?device=${device}&since=${last}`)
    const { cursor } = await again.next('caught_up')
    await again.ask(ack(cursor!))
    // What came after the last ack was not said before the socket was closed: only the cursor of its own "read all".
    const [first, second] = await devicesOf('bob')
    t.equal(first, `${device} ${start}-${seqOf(last) - 1}`)
    t.equal(second, `${device} ${seqOf(last)}-${seqOf(cursor!)}`)
  })
})

t.test('what a replay left out stays left out', async t => {
  const device = newDevice()
  const since = await send()
  const { id } = (await call(app, null, 'POST', '/api/notifications/send', hello, sender)).body
  const after = await send()
  await call(app, root, 'DELETE', `/api/broadcast/${id}`)
  const socket = await open(bob, `?device=${device}&since=${since}`)
  await socket.next('caught_up')
  await socket.ask(ack(after))
  const recalled = seqOf(since) + 1
  const own = async () => (await devicesOf('bob')).filter(text => text.startsWith(`${device} `))
  t.same(await own(), [`${device} ${recalled}-${seqOf(after)}`])
  const last = await send()
  await socket.next('notification')
  socket.send(ack(last))
  socket.send({ id: 'p', type: 'ping' })
  await socket.next('pong')
  await app.ledger.flush()
  t.equal((await socket.next('ok')).reply_to, 'a')
  t.same(await own(), [`${device} ${recalled}-${seqOf(last)}`], 'also once more is acknowledged')
})

t.test('a topic filter, or no device, says nothing', async t => {
  const device = newDevice()
  const filtered = await open(carol, `?device=${device}&topics=billing`)
  const cursor = await send('billing')
  await filtered.next('notification')
  t.equal(refused(await filtered.ask(ack(cursor))), 'BLF_ACK_INVALID')
  isProblem(t, await call(app, carol, 'POST', '/api/notifications/ack', { cursor, device }), 'BLF_ACK_INVALID')
  const { cursor: lifted } = await filtered.ask({ id: 's', type: 'subscribe', payload: { topics: ['*'] } })
  const after = await send()
  await filtered.next('notification')
  t.equal((await filtered.ask(ack(after))).type, 'ok')
  t.same(await devicesOf('carol'), [`${device} ${seqOf(lifted!)}-${seqOf(after)}`], 'from where the filter ended')
  await filtered.ask({ id: 's', type: 'unsubscribe', payload: { topics: ['*'] } })
  t.equal(refused(await filtered.ask(ack(after))), 'BLF_ACK_INVALID')
  const nameless = await open(carol)
  t.equal(refused(await nameless.ask(ack(after))), 'BLF_ACK_INVALID')
})

t.test('after a gap only what follows it counts', async t => {
  const device = newDevice()
  const before = await send()
  const socket = await open(carol, `?device=${device}&since=aaaaaaaa.1`)
  const gap = await socket.next('gap')
  t.equal(refused(await socket.ask(ack(before))), false, 'the gap ends there')
  const cursor = await send()
  await socket.next('notification')
  const earlier = `${before.split('.')[0]}.${(seqOf(gap.cursor!) - 1).toString(36)}`
  t.equal(refused(await socket.ask(ack(earlier))), 'BLF_ACK_INVALID')
  await socket.ask(ack(cursor))
  t.ok((await devicesOf('carol')).includes(`${device} ${seqOf(gap.cursor!)}-${seqOf(cursor)}`))
})

t.test('over REST, for a stream', async t => {
  const device = newDevice()
  const stream = connectStream(t, base, { headers: bearer(bob), path: `/sse/notifications?device=${device}` })
  const start = (await stream.next('welcome')).cursor!
  const cursor = await send()
  await stream.next('notification')
  const post = (person: typeof bob | typeof carol | typeof root, body: object) => call(app, person, 'POST', '/api/notifications/ack', body)
  t.match(await post(bob, { cursor, device }), { status: 200, body: { cursor } })
  t.ok((await devicesOf('bob')).includes(`${device} ${seqOf(start)}-${seqOf(cursor)}`))
  isProblem(t, await post(bob, { cursor: `${cursor}0`, device }), 'BLF_ACK_INVALID', 'beyond what was sent')
  isProblem(t, await post(bob, { cursor, device: 'another' }), 'BLF_ACK_INVALID', 'by another device')
  isProblem(t, await post(root, { cursor, device }), 'BLF_ACK_INVALID', 'by somebody else\'s device')
  isProblem(t, await post(bob, { cursor: 'nonsense', device }), 'BLF_BAD_CURSOR')
  isProblem(t, await post(bob, { cursor }), 'BLF_VALIDATION')
  const last = await send()
  await stream.next('notification')
  stream.close()
  while (app.hub.connectionsOf('u:bob').some(({ coverage }) => coverage?.device === device)) await new Promise(resolve => setImmediate(resolve))
  const posted = post(bob, { cursor: last, device })
  const answered = posted.then(() => 'answered')
  const flushed = async () => {
    await app.ledger.flush()
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
  while (await Promise.race([answered, flushed()]) !== 'answered');
  t.match(await posted, { status: 200 }, 'also when it has just ended')
  t.ok((await devicesOf('bob')).includes(`${device} ${seqOf(start)}-${seqOf(last)}`))
})

t.test('what was recalled before this node read it was sent to nobody, and an ack does not say that it was', async t => {
  const { keys: _keys, ...recalled } = (await app.store.events(0, 1))[0]!
  const device = newDevice()
  const socket = await open(dave, `?device=${device}`)
  const start = seqOf(socket.frames[0]!.cursor!)
  const [first, second] = [seqOf(await send()), await send()]
  // As the log says it of one that is recalled.
  app.ledger.follow([{ ...recalled, kind: 'notification', keys: [], seq: first }])
  await socket.next('notification')
  await socket.next('notification')
  t.equal((await socket.ask(ack(second))).type, 'ok')
  t.same(await devicesOf('dave'), [...first - 1 > start ? [`${device} ${start}-${first - 1}`] : [], `${device} ${first}-${seqOf(second)}`])
  socket.close()
})
