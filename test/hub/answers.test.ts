import { test, type Test } from 'tap'
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

/** Makes what a socket does share its commit with another write, before or after it. */
function beside (app: App, place: 'before' | 'after', write: () => Promise<unknown>): void {
  const { mark, readAll } = app.store
  const together = async <T>(own: () => Promise<T>): Promise<T> => {
    const first = place === 'before' ? write() : undefined
    const done = own()
    await (first ?? write())
    return await done
  }
  app.store.mark = (...args) => args[3] === undefined ? mark(...args) : together(() => mark(...args))
  app.store.readAll = (...args) => args[3] === undefined ? readAll(...args) : together(() => readAll(...args))
}

const unread = (app: App) => () => app.store.mark('bob', 'unread', ['n1'])
const read = { id: '1', type: 'read', payload: { ids: ['n1'] } }

test('of what a socket does it is told by its answer alone', async t => {
  const { device, news } = await open(t)
  device.send(read)
  t.same(await news(), ['ok n1'])
})

test('what others did before it comes after the answer, and then what it did', async t => {
  const { app, device, news } = await open(t)
  await app.store.mark('bob', 'read', ['n1'])
  await device.next('notification.read')
  beside(app, 'before', unread(app))
  device.send(read)
  t.same(await news(), ['notification.read n1', 'ok n1', 'notification.unread n1', 'notification.read n1'])
})

test('what others did after it comes after the answer', async t => {
  const { app, device, news } = await open(t)
  beside(app, 'after', unread(app))
  device.send(read)
  t.same(await news(), ['ok n1', 'notification.unread n1'])
})

test('what a read-all covers comes before it', async t => {
  const { app, device, news } = await open(t)
  const content = { id: 'n3', title: 'Late', message: 'By a hair', type: 'info' as const, data: {} }
  const draft = draftOf(content, { audience: { all: true }, sender: 'user:root', scope: null })
  beside(app, 'before', () => app.store.notify(draft))
  device.send({ id: '1', type: 'read_all' })
  t.same(await news(), ['ok', 'notification n3', 'inbox.read_all'])
})

test('where it failed, everything is told', async t => {
  const { app, device, news } = await open(t)
  beside(app, 'before', unread(app))
  device.send({ ...read, payload: { ids: ['nothing'] } })
  t.same(await news(), ['error'])
  await app.store.mark('bob', 'read', ['n2'])
  t.same(await news(), ['error', 'notification.read n2'], 'and goes on')

  const { connection, wire } = recorded({ id: 'bob', role: 'user', company: null })
  connection.hold()
  connection.deliver([{ seq: 1, frame: Buffer.from('1'), isOwn: true }, { seq: 2, frame: Buffer.from('2') }])
  connection.release({}, false)
  t.equal(String(wire.writes.at(-1)), '12')
})

test('what is held back is bounded', async t => {
  const { connection, wire } = recorded({ id: 'bob', role: 'user', company: null }, { maxUnsent: 10 })
  connection.hold()
  connection.deliver([{ seq: 1, frame: Buffer.alloc(6) }])
  t.equal(wire.code, undefined)
  connection.deliver([{ seq: 2, frame: Buffer.alloc(6) }])
  t.equal(wire.code, 1013)
})
