import fc from 'fast-check'
import { parseCursor } from '../../../src/protocol/cursor.ts'
import type { Inbox, InboxFilter } from '../../../src/client/inbox/index.ts'
import { bottomOf } from '../../../src/client/inbox/reading.ts'
import { settled } from './hand-clock.ts'
import { TOPICS, TYPES, type Dialect } from './notes.ts'
import { World, type Tab } from './world.ts'

const FILTERS: InboxFilter[] = [
  {}, { limit: 3 }, { unread: true, limit: 3 }, { unread: false, limit: 3 }, { view: 'archived', limit: 3 }, { view: 'deleted', limit: 3 },
  { topic: 'orders', limit: 3 }, { type: 'error', limit: 3 }, { topic: 'billing', unread: true, limit: 2 }
]

const MARKS = ['read', 'unread', 'archived', 'unarchived', 'deleted', 'restored', 'acknowledged'] as const

/** What a step does is chosen by numbers, so that a failing run shrinks. */
const step = fc.record({ what: fc.nat(99), a: fc.nat(1000), b: fc.nat(1000) })

interface Run extends Dialect { steps: { what: number, a: number, b: number }[], filters: number[], notes: number, expires: boolean, isSwift: boolean }

export const run = fc.record<Run>({
  steps: fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
  filters: fc.array(fc.nat(FILTERS.length - 1), { minLength: 1, maxLength: 4, size: 'max' }),
  notes: fc.nat(12),
  expires: fc.boolean(),
  isSwift: fc.boolean(),
  saysUnseen: fc.boolean()
})

/** Plays one run, and throws at the first thing that is wrong. */
export async function play ({ steps, filters, notes, expires, isSwift, ...dialect }: Run): Promise<void> {
  const world = new World(dialect)
  const { server, clock } = world
  const ends = new Map<Tab, (() => void)[]>()
  const open = async () => {
    const tab = await world.open(filters.map(n => FILTERS[n]!))
    ends.set(tab, tab.lists.map(list => list.subscribe(() => { list.getSnapshot() })))
  }
  const notify = (a: number, b: number) => server.notify({ topic: TOPICS[a % 3], type: TYPES[b % 2]!, owed: b % 3 === 0, lifetime: expires && a % 4 === 0 ? 500 + b * 30 : undefined })
  for (let n = 0; n < notes; n++) notify(n * 7, n * 5)
  await open()
  for (const { what, a, b } of steps) {
    const tab = world.tabs[a % world.tabs.length]!
    const list = tab.lists[b % tab.lists.length]!
    const id = server.notes.length > 0 ? server.notes[b % server.notes.length]!.id : 'n0'
    if (what < 14) notify(a, b)
    else if (what < 17) server.noise()
    else if (what < 23) server.mark(MARKS[a % 7]!, [id, server.notes[a % Math.max(1, server.notes.length)]?.id ?? 'n0'])
    else if (what < 25) server.readAll(undefined, a % 2 ? 'orders' : undefined)
    else if (what < 27) server.see(server.cursor(server.seq - a % 5))
    else if (what < 30) server.recall(id)
    else if (what < 32) server.edit(id, TYPES[a % 2]!)
    else if (what < 33) server.act(id, 'no')
    else if (what < 34) server.change(a % 2 === 0)
    else if (what < 35) server.retain()
    else if (what < 36) { if (a % 4 === 0) { world.cut(); server.restoreBackup() } } else if (what < 41) world.connect()
    else if (what < 43) world.cut()
    else if (what < 45) { if (world.tabs.length < 3) await open() } else if (what < 47) { if (world.tabs.length > 1) { for (const end of ends.get(tab)!) end(); world.close(tab) } } else if (what < 55) mark(tab, list, id, a, b)
    else if (what < 57) list.undo().catch(fail)
    else if (what < 59) list.fetchNextPage().catch(fail)
    else if (what < 75) for (let n = 0; n <= a % 4; n++) world.deliver()
    else if (what < 83) tab.mail.shift()?.()
    else if (what < 96) world.step(b % Math.max(1, world.calls.length), a % 6 === 0)
    else if (what < 99 || a % 5 > 0) await clock.advance(a * 3)
    else await world.settle()
    await settled()
    if (isSwift) await swiftly(world, a, b)
    for (const each of world.tabs) check(world, each, filters, expires)
  }
  await world.settle()
  if (expires) {
    // What expires without being loaded is known a quarter of an hour later, at the latest.
    await world.clock.advance(16 * 60_000)
    await world.settle()
  }
  for (const tab of world.tabs) for (const [n, each] of tab.lists.entries()) await checkList(world, tab, each, FILTERS[filters[n]!]!)
  for (const end of [...ends.values()].flat()) end()
}

