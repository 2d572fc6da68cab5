import { test, type Test } from 'tap'
import type { OwnFrame } from '../../src/hub/encoding.ts'
import { draftOf } from '../../src/notification/draft.ts'
import { build, call, hello, listen, people, subscribe, type App } from '../helper.ts'
import { recorded } from './recording.ts'

const { root, bob } = people

/** A socket that has got two notifications; `news` says what came since, as type and ids. */
async function open (t: Test) {
  const app = await build(t)
  const device = await subscribe(t, await listen(app), bob)
  for (const id of ['n1', 'n2']) await call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
  for (let count = 0; count < 2; count++) await device.next('notification')
  const news = async () => {
    const frames = (await device.settled()).slice(3)
    return frames.map(({ type, id, payload }) => [type, ...id === undefined ? payload.ids ?? [] : [id]].join(' '))
  }
  return { app, device, news }
}

/** Makes what a socket does next share its commit with other writes, before and after it. */
function beside (app: App, { before, after }: { before?: () => Promise<unknown>, after?: () => Promise<unknown> }): void {
  const { notify, mark, readAll } = app.store
  const together = async <T>(own: () => Promise<T>): Promise<T> => {
    Object.assign(app.store, { notify, mark, readAll })
    const others = [before?.()]
    const done = own()
    others.push(after?.())
    await Promise.all(others)
    return await done
  }
  app.store.notify = draft => together(() => notify(draft))
  app.store.mark = (...args) => together(() => mark(...args))
  app.store.readAll = (...args) => together(() => readAll(...args))
}

function notify (app: App, id: string): Promise<unknown> {
  const content = { id, title: 'Late', message: 'By a hair', type: 'info' as const, data: {} }
  return app.store.notify(draftOf(content, { keys: ['all'], sender: 'user:root', scope: null }))
}

const unread = (app: App) => app.store.mark('bob', 'unread', ['n1'])
const read = { id: '1', type: 'read', payload: { ids: ['n1'] } }

test('of what a socket does it is told by its answer alone', async t => {
  const { device, news } = await open(t)
  device.send(read)
  t.same(await news(), ['ok n1'])
})

test('what was committed before it comes before it, what came after it after it', async t => {
  const { app, device, news } = await open(t)
  await app.store.mark('bob', 'read', ['n1'])
  await device.next('notification.read')
  beside(app, { before: () => unread(app), after: () => notify(app, 'n3') })
  device.send(read)
  t.same(await news(), ['notification.read n1', 'notification.unread n1', 'ok n1', 'notification n3'])
})

test('a mark that changes nothing stands at the place its count is of', async t => {
  const { app, device, news } = await open(t)
  beside(app, { before: () => notify(app, 'n3'), after: () => notify(app, 'n4') })
  device.send({ id: '1', type: 'unread', payload: { ids: ['n1'] } })
  t.same(await news(), ['notification n3', 'ok n1', 'notification n4'])
  const [, , , n3, ok] = device.frames
  t.match(ok, { cursor: n3!.cursor, payload: { unread_count: 3 } })
})

test('a read-all stands after what it covers', async t => {
  const { app, device, news } = await open(t)
  beside(app, { before: () => notify(app, 'n3'), after: () => notify(app, 'n4') })
  device.send({ id: '1', type: 'read_all' })
  t.same(await news(), ['notification n3', 'ok', 'notification n4'])
  t.match(device.frames.find(({ type }) => type === 'ok'), { payload: { count: 3, unread_count: 0 } })
})

test('a send stands after what it sent', async t => {
  const app = await build(t)
  const device = await subscribe(t, await listen(app), root)
  beside(app, { before: () => notify(app, 'n1'), after: () => notify(app, 'n3') })
  device.send({ id: '1', type: 'send', payload: { ...hello, id: 'n2' } })
  t.same((await device.settled()).slice(1).map(({ type, id }) => id ?? type), ['n1', 'n2', 'ok', 'n3'])
})

test('where it failed, everything is told', async t => {
  const { app, device, news } = await open(t)
  beside(app, { before: () => unread(app) })
  device.send({ ...read, payload: { ids: ['nothing'] } })
  t.same(await news(), ['error'])
  await app.store.mark('bob', 'read', ['n2'])
  t.same(await news(), ['error', 'notification.read n2'], 'and goes on')

  const { connection, wire } = recorded({ id: 'bob', role: 'user', company: null })
  connection.hold()
  connection.deliver([{ seq: 1, frame: Buffer.from('1') }, { seq: 2, frame: Buffer.from('2') }])
  connection.release({} as OwnFrame, undefined)
  t.match(String(wire.writes.at(-1)), /\{\}12$/)
})

test('what is held back is bounded', async t => {
  const { connection, wire } = recorded({ id: 'bob', role: 'user', company: null }, { maxUnsent: 10 })
  connection.hold()
  connection.deliver([{ seq: 1, frame: Buffer.alloc(6) }])
  t.equal(wire.code, undefined)
  connection.deliver([{ seq: 2, frame: Buffer.alloc(6) }])
  t.equal(wire.code, 1013)
})
