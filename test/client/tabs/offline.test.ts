import { test, type Test } from 'tap'
import type { BelfryOptions } from '../../../src/client/options.ts'
import type { InboxStorage, StoredInbox } from '../../../src/client/seam.ts'
import { Browser } from '../world/browser.ts'
import { me, type Request } from '../world/server.ts'
import { cursor, journal, notification, settled, token, World } from '../world/world.ts'

/** A browser with a storage, and pages that fetch their token over the network. */
async function begin (t: Test, stored: string[] = ['alice']) {
  const world = new World()
  const browser = new Browser(world)
  const kept = new Map<string, StoredInbox>()
  const storage: InboxStorage = {
    load: async key => structuredClone(kept.get(key)),
    save: async (key, inbox) => { kept.set(key, structuredClone(inbox)) },
    wipe: async key => { kept.delete(key) }
  }
  for (const [n, user] of stored.entries()) {
    const id = `of-${user}`
    kept.set(`https://belfry.test ${user}`, { version: 2, cursor: cursor(5), unread_count: 1, unseen_count: 1, has_more: false, items: [{ ...(notification(n + 2) as any).payload, id, title: id, cursor: cursor(n + 2) }] })
  }
  const counts = { unread_count: 0, unseen_count: 0, cursor: cursor(5) }
  world.server.answer = ({ path, body }: Request) => {
    if (path === '/api/auth/me') return me
    return { status: 200, body: path.endsWith('/mark') ? { ...counts, ids: body.ids, missing: [] } : { ...counts, items: [], next_before: null } }
  }
  let getToken = async (): Promise<string | null> => { throw new Error('offline') }
  const open = async (options: BelfryOptions = {}) => {
    const tab = browser.tab()
    const client = world.client(t, { token: undefined, getToken: async () => await getToken(), storage, user: 'alice', ...options }, tab.platform)
    const told = journal(client)
    const list = client.inbox()
    t.teardown(list.subscribe(() => {}))
    client.connect()
    await settled()
    const titles = () => list.getSnapshot().items.map(({ title }) => title)
    return { tab, client, list, titles, told, close: () => { browser.close(tab); client.disconnect() } }
  }
  return { ...world, clock: world.clock, server: world.server, kept, open, close: browser.close, getTokens: (fn: typeof getToken) => { getToken = fn } }
}

const MARKS = [{ frame: { type: 'notification.read' } }]

test('a page that is opened offline shows what is stored of the user it expects, and keeps marks', async t => {
  const { open, kept, clock, server, getTokens } = await begin(t)
  t.same((await open({ user: undefined })).titles(), [], 'without a user nothing')
  const first = await open()
  t.same(first.titles(), ['of-alice'])
  t.match(first.list.getSnapshot(), { unreadCount: 1, stale: true, connection: 'connecting' })
  t.equal(first.client.user, 'alice')
  const second = await open()
  t.same(second.titles(), ['of-alice'])
  second.list.markAsRead('of-alice').catch(t.fail)
  await clock.pass(2_000)
  t.equal(first.list.getSnapshot().unreadCount, 0, 'tabs hear of each other')
  t.match(kept.get('https://belfry.test alice')?.pending, MARKS)
  first.close()
  second.close()
  await settled()
  const third = await open()
  t.match(third.list.getSnapshot(), { unreadCount: 0, items: [{ read: true }] })
  getTokens(async () => token('alice'))
  await clock.pass(300)
  const socket = await server.socket()
  socket.welcome()
  socket.frame({ type: 'caught_up', cursor: cursor(5), payload: { count: 0 } })
  await clock.pass(2_000)
  t.equal(socket.since, cursor(5), 'it resumes where the storage is')
  t.match(server.requests.filter(({ method }) => method === 'POST').map(({ path, token }) => [path, token]), [['/api/notifications/mark', token('alice')]])
})

test('of another user than the token is of nothing stays', async t => {
  const { open, kept, clock, server, getTokens } = await begin(t, ['alice', 'bob'])
  const { titles, client, list } = await open()
  t.same(titles(), ['of-alice'])
  list.markAsRead('of-alice').catch(t.fail)
  getTokens(async () => token('bob'))
  await clock.pass(40_000)
  t.same(titles(), ['of-bob'])
  t.equal(client.user, 'bob')
  t.same([...kept.keys()], ['https://belfry.test bob'])
  t.equal(server.sockets.at(-1)!.token, token('bob'))
  client.disconnect()
  client.connect()
  await clock.pass(1_000)
  t.same(titles(), ['of-bob'], 'the one who was expected is so no more')
})

test('where nobody is logged in nothing is shown, and who was expected finds their marks again', async t => {
  const { open, kept, clock, getTokens } = await begin(t)
  const { titles, client, list, told } = await open()
  list.markAsRead('of-alice').catch(t.fail)
  await settled()
  getTokens(async () => null)
  await clock.pass(40_000)
  t.equal(told.at(-1), 'disconnected 4401 getToken gave no token')
  t.same([titles(), client.user, list.getSnapshot().unreadCount], [[], undefined, 0])
  t.match(kept.get('https://belfry.test alice'), { items: [{ title: 'of-alice' }], pending: MARKS })
  client.connect()
  await settled()
  t.same(titles(), [], 'the page was wrong once')
  await client.logout()
  t.same([...kept.keys()], [], 'a logout leaves nothing')
})

test('a token that another tab has is used at once by the one that leads', async t => {
  const { open, clock, server } = await begin(t)
  const { told } = await open()
  const other = await open()
  // It has failed to fetch one several times, and would wait.
  await clock.pass(60_000)
  other.client.setToken(token('alice'))
  await clock.pass(0)
  t.equal(server.sockets.length, 1)
  server.sockets[0]!.welcome()
  await clock.pass(0)
  t.equal(told.at(-1), 'connected websocket')
  t.equal(other.told.at(-1), 'connected tab')
})
