import { test, type Test } from 'tap'
import type { Inbox, InboxFilter } from '../../../src/client/inbox/index.ts'
import { build, call, people, type App } from '../../helper.ts'
import { random } from '../../random.ts'
import { within } from '../../within.ts'
import { device, until } from './device.ts'

const { root, bob } = people
const FILTERS: InboxFilter[] = [{}, { unread: true }, { view: 'archived' }, { view: 'deleted' }, { topic: 'orders' }, { type: 'error' }]

async function served (t: Test): Promise<{ app: App, devices: ReturnType<typeof device>[] }> {
  const app = await build(t)
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  await call(app, bob, 'GET', '/api/auth/me')
  const devices = [device(base, bob), device(base, bob)]
  for (const { client } of devices) {
    await client.ready()
    t.teardown(() => client.disconnect())
  }
  return { app, devices }
}

async function send (app: App, n: number, topic: string, priority: string, more: object = {}): Promise<string> {
  const { body } = await call(app, root, 'POST', '/api/notifications/send', { title: `${n}`, message: 'x', topic, priority, actions: [{ id: 'yes', label: 'Yes' }], ...more })
  return body.id
}

/** Compares a list with what REST answers, once both agree on how far they are. */
async function compare (t: Test, app: App, list: Inbox, filter: InboxFilter, about: string): Promise<void> {
  const query = new URLSearchParams([...Object.entries(filter).map(([name, value]) => [name, String(value)]), ['limit', '200']])
  const { body } = await call(app, bob, 'GET', `/api/notifications/me?${query}`)
  const plain = ({ read_at: _at, reason: _reason, ...item }: Record<string, unknown>) => item
  const shape = (items: readonly object[]) => JSON.stringify(items.map(item => Object.entries(plain(item as Record<string, unknown>)).sort(([a], [b]) => a < b ? -1 : 1)))
  const wanted = shape(body.items)
  await within(until(list, ({ items, unreadCount, unseenCount, stale }) => !stale && unreadCount === body.unread_count && unseenCount === body.unseen_count && shape(items) === wanted), about, 10_000).catch(() => {})
  const { items, unreadCount, unseenCount, stale } = list.getSnapshot()
  t.same(items.map(item => plain(item as never)), body.items.map(plain), about)
  t.same({ unreadCount, unseenCount, stale }, { unreadCount: body.unread_count, unseenCount: body.unseen_count, stale: false }, about)
}

test('two devices and REST side by side, with cuts: the lists and counts are the server\'s', async t => {
  const { app, devices } = await served(t)
  const lists = devices.map(({ client }) => FILTERS.map(filter => client.inbox(filter)))
  for (const list of lists.flat()) t.teardown(list.subscribe(() => {}))
  const { integer, pick, oneIn } = random(7)
  const ids: string[] = []
  const done: Promise<boolean>[] = []
  for (let n = 0; n < 120; n++) {
    const list = pick(pick(lists))
    const id = ids.length > 0 ? pick(ids) : 'none'
    const what = integer(16)
    if (what < 5 || ids.length < 4) ids.push(await send(app, n, pick(['orders', 'billing']), pick(['info', 'error']), oneIn(4) ? { replace_key: 'status' } : oneIn(4) ? { acknowledge: {} } : {}))
    else if (what < 8) await call(app, bob, 'POST', '/api/notifications/mark', { as: pick(['read', 'unread', 'archived', 'unarchived', 'deleted', 'restored', 'acknowledged']), ids: [id, pick(ids)] })
    else if (what < 9) await call(app, root, 'DELETE', `/api/broadcast/${id}`)
    else if (what < 10) await call(app, root, 'PATCH', `/api/broadcast/${id}`, { title: `${n}`, type: pick(['info', 'error']) })
    else if (what < 11) {
      pick(devices).cut()
      if (oneIn(2)) ids.push(await send(app, n, 'orders', 'info'))
    } else {
      const marks = [() => list.markAsRead(id), () => list.markAsUnread(id), () => list.archive(id), () => list.unarchive(id), () => list.delete(id), () => list.restore(id), () => list.markAsSeen(), () => list.act(id, 'yes'), () => list.acknowledge(id), () => list.undo()]
      done.push(pick(marks)())
      if (oneIn(6)) done.push(pick(lists)[0]!.markAllAsRead())
    }
  }
  await within(Promise.all(done), 'the marks')
  for (const [n, ofDevice] of lists.entries()) for (const [m, list] of ofDevice.entries()) await compare(t, app, list, FILTERS[m]!, `device ${n}, ${JSON.stringify(FILTERS[m])}`)
  // Besides the cuts, which are errors of the network, only marks of what is not there any more, or must be acknowledged or need not, fail.
  t.same(devices.flatMap(({ errors }) => errors).filter(code => !['network', 'blocked', 'BLF_NOTIFICATION_NOT_FOUND', 'BLF_ACTION_NOT_FOUND', 'BLF_ACKNOWLEDGE_REQUIRED', 'BLF_NOT_ACKNOWLEDGEABLE'].includes(code)), [])
})

