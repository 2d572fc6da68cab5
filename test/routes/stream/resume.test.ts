import { test } from 'tap'
import { call, hello, people, serve, type App, type Frame } from '../../helper.ts'
import { openStream } from '../../stream/event-stream.ts'

const { root, bob } = people
const send = (app: App, id: string, audience: object = { all: true }) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience })
const ids = (frames: Frame[]) => frames.filter(({ type }) => type === 'notification').map(({ id }) => id)
const names = (count: number) => Array.from({ length: count }, (_, number) => `n${number}`)

test('the id of every event is good to come back with: wherever the line is cut, nothing is missing', async t => {
  const { app, base } = await serve(t)
  const begin = (await openStream(t, base, bob)).events[0]!.id!
  for (const id of names(8)) await send(app, id)
  const whole = await openStream(t, base, bob, '', { 'last-event-id': begin })
  t.match(whole.frames[0], { type: 'welcome', cursor: begin, payload: { resume: 'complete', unread_count: 8 } })
  await whole.next('caught_up')
  await send(app, 'n8')
  await whole.next('notification')
  await call(app, bob, 'PUT', '/api/notifications/n3/read')
  await whole.next('notification.read')
  await send(app, 'n9')
  await whole.next('notification')

  for (let cut = 1; cut <= whole.events.length; cut++) {
    const had = whole.events.slice(0, cut)
    const { id, frame } = had.at(-1)!
    const back = await openStream(t, base, bob, '', { 'last-event-id': id! })
    await back.next('caught_up')
    const frames = [...had.map(({ frame }) => frame), ...back.frames]
    t.same(ids(frames), names(10), `cut after ${frame.type}`)
    t.equal(frames.filter(({ type }) => type === 'notification.read').length, 1, 'the mark is known too, once')
    back.close()
  }
})

test('Last-Event-ID counts before since, unless it is empty, and so an old URL resumes from what came last', async t => {
  const { app, base } = await serve(t)
  const first = await openStream(t, base, bob)
  const begin = first.events[0]!.id!
  for (const id of names(4)) await send(app, id)
  await first.next('notification')
  await first.next('notification')
  const middle = first.events[2]!.id!
  const replayed = async (query: string, headers: Record<string, string>) => {
    const stream = await openStream(t, base, bob, query, headers)
    await stream.next('caught_up')
    return ids(stream.frames)
  }
  t.same(await replayed(`?since=${begin}`, {}), names(4))
  t.same(await replayed(`?since=${begin}`, { 'last-event-id': middle }), ['n2', 'n3'])
  t.same(await replayed(`?since=${middle}`, { 'last-event-id': begin }), names(4))
  t.same(await replayed(`?since=${middle}`, { 'last-event-id': '' }), ['n2', 'n3'])
})

test('a cursor that cannot be resumed is a gap that says why, and the stream is live', async t => {
  const { app, base } = await serve(t)
  const begin = (await openStream(t, base, bob)).events[0]!.id!
  await send(app, 'n0')
  const [epoch, seq] = begin.split('.')
  const cursors: [string, string][] = [['garbage', 'unreadable'], ['a%0Aevent:%20evil%0A%0Adata:', 'unreadable'], ['', 'unreadable'], [`zzzzzzzz.${seq}`, 'epoch'], [`${epoch}.zzz`, 'future']]
  for (const [since, reason] of cursors) {
    const stream = await openStream(t, base, bob, `?since=${since}`)
    t.equal(stream.frames[0]!.payload.resume, 'gap', since)
    const gap = await stream.next()
    t.match(gap, { type: 'gap', payload: { reason } }, since)
    t.equal(stream.events[1]!.id, gap.cursor, 'its id is good')
    if (since !== '') t.equal(stream.events[0]!.id, /^[\w.]+$/.test(since) ? since : undefined)
  }
  await app.store.retain(Date.now() + 1000, 100)
  const stream = await openStream(t, base, bob, '', { 'last-event-id': begin })
  t.match(await stream.next(), { type: 'gap', payload: { reason: 'expired' } })
  await send(app, 'n1')
  t.match(await stream.next('notification'), { id: 'n1' })
  const back = await openStream(t, base, bob, '', { 'last-event-id': stream.events[1]!.id! })
  await back.next('caught_up')
  t.same(ids(back.frames), ['n1'])
})

test('streams that open while much is sent miss nothing and get nothing twice', async t => {
  const { app, base } = await serve(t)
  const begin = (await openStream(t, base, bob)).events[0]!.id!
  const sent = names(60).map(id => send(app, id))
  const opened = Array.from({ length: 10 }, async (_, n) => {
    await sent[n * 5]
    return await openStream(t, base, bob, `?since=${begin}`)
  })
  await Promise.all(sent)
  const { body } = await call(app, bob, 'GET', '/api/notifications/me?limit=200')
  const expected = body.items.map(({ id }: { id: string }) => id).reverse()
  for (const stream of await Promise.all(opened)) {
    await stream.until(() => ids(stream.frames).length >= expected.length, 'everything')
    t.same(ids(stream.frames), expected)
  }
})
