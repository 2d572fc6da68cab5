import { test, type Test } from 'tap'
import { call, hello, people, serve, type App, type Subscriber } from '../../helper.ts'

const { root, alice, bob } = people
const ben = { sub: 'ben', role: 'user', company: 'company_a' }
const send = async (app: App, id: string, audience: object) => await call(app, alice, 'POST', '/api/notifications/send', { ...hello, id, audience })
const members = async (app: App, group: string, change: object) => await call(app, alice, 'PUT', `/api/groups/${group}/members`, change)
/** What a socket was told, without what only this socket is. */
const told = async (socket: Subscriber) => (await socket.settled()).flatMap(({ type, id }) => ['welcome', 'caught_up'].includes(type) ? [] : id ?? type)

async function withGroups (t: Test) {
  const served = await serve(t)
  for (const person of [alice, bob, ben]) await call(served.app, person, 'GET', '/api/auth/me')
  for (const group of ['x', 'y']) await call(served.app, alice, 'PUT', `/api/groups/${group}`, { open: true })
  return served
}

test('a group\'s members get what is sent to it, live and after a resume, once however many groups match', async t => {
  const { app, open } = await withGroups(t)
  await members(app, 'x', { add: ['bob', 'ben'] })
  await members(app, 'y', { add: ['bob'] })
  const [phone, other] = [await open(bob), await open(ben)]
  const { cursor } = phone.frames[0]!
  await send(app, 'both', { groups: ['x', 'y'] })
  await send(app, 'y', { groups: ['y'] })
  await send(app, 'not', { groups: ['x'], not: { users: ['bob'] } })
  await send(app, 'company', { companies: ['company_a'], not: { users: ['bob'] } })
  t.same([await told(phone), await told(other)], [['both', 'y'], ['both', 'not', 'company']])
  t.notOk('reason' in phone.frames.find(({ id }) => id === 'both')!.payload, 'frames have no reason')
  const back = await open(bob, `?since=${cursor}`)
  t.match(await back.next('caught_up'), { payload: { count: 2 } })
  t.same(await told(back), ['both', 'y'])
  const { body } = await call(app, bob, 'GET', '/api/notifications/me')
  t.match(body, { unread_count: 2, items: [{ id: 'y', reason: { via: 'group', group: 'y' } }, { id: 'both', reason: { via: 'group' } }] })
  const dry = (audience: object) => call(app, alice, 'POST', '/api/notifications/send?dry_run=true', { ...hello, audience })
  t.match((await dry({ groups: ['x', 'y'] })).body.recipients, { users: 2, connected: 2 })
  t.match((await dry({ groups: ['x', 'y'], not: { users: ['bob'] } })).body.recipients, { users: 1, connected: 1 })
})

test('whose memberships change hears that the inbox changed, live and after a resume, and gets what is sent from there on', async t => {
  const { app, open } = await withGroups(t)
  const [phone, other] = [await open(bob), await open(ben)]
  const { cursor } = phone.frames[0]!
  await send(app, 'before', { groups: ['x'] })
  await members(app, 'x', { add: ['bob'] })
  await send(app, 'since', { groups: ['x'] })
  await call(app, bob, 'PUT', '/api/groups/y/members/me')
  await members(app, 'x', { remove: ['bob'] })
  await send(app, 'after', { groups: ['x', 'y'] })
  await call(app, alice, 'DELETE', '/api/groups/y')
  await send(app, 'removed', { groups: ['x'] })
  const changed = 'inbox.changed'
  t.same(await told(phone), [changed, 'since', changed, changed, 'after', changed])
  const counts = phone.frames.filter(({ type }) => type === changed).map(({ payload }) => payload)
  t.same(counts, [0, 1, 0, 0].map(unread => ({ reason: 'membership', unread_count: unread, unseen_count: unread })))
  t.same(await told(other), [])
  const back = await open(bob, `?since=${cursor}`)
  await back.next('caught_up')
  t.same(await told(back), [changed, changed, changed, changed], 'what was sent to groups is no longer theirs')
})

test('a socket follows a token\'s claim of groups, a move and a removal', async t => {
  const { app, open } = await withGroups(t)
  const socket = await open(bob)
  await app.store.applyClaims({ id: 'bob', role: 'user', company: 'company_a', iat: 9e9, groups: { names: ['x', 'z'], limits: { perGroup: 10, perUser: 10 } } })
  for (const id of ['x', 'z']) await send(app, id, { groups: [id] })
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  for (const id of ['x', 'z']) await send(app, `${id}-after`, { groups: [id] })
  t.same(await told(socket), ['inbox.changed', 'x', 'z', 'inbox.changed'])
})
