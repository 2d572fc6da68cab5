import { test } from 'tap'
import { call, hello, isProblem, people, serve, type App, type Answer, type Person } from '../../helper.ts'

const { root, alice, bob } = people
const toA = { audience: { companies: ['company_a'] } }
const send = (app: App, rest: object, person: Person = root) => call(app, person, 'POST', '/api/notifications/send', { ...hello, ...toA, replace_key: 'comments', ...rest })
const broadcast = (app: App, rest: object = {}, target = 'company/company_a') => call(app, root, 'POST', `/api/broadcast/${target}`, {
  type: 'notification', payload: { title: 'T', message: 'm', type: 'info', replace_key: 'comments', ...rest }
})
const idOf = ({ status, body }: Answer) => {
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.id as string
}
const items = async (app: App): Promise<{ id: string, replaces?: string, replaced_count?: number }[]> => (await call(app, bob, 'GET', '/api/notifications/me')).body.items

test('on every way of sending, one takes the place of the one before', async t => {
  const { app, open } = await serve(t)
  const [socket, sender] = [await open(bob), await open(root)]
  const first = idOf(await send(app, {}))
  t.notHas((await socket.next('notification')).payload, { replaces: first })
  const second = idOf(await broadcast(app))
  t.same((await socket.next()).payload, { ids: [first] }, 'the recall comes first')
  t.match(await socket.next(), { type: 'notification', payload: { id: second, replaces: first, replaced_count: 1 } })
  const third = (await sender.ask({ id: '1', type: 'send', payload: { ...hello, ...toA, replace_key: 'comments' } })).payload.id
  const { body } = await call(app, root, 'POST', '/api/notifications/batch', { items: [{ ...hello, ...toA, replace_key: 'comments' }, { ...hello, ...toA, replace_key: 'comments' }] })
  const [fourth, fifth] = body.items.map(({ id }: { id: string }) => id)
  t.match(await items(app), [{ id: fifth, replaces: fourth, replaced_count: 4, read: false }])
  t.equal((await items(app)).length, 1)
  t.same((await socket.settled()).flatMap(({ type, payload }) => type === 'notification.recalled' ? payload.ids : []), [first, second, third, fourth])
})

test('another key, audience or sender is another chain', async t => {
  const { app, open } = await serve(t)
  await open(bob)
  const ids = [
    idOf(await send(app, {})), idOf(await send(app, { replace_key: 'likes' })), idOf(await send(app, { replace_key: undefined })), idOf(await send(app, {}, alice)),
    idOf(await send(app, { audience: { companies: ['company_a', 'company_b'] } })), idOf(await send(app, { audience: { users: ['bob'] } })), idOf(await broadcast(app, {}, 'company/company_a/role/user'))
  ]
  t.same((await items(app)).map(({ id }) => id).reverse(), ids)
  t.ok((await items(app)).every(({ replaces }) => replaces === undefined))
  t.match((await send(app, { audience: { companies: ['company_b', 'company_a'] } })).status, 200)
  t.equal((await items(app))[0]!.replaces, ids[4], 'the same audience, named in another order, is the same chain')
})

test('a retry replaces nothing, and is another send with another key', async t => {
  const { app, open } = await serve(t)
  await open(bob)
  const first = await send(app, { id: 'one' })
  const second = idOf(await send(app, { id: 'two' }))
  t.same((await send(app, { id: 'one' })).body, first.body)
  isProblem(t, await send(app, { id: 'one', replace_key: 'likes' }), 'BLF_ID_CONFLICT')
  isProblem(t, await send(app, { id: 'one', replace_key: undefined }), 'BLF_ID_CONFLICT')
  t.equal((await call(app, root, 'POST', '/api/notifications/send?dry_run=true', { ...hello, ...toA, replace_key: 'comments' })).status, 200)
  t.same((await items(app)).map(({ id }) => id), [second], 'nor does a dry run')
})

test('a key is an id', async t => {
  const { app } = await serve(t)
  for (const key of ['', 'a b', 'x'.repeat(129), 7, null]) isProblem(t, await send(app, { replace_key: key }), 'BLF_VALIDATION', JSON.stringify(key))
})