/** Most of what is on its way arrives. */
async function swiftly (world: World, a: number, b: number): Promise<void> {
  if (a % 8 > 0) world.connect()
  if (b % 7 > 0) world.deliverAll()
  for (const { mail } of world.tabs) for (let n = a % 5; n > 0 && mail.length > 0; n--) mail.shift()!()
  for (let n = b % 4; n > 0; n--) world.step(0, false)
  await settled()
}

function fail (error: unknown): void {
  throw error
}

function mark (tab: Tab, list: Inbox, id: string, a: number, b: number): void {
  const shown = list.getSnapshot().items
  const target = shown.length > 0 && a % 3 > 0 ? shown[b % shown.length]!.id : id
  const before = list.getSnapshot()
  const calls: (() => Promise<unknown>)[] = [
    () => list.markAsRead(target), () => list.markAsUnread(target), () => list.archive(target), () => list.unarchive(target), () => list.delete(target), () => list.restore(target),
    () => tab.inboxes.inbox({}).markAllAsRead(), () => tab.inboxes.inbox({ topic: 'orders' }).markAllAsRead(), () => list.markAsSeen(), () => list.act(target, 'yes'),
    () => list.acknowledge(target), () => list.acknowledge(target)
  ]
  calls[a % calls.length]!().catch(fail)
  // It shows at once, or it changes nothing: never a count below nothing.
  const { unreadCount, unseenCount } = list.getSnapshot()
  if (unreadCount < 0 || unseenCount < 0 || before.unreadCount < 0) throw new Error('a negative count')
}

/** What is said to be known is what the server had at the same place in its log. */
function check ({ server }: World, { inboxes: { replica }, lists, page }: Tab, filters: number[], expires: boolean): void {
  const { epoch, at, _counts: counts } = replica
  if (counts.unread < 0 || counts.unseen < 0) throw new Error('a negative count')
  if (expires || epoch === undefined) return
  if (counts._isExact) {
    const { unread, unseen } = server.countsAt(epoch, counts.at)
    if (counts.unread !== unread) throw new Error(`${counts.unread} unread at ${counts.at}, not ${unread}`)
    if (counts.unseen !== unseen) throw new Error(`${counts.unseen} unseen at ${counts.at}, not ${unseen}`)
  }
  if (replica.marks.length > 0 || at < 0 || epoch !== server.epoch) return
  // A page may be ahead of the frames, also by what it does not have any more.
  if (page?.epoch === epoch && page.seq > at) return
  for (const [n, list] of lists.entries()) {
    const { items, stale } = list.getSnapshot()
    const filter = FILTERS[filters[n]!]!
    if (stale) continue
    const bottom = bottomOf(replica, replica.view(filter))
    const wanted = server.list(queryOf(filter), server.cursor(at)).filter(item => parseCursor(item.cursor)!.seq >= bottom)
    compare(items, wanted, `${say(filter)} at ${at}`)
  }
}

const say = (value: unknown) => JSON.stringify(value)
const queryOf = (filter: InboxFilter) => new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]))

/** Compares what is shown with what the server has, but for what frames do not tell. */
function compare (items: readonly object[], wanted: readonly object[], what: string): void {
  const plain = (item: object) => Object.entries(item).map(([name, value]) => [name, name === 'acted' ? value.action : name === 'acknowledged_at' ? true : value]).filter(([name]) => !['read_at', 'reason', 'updated_at', 'replaces'].includes(name)).sort(([a], [b]) => a! < b! ? -1 : 1)
  if (say(items.map(plain)) !== say(wanted.map(plain))) throw new Error(`${what} shows ${say(items.map(short))}, not ${say(wanted.map(short))}`)
}

async function checkList (world: World, { inboxes: { replica } }: Tab, list: Inbox, filter: InboxFilter): Promise<void> {
  const { server } = world
  for (let n = 0; list.getSnapshot().hasMore; n++) {
    if (n > 100) throw new Error('the pages do not end')
    const done = list.fetchNextPage()
    await world.settle()
    await done
  }
  const snapshot = list.getSnapshot()
  compare(snapshot.items, server.list(queryOf(filter)), `${say(filter)}, in the end,`)
  if (snapshot.unreadCount !== server.unread() || snapshot.unseenCount !== server.unseen()) {
    throw new Error(`${snapshot.unreadCount} unread, ${snapshot.unseenCount} unseen, not ${server.unread()}, ${server.unseen()}`)
  }
  if (snapshot.stale || snapshot.networkStatus !== 'ready') throw new Error(`${say(filter)} is stale: ${say({ ...snapshot, items: 0 })} ${say({ ...replica, entities: 0 })}`)
  if (snapshot !== list.getSnapshot() || !Object.isFrozen(snapshot) || !Object.isFrozen(snapshot.items)) throw new Error('a snapshot changes')
}

function short (item: { id?: unknown, read?: unknown, title?: unknown, type?: unknown }) {
  return [item.id, item.read ? 'read' : 'unread', item.title, item.type].join()
}