test('what must be acknowledged is shown again after a delete and an archive of it, until it is', async t => {
  const { app, devices: [one, two] } = await served(t)
  const list = one!.client.inbox()
  t.teardown(list.subscribe(() => {}))
  const [owed, free] = [await send(app, 1, 'orders', 'info', { acknowledge: {} }), await send(app, 2, 'orders', 'info')]
  await within(until(list, ({ items }) => items.length === 2), 'the list')
  const archived = list.archive(owed)
  t.match(list.getSnapshot(), { items: [{ id: free }], unreadCount: 1 })
  t.equal(await within(archived, 'the archive'), false)
  const deleted = list.delete([owed, free])
  t.match(list.getSnapshot(), { items: [], unreadCount: 0 })
  t.equal(await within(deleted, 'the delete'), true, 'of the other one')
  t.same(one!.errors, ['BLF_ACKNOWLEDGE_REQUIRED', 'BLF_ACKNOWLEDGE_REQUIRED'])
  await compare(t, app, list, {}, 'in the end')
  t.match(list.getSnapshot().items, [{ id: owed }])
  // Another device, which shows no list.
  t.equal(await within(two!.client.acknowledge(owed), 'the acknowledgement'), true)
  await compare(t, app, list, {}, 'acknowledged')
  t.match(list.getSnapshot().items, [{ id: owed, acknowledge: {}, acknowledged_at: /Z$/ }])
  t.match((await call(app, root, 'GET', `/api/reports/${owed}`)).body, { acknowledged: 1, late: 0 })
  t.equal(await within(list.archive(owed), 'the archive'), true)
  t.same(two!.errors, [])
})

test('a list follows a membership that changes, and what expires', async t => {
  const { app, devices: [one] } = await served(t)
  const list = one!.client.inbox()
  t.teardown(list.subscribe(() => {}))
  await call(app, root, 'PUT', '/api/groups/crew', { name: 'Crew' })
  await call(app, root, 'POST', '/api/notifications/send', { title: 'crew', message: 'x', topic: 't', priority: 'info', audience: { groups: ['crew'] }, late_joiners: true, expires_at: new Date(Date.now() + 60_000).toISOString() })
  await send(app, 1, 'orders', 'info', { expires_at: new Date(Date.now() + 1500).toISOString() })
  await within(until(list, ({ items, unreadCount }) => items.length === 1 && unreadCount === 1), 'the list')
  await call(app, root, 'PUT', '/api/groups/crew/members', { add: ['bob'] })
  await within(until(list, ({ items, unseenCount }) => items.some(({ title }) => title === 'crew') && unseenCount >= 1), 'the list')
  await within(until(list, ({ items, unreadCount, stale }) => items.length === 1 && unreadCount === 1 && !stale), 'the list')
  await compare(t, app, list, {}, 'in the end')
})
