import t from 'tap'
import { call, hello, people, subscribe, type Frame, type Person } from '../helper.ts'
import { byHintsAlone, cluster, receive, services, type Node } from './cluster.ts'

const { root, alice, bob } = people
const ben: Person = { sub: 'ben', role: 'user', company: 'company_a' }
const servers = await services(t)

const send = async ({ app }: Node, id: string, audience: object) => {
  const { status } = await call(app, alice, 'POST', '/api/notifications/send', { ...hello, id, audience })
  if (status !== 200) throw new Error(`${id}: ${status}`)
  return id
}
const members = async ({ app }: Node, group: string, change: object) => (await call(app, alice, 'PUT', `/api/groups/${group}/members`, change)).body
/** What a socket was told: ids of notifications, and counts of changes of the inbox. */
const told = (frames: Frame[]) => frames.flatMap(({ type, id, payload }) => {
  return type === 'notification' ? [id] : type === 'inbox.changed' ? [payload.unread_count ?? 'changed'] : []
})

if (servers) {
  const { url } = servers.redis

  t.test('what is muted on one node does not come over the other, from there on, nor to who resumes', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    const mute = (topic: string, inbox: string | null) => call(a.app, bob, 'PATCH', '/api/preferences/me', { topics: { [topic]: { inbox } } })
    const [phone, other] = [await subscribe(t, b.base, bob), await subscribe(t, b.base, ben)]
    const { cursor } = phone.frames[0]!
    const company = { companies: ['company_a'] }
    await send(b, 'before', company)
    await mute(hello.topic, 'off')
    await send(b, 'muted', company)
    await mute(hello.topic, null)
    await receive(phone, await send(b, 'heard', company))
    t.equal((await call(a.app, root, 'PUT', `/api/topics/${hello.topic}`, { default: 'off' })).status, 201)
    await send(b, 'off-for-all', company)
    await mute(hello.topic, 'on')
    await receive(phone, await send(b, 'chosen', company))
    t.same(told(await phone.settled()), ['before', 'heard', 'chosen'])
    t.same(told(await other.settled()), ['before', 'muted', 'heard'])
    const again = await subscribe(t, a.base, bob, `?since=${cursor}`)
    await again.next('caught_up')
    t.same(told(again.frames), ['before', 'heard', 'chosen'])
  })

  t.test('who is added on one node gets the next send over the other, and who is removed does not', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    await call(a.app, alice, 'PUT', '/api/groups/x', { open: true })
    const [phone, other] = [await subscribe(t, b.base, bob), await subscribe(t, b.base, ben)]
    const { cursor } = phone.frames[0]!
    await send(b, 'before', { groups: ['x'] })
    t.match(await members(a, 'x', { add: ['bob', 'ben'] }), { added: 2, members: 2 })
    await receive(phone, await send(b, 'added', { groups: ['x'] }))
    await receive(other, 'added')
    t.match(await members(b, 'x', { remove: ['bob'] }), { removed: 1, members: 1 })
    await receive(other, await send(a, 'removed', { groups: ['x'] }))
    t.equal((await call(b.app, bob, 'PUT', '/api/groups/x/members/me')).status, 200)
    await receive(phone, await send(a, 'joined', { groups: ['x'] }))
    t.equal((await call(a.app, bob, 'DELETE', '/api/groups/x/members/me')).status, 204)
    await receive(other, await send(b, 'left', { groups: ['x'], not: { users: ['alice'] } }))
    t.same(told(await phone.settled()), ['changed', 'added', 0, 0, 'joined', 0])
    t.same(told(await other.settled()), ['changed', 'added', 'removed', 'joined', 'left'])
    t.same((await call(a.app, bob, 'GET', '/api/notifications/me')).body.items, [])
    for (const { base } of [a, b]) {
      const back = await subscribe(t, base, bob, `?since=${cursor}`)
      await back.next('caught_up')
      t.same(told(back.frames), ['changed', 0, 0, 0], 'a resume tells of the changes, and of nothing that is no longer theirs')
    }
  })

  t.test('the end of a group, and a group of that name that comes after it, are known on the other node', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    await call(a.app, alice, 'PUT', '/api/groups/x', {})
    const phone = await subscribe(t, b.base, bob)
    await members(a, 'x', { add: ['bob'] })
    await receive(phone, await send(a, 'one', { groups: ['x'] }))
    t.equal((await call(b.app, alice, 'DELETE', '/api/groups/x')).status, 204)
    t.match(await call(a.app, alice, 'POST', '/api/notifications/send', { ...hello, audience: { groups: ['x'] } }), { status: 404, body: { code: 'BLF_GROUP_NOT_FOUND' } })
    await phone.next('inbox.changed')
    await call(a.app, alice, 'PUT', '/api/groups/x', {})
    await send(b, 'two', { groups: ['x'] })
    await members(b, 'x', { add: ['bob'] })
    await receive(phone, await send(a, 'three', { groups: ['x'] }))
    t.same(told(await phone.settled()), [0, 'one', 0, 0, 'three'])
    t.match((await call(a.app, bob, 'GET', '/api/notifications/me')).body, { items: [{ id: 'three' }], unread_count: 1 })
  })

  t.test('who leaves the company on one node leaves its groups on the other; a token\'s claim joins them again', async t => {
    const [a, b] = await cluster(t, servers, [url, url], {}, byHintsAlone) as [Node, Node]
    for (const group of ['x', 'y']) await call(a.app, alice, 'PUT', `/api/groups/${group}`, {})
    await call(a.app, bob, 'GET', '/api/auth/me')
    await members(a, 'x', { add: ['bob'] })
    await members(a, 'y', { add: ['bob', 'ben'] })
    const [phone, other] = [await subscribe(t, b.base, bob), await subscribe(t, b.base, ben)]
    await call(a.app, root, 'PATCH', '/api/users/bob', { company: 'company_b' })
    await phone.next('inbox.changed')
    await receive(other, await send(a, 'away', { groups: ['x', 'y'] }))
    await call(b.app, root, 'PATCH', '/api/users/bob', { company: 'company_a' })
    await receive(other, await send(b, 'back', { groups: ['x', 'y'] }))
    const limits = { perGroup: 10, perUser: 10 }
    await a.app.store.applyClaims({ id: 'bob', role: 'user', company: 'company_a', iat: 9e9, groups: { names: ['y'], limits } })
    await receive(phone, await send(a, 'claimed', { groups: ['x', 'y'] }))
    t.same(told(await phone.settled()), [0, 0, 0, 'claimed'])
    t.match((await call(b.app, bob, 'GET', '/api/users/bob/groups')).body, { items: [{ group: 'y', source: 'claim' }] })
  })
}
