import { test } from 'tap'
import type { Frame, Subscriber } from '../helper.ts'
import { Client, GENERATED } from './client.ts'
import { newFolder, serve } from './process.ts'

const people = {
  alice: { role: 'admin', company: 'company_a' },
  bob: { role: 'user', company: 'company_a' },
  carol: { role: 'user', company: 'company_b' },
  dave: { role: 'admin', company: 'company_b' }
}
type Name = keyof typeof people | 'root'
const names: Name[] = ['root', 'alice', 'bob', 'carol', 'dave']
const everyone = names

type Clients = Record<Name, Client>
type Subscribers = Record<Name, Subscriber>

/** What is sent, in this order: by whom (a platform admin unless said), how, and who gets it. */
interface Sending { id: string, by?: Name, audience?: (ids: Record<Name, string>) => object, broadcast?: string, over?: 'socket', to: Name[] }
const sendings: Sending[] = [
  { id: 'to-everyone', to: everyone },
  { id: 'to-all', audience: () => ({ all: true }), to: everyone },
  { id: 'to-company', audience: () => ({ companies: ['company_a'] }), to: ['alice', 'bob'] },
  { id: 'to-role', audience: () => ({ roles: ['user'] }), to: ['bob', 'carol'] },
  { id: 'to-admins', audience: () => ({ roles: ['admin'] }), to: ['root', 'alice', 'dave'] },
  { id: 'to-company-and-role', audience: () => ({ companies: ['company_b'], roles: ['user'] }), to: ['carol'] },
  { id: 'to-users', audience: ({ bob, dave }) => ({ users: [bob, dave] }), to: ['bob', 'dave'] },
  { id: 'to-mixed', audience: () => ({ companies: ['company_a', 'company_b'], roles: ['admin', 'auditor'] }), to: ['alice', 'dave'] },
  { id: 'to-nobody', audience: () => ({ companies: ['company_c'] }), to: [] },
  { id: 'broadcast-company', broadcast: '/company/company_b', to: ['carol', 'dave'] },
  { id: 'broadcast-role', broadcast: '/role/admin', to: ['root', 'alice', 'dave'] },
  { id: 'broadcast-company-role', broadcast: '/company/company_a/role/user', to: ['bob'] },
  { id: 'by-company-admin', by: 'alice', audience: () => ({ companies: ['company_a'] }), to: ['alice', 'bob'] },
  { id: 'by-socket', by: 'dave', over: 'socket', audience: () => ({ companies: ['company_b'] }), to: ['carol', 'dave'] }
]
const wordsOf = (id: string) => ({ title: id, message: `Sent ${id}` })
const expected = (name: Name) => sendings.filter(({ to }) => to.includes(name)).map(({ id }) => id)

async function each<T> (make: (name: Name) => Promise<T>): Promise<Record<Name, T>> {
  return Object.fromEntries(await Promise.all(names.map(async name => [name, await make(name)]))) as Record<Name, T>
}

async function send (clients: Clients, sockets: Subscribers, ids: Record<Name, string>, sending: Sending): Promise<string> {
  const { id, by = 'root', audience, broadcast, over } = sending
  if (broadcast) {
    const envelope = { id, type: 'notification', payload: { ...wordsOf(id), type: 'info', data: { topic: 'news' } } }
    const { status, body } = await clients[by].call('POST', `/api/broadcast${broadcast}`, envelope)
    if (status !== 200 || body.status !== 'success') throw new Error(`${id}: ${status}`)
    return body.cursor
  }
  const body = { id, ...wordsOf(id), priority: 'info', topic: 'news', ...(audience ? { audience: audience(ids) } : {}) }
  if (over === 'socket') return (await sockets[by].ask({ id: 'send', type: 'send', payload: body })).payload.cursor
  const answer = await clients[by].call('POST', '/api/notifications/send', body)
  if (answer.status !== 200) throw new Error(`${id}: ${answer.status}`)
  return answer.body.cursor
}

/** What an inbox says of itself, in every way there is. */
async function inboxOf (client: Client) {
  const { body } = await client.call('GET', '/api/notifications/me?limit=200')
  const unread = await client.call('GET', '/api/notifications/me?limit=200&unread=true')
  const count = await client.call('GET', '/api/notifications/me/unread-count')
  return { items: body.items, unread: unread.body.items, counts: [body.unread_count, count.body.unread_count], cursor: body.cursor }
}
const idsOf = (items: { id: string }[]) => items.map(({ id }) => id)
const isNotification = ({ type }: Frame) => type === 'notification'
const isChange = ({ type, cursor }: Frame) => cursor !== undefined && /^(notification|inbox)\./.test(type)

/** Waits until so many events have come, and then says everything that came. */
async function after (subscriber: Subscriber, count: number, isOne: (frame: Frame) => boolean): Promise<Frame[]> {
  while (subscriber.frames.filter(isOne).length < count) await subscriber.next()
  return (await subscriber.settled()).filter(isOne)
}

