import { test } from 'tap'
import { Directory } from '../../src/identity/directory.ts'
import type { KeyPrincipal, UserPrincipal } from '../../src/rights/principal.ts'
import type { Content } from '../../src/notification/draft.ts'
import { Notifier, type SendReceipt } from '../../src/notification/notifier.ts'
import { build, call, people, type Person } from '../helper.ts'

const hello: Content = { title: 'Hello', message: 'Belfry is up', type: 'info', data: { topic: 'greetings' } }
const key: KeyPrincipal = { kind: 'key', id: 'k1', name: 'billing', scopes: ['send:company:company_a'], hash: 'h' }

/** A notifier on a store that has met alice and bob, and the audience keys it counted connected users of. */
async function setUp (t: Parameters<typeof build>[0]) {
  const app = await build(t)
  for (const person of [people.root, people.alice, people.bob]) await call(app, person, 'GET', '/api/auth/me')
  const { store } = app
  const counted: string[][] = []
  const hub = { countConnected: (keys: string[]) => counted.push(keys) }
  const notifier = new Notifier({ store, directory: new Directory(store), hub, schedule: app.schedule })
  const principal = async ({ sub }: Person): Promise<UserPrincipal> => ({ kind: 'user', ...(await store.user(sub))!, expiresAt: 0 })
  return { store, notifier, counted, root: await principal(people.root), alice: await principal(people.alice), bob: await principal(people.bob) }
}

test('a send is appended to the log once, and everyone gets it unless it says otherwise', async t => {
  const { notifier, store, root, bob } = await setUp(t)
  const sending = { principal: root, content: { ...hello, id: 'n1' } }
  const receipt = await notifier.send(sending)
  t.same(receipt, { id: 'n1', cursor: `${store.epoch}.${(await store.head()).toString(36)}` })
  t.same(await notifier.send(sending), receipt, 'a retry gets the first receipt')
  t.match(await store.inbox(bob.id, { limit: 9 }), { entries: { length: 1 }, more: false, unread: 1 })
  t.match(await notifier.send({ principal: root, audience: { users: ['bob', 'nobody'] }, content: hello }), { unknown_users: 1 })
})

test('a preview judges and validates as a send does, and stores nothing', async t => {
  const { notifier, store, alice, counted } = await setUp(t)
  const audience = { users: ['bob', 'alice'] }
  const head = await store.head()
  t.same(await notifier.preview({ principal: alice, audience, content: hello }), { recipients: { users: 2, connected: 1, unknown: 0 } })
  t.same(counted, [['u:bob', 'u:alice']])
  for (const principal of [alice, key]) {
    for (const [audience, content, code] of [
      [undefined, hello, 'BLF_FORBIDDEN'],
      [{ companies: ['company_b'] }, hello, 'BLF_FORBIDDEN'],
      [{ companies: ['company_a'] }, { ...hello, expiresAt: 1 }, 'BLF_VALIDATION'],
      [{ companies: ['company_a'] }, { ...hello, data: { topic: 'x', text: 'a'.repeat(8192) } }, 'BLF_VALIDATION']
    ] as const) {
      await t.rejects(notifier.preview({ principal, audience, content } as never), { code })
      await t.rejects(notifier.send({ principal, audience, content } as never), { code })
    }
  }
  t.equal(await store.head(), head)
})

test('marks are those of the principal\'s own inbox, and of what is in it', async t => {
  const { notifier, root, bob } = await setUp(t)
  for (const [id, users] of [['n1', ['bob']], ['n2', ['alice']]] as const) {
    await notifier.send({ principal: root, audience: { users: [...users] }, content: { ...hello, id } })
  }
  t.match(await notifier.mark(bob, 'read', ['n1', 'n2']), { found: [{ id: 'n1' }], missing: ['n2'], unread: 0, hasChanged: true })
  await t.rejects(notifier.mark(bob, 'read', ['n2']), { code: 'BLF_NOTIFICATION_NOT_FOUND' })
  for (const mark of [() => notifier.mark(key, 'read', ['n1']), () => notifier.readAll(key)]) {
    await t.rejects(async () => await mark(), { code: 'BLF_FORBIDDEN' }, 'a key has no inbox')
  }
})

test('everything is read up to a cursor of this log', async t => {
  const { notifier, store, root, bob } = await setUp(t)
  const { cursor } = await notifier.send({ principal: root, content: hello }) as SendReceipt
  t.equal(await notifier.seqOf(cursor), await store.head())
  await notifier.send({ principal: root, content: { ...hello, data: { topic: 'other' } } })
  for (const bad of ['', 'garbage', `${store.epoch}.zz`, 'zzzzzzzz.1']) {
    await t.rejects(notifier.readAll(bob, { before: bad }), { code: 'BLF_BAD_CURSOR' }, bad)
  }
  t.match(await notifier.readAll(bob, { before: cursor, topic: 'other' }), { count: 0, unread: 2 })
  t.match(await notifier.readAll(bob, { before: cursor }), { count: 1, unread: 1 })
  t.match(await notifier.readAll(bob), { count: 1, unread: 0 })
  await notifier.recall(root, (await store.inbox(bob.id, { limit: 1 })).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)[0]!)
  t.match(await store.inbox(bob.id, { limit: 9 }), { entries: { length: 1 } })
})
