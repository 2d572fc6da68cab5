import { test } from 'tap'
import { call, hello, people, serve, type App, type Frame } from '../../helper.ts'

const { root, bob } = people
const send = (app: App, id: string, audience: object = { all: true }) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience })
const ids = (frames: Frame[]) => frames.filter(({ type }) => type === 'notification').map(({ id }) => id)
const names = (count: number) => Array.from({ length: count }, (_, number) => `n${number}`)

test('the cursor of every frame is good to come back with: wherever the line is cut, nothing is missing', async t => {
  const { app, open } = await serve(t)
  const { cursor: begin } = (await open(bob)).frames[0]!
  for (const id of names(8)) await send(app, id)
  const whole = await open(bob, `?since=${begin}`)
  t.match(whole.frames[0], { type: 'welcome', cursor: begin, payload: { resume: 'complete', unread_count: 8 } }, 'the welcome has the cursor that was given')
  await whole.next('caught_up')
  await whole.ask({ id: 'filter', type: 'subscribe', payload: { topics: ['greetings'] } })
  await send(app, 'n8')
  await whole.next('notification')
  await whole.ask({ id: 'read', type: 'read', payload: { ids: ['n3'] } })
  await send(app, 'n9')
  await whole.next('notification')

  for (let cut = 1; cut <= whole.frames.length; cut++) {
    const had = whole.frames.slice(0, cut)
    const { type, cursor } = had.at(-1)!
    t.type(cursor, 'string', `${type} has a cursor`)
    const back = await open(bob, `?since=${cursor}`)
    await back.next('caught_up')
    t.same([...ids(had), ...ids(back.frames)], names(10), `cut after ${type}`)
    const marks = [...had, ...back.frames].filter(({ type, reply_to: replyTo }) => type === 'notification.read' || replyTo === 'read')
    t.equal(marks.length, 1, 'the mark is known too, once')
    back.close()
  }
})

test('on a gap, too: who is cut before it hears of it again', async t => {
  const { app, open } = await serve(t)
  const { cursor: begin } = (await open(bob)).frames[0]!
  for (const id of names(3)) await send(app, id)
  await app.store.retain(Date.now() + 1000, 100)
  const [welcome] = (await open(bob, `?since=${begin}`)).frames
  t.match(welcome, { cursor: begin, payload: { resume: 'gap' } })
  const back = await open(bob, `?since=${welcome!.cursor}`)
  const gap = await back.next()
  t.match(gap, { type: 'gap', cursor: /^\S+$/, payload: { reason: 'expired' } })
  const on = await open(bob, `?since=${gap.cursor}`)
  t.match(on.frames[0], { cursor: gap.cursor, payload: { resume: 'complete' } })
})

test('what retention removes between two pages of a replay is a gap, not silence', async t => {
  const { app, open } = await serve(t)
  const { cursor: begin } = (await open(bob)).frames[0]!
  for (const id of names(100)) await send(app, id, { users: ['bob'] })
  // What a user missed while being moved is read from the store.
  await call(app, root, 'PATCH', '/api/users/bob', { role: 'guest' })
  const { replay } = app.store
  let pages = 0
  app.store.replay = async (...page) => {
    if (pages++ === 1) await app.store.retain(Date.now() + 1000, 90)
    return await replay(...page)
  }
  const socket = await open({ ...bob, role: 'guest' }, `?since=${begin}`)
  t.match(socket.frames[0], { payload: { resume: 'complete' } }, 'as far as could be known')
  const gap = await socket.next('gap')
  t.match(gap, { cursor: /^\S+$/, payload: { reason: 'expired' } })
  t.same(ids(socket.frames), names(64), 'a page is whole or not there')
  t.equal(pages, 2)
  await send(app, 'later')
  t.match(await socket.next(), { id: 'later' }, 'it is live after it')
  t.notOk(socket.frames.some(({ type }) => type === 'caught_up'))
  const { body: { items } } = await call(app, { ...bob, role: 'guest' }, 'GET', '/api/notifications/me?limit=200')
  const back = await open({ ...bob, role: 'guest' }, `?since=${gap.cursor}`)
  await back.next('caught_up')
  t.same(ids(back.frames), ['later'], 'the cursor of the gap is good')
  t.equal(items[0].id, 'later')
})