test('who gets what, live and in the inbox, before and after a restart', async t => {
  const folder = await newFolder(t)
  const first = await serve(t, { folder })
  const [, password] = await first.err.match(GENERATED)
  const root = await Client.login(first.base, 'admin', password!)

  const ids = { root: (await root.call('GET', '/api/auth/me')).body.id } as Record<Name, string>
  for (const [username, user] of Object.entries(people)) {
    const { status, body } = await root.call('POST', '/api/users', { username, password: `secret-${username}`, ...user })
    t.match({ status, body }, { status: 201, body: { username, ...user } })
    ids[username as Name] = body.id
  }
  const clients = await each(async name => name === 'root' ? root : await Client.login(first.base, name, `secret-${name}`))
  const sockets = await each(name => clients[name].subscribe(t))

  const cursors: Record<string, string> = {}
  for (const sending of sendings) cursors[sending.id] = await send(clients, sockets, ids, sending)

  await t.test('every socket got its own, in order, and nothing else', async t => {
    for (const name of names) {
      const got = await after(sockets[name], expected(name).length, isNotification)
      t.same(got.map(({ id, cursor, payload }) => ({ id, cursor, title: payload.title, read: payload.read })),
        expected(name).map(id => ({ id, cursor: cursors[id], title: id, read: false })), name)
    }
  })

  await t.test('every inbox holds the same, newest first, all of it unread', async t => {
    for (const name of names) {
      const { items, unread, counts } = await inboxOf(clients[name])
      t.same(idsOf(items), expected(name).reverse(), name)
      t.same(idsOf(unread), idsOf(items))
      t.same(counts, [items.length, items.length])
    }
  })

  await t.test('read, deleted and recalled: told to whom it concerns, and counted', async t => {
    const other = await clients.bob.subscribe(t)
    t.match((await clients.bob.call('PUT', '/api/notifications/to-company/read')).body, { read: true, unread_count: expected('bob').length - 1 })
    t.match((await other.next('notification.read')).payload, { ids: ['to-company'] })
    t.match((await sockets.bob.ask({ id: 'r', type: 'read', payload: { ids: ['to-role'] } })).payload, { unread_count: expected('bob').length - 2 })
    t.match((await other.next('notification.read')).payload, { ids: ['to-role'] })
    t.match((await clients.carol.call('DELETE', '/api/notifications/to-role')).body, { id: 'to-role' })
    t.match((await clients.dave.call('POST', '/api/notifications/read-all', { before: cursors['to-users'] })).body, { unread_count: 4 })
    t.match((await clients.root.call('DELETE', '/api/broadcast/to-company')).body, { id: 'to-company' })

    const told: Record<Name, [string, string[]?][]> = {
      root: [],
      alice: [['notification.recalled', ['to-company']]],
      // Of what he read on this very socket, it is not told.
      bob: [['notification.read', ['to-company']], ['notification.recalled', ['to-company']]],
      carol: [['notification.deleted', ['to-role']]],
      dave: [['inbox.read_all', undefined]]
    }
    for (const name of names) {
      const changes = await after(sockets[name], told[name].length, isChange)
      t.same(changes.map(({ type, payload }) => [type, payload.ids]), told[name], name)
    }

    const bob = await inboxOf(clients.bob)
    t.same(idsOf(bob.items), expected('bob').reverse().filter(id => id !== 'to-company'), 'recalled')
    t.same(idsOf(bob.items.filter(({ read }: { read: boolean }) => read)), ['to-role'])
    t.same(bob.counts, [expected('bob').length - 2, expected('bob').length - 2])
    const carol = await inboxOf(clients.carol)
    t.same(idsOf(carol.items), expected('carol').reverse().filter(id => id !== 'to-role'), 'deleted')
    t.same((await inboxOf(clients.dave)).counts, [4, 4])
  })

  const before = await each(name => inboxOf(clients[name]))
  t.same(await first.stop(), { code: 0, signal: null })
  for (const name of names) t.match(await sockets[name].closed, { code: 1012, reason: 'restart' }, name)

  const second = await serve(t, { folder })
  t.same(second.err.all, [], 'the password is not said again')
  const again = await each(async name => new Client(second.base, clients[name].token))

  await t.test('a restart changes nothing', async t => {
    t.same(await each(name => inboxOf(again[name])), before, 'inboxes, unread counts and read states')
    t.equal((await Client.login(second.base, 'bob', 'secret-bob')).token?.split('.').length, 3)
  })

  await t.test('sockets resume from where they were', async t => {
    const missed = ['missed-1', 'missed-2']
    for (const id of missed) await send(again, sockets, ids, { id, to: everyone })
    const resumed = await again.bob.subscribe(t, `?since=${before.bob.cursor}`)
    t.match(resumed.frames[0], { type: 'welcome', payload: { resume: 'complete', unread_count: before.bob.counts[0] + 2 } })
    t.match(await resumed.next('caught_up'), { payload: { count: 2 } })
    t.same((await resumed.settled()).filter(isNotification).map(({ id }) => id), missed)

    const all = await again.carol.subscribe(t, `?since=${cursors['to-everyone']}`)
    await all.next('caught_up')
    t.same((await all.settled()).filter(isNotification).map(({ id }) => id), [...expected('carol').slice(1), ...missed],
      'a deleted one too: its deletion follows')
    await send(again, sockets, ids, { id: 'live', to: everyone })
    for (const socket of [resumed, all]) t.match(await socket.next('notification'), { id: 'live' })
  })

  t.same(await second.stop('SIGINT'), { code: 0, signal: null })
})
