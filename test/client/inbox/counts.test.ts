import { test } from 'tap'
import { bottomOf, countsOf } from '../../../src/client/inbox/reading.ts'
import type { Page, Replica } from '../../../src/client/inbox/model.ts'
import { createReplica } from '../../../src/client/inbox/replica.ts'
import type { Event } from '../../../src/client/inbox/entity.ts'
import type { InboxItem } from '../../../src/client/inbox/index.ts'
import { formatCursor } from '../../../src/protocol/cursor.ts'
import type { Welcome } from '../../../src/protocol/server-frames.ts'

type Step = (replica: Replica) => unknown

const at = (seq: number) => formatCursor('epoch001', seq)
const frame = (type: string, seq: number, payload: object): Step => replica => replica.frame({ type, cursor: at(seq), payload } as Event)
const welcome = (seq: number, resume: Welcome['resume'], unread: number, unseen = unread) => frame('welcome', seq, { resume, unread_count: unread, unseen_count: unseen })
const note = (seq: number, more: object = {}) => ({ id: `n${seq}`, title: '', message: '', type: 'info', created_at: '', read: false, data: {}, cursor: at(seq), ...more }) as InboxItem
const arrives = (seq: number, more: object = {}) => frame('notification', seq, note(seq, more))
const page = (seq: number, items: InboxItem[], unread: number, unseen = unread): Page => ({ items, next_before: null, unread_count: unread, unseen_count: unseen, cursor: at(seq) })
const read = (seq: number, ids: string[], unread: number, unseen?: number) => frame('notification.read', seq, { ids, unread_count: unread, ...(unseen === undefined ? {} : { unseen_count: unseen }) })

/** A replica after some steps, at a moment that the test sets. */
function play (...steps: Step[]) {
  const clock = { now: 0 }
  const replica = createReplica(() => clock.now)
  replica._isTimed = true
  for (const step of steps) step(replica)
  return { replica, clock, then: (...more: Step[]) => { for (const step of more) step(replica) } }
}

/** The first page is asked for, and its answer comes after some other steps. */
const fetched = (answer: Page, ...meanwhile: Step[]): Step => replica => {
  const request = replica.begin()
  for (const step of meanwhile) step(replica)
  replica.end(request, replica._whole, undefined, answer)
}

const idsOf = ({ _entities: entities }: Replica) => [...entities.keys()]
import { shown } from './shown.ts'

test('a frame that comes twice, or late, changes nothing', async t => {
  const { replica, then } = play(welcome(10, 'none', 3), arrives(11), read(12, ['n11'], 3, 4))
  t.same(countsOf(replica), { unread: 3, unseen: 4 })
  then(arrives(11), frame('notification.unread', 10, { ids: ['n11'], unread_count: 9, unseen_count: 9 }))
  t.same(countsOf(replica), { unread: 3, unseen: 4 })
  t.equal(replica._entities.get('n11')!.item.read, true)
  then(frame('notification.unread', 13, { ids: ['n11'], unread_count: 4, unseen_count: 4 }), read(12, ['n11'], 3, 4))
  t.equal(replica._entities.get('n11')!.item.read, false)
})

test('between a welcome that is complete and its caught_up, counts of frames are those of then', async t => {
  const { replica, then } = play(welcome(10, 'none', 5), welcome(10, 'complete', 2, 1), arrives(11), read(12, ['n11'], 77, 77))
  t.same(countsOf(replica), { unread: 5, unseen: 5 }, 'the old ones stay')
  then(frame('caught_up', 12, { count: 2 }))
  t.same(countsOf(replica), { unread: 2, unseen: 1 })
})

test('a page that is ahead of the end of a replay brings counts of its own place', async t => {
  const { replica, then } = play(welcome(10, 'none', 5), welcome(10, 'complete', 2), fetched(page(14, [note(14), note(13)], 4)), frame('caught_up', 12, { count: 0 }))
  t.same(countsOf(replica), { unread: 4, unseen: 4 })
  then(arrives(13), arrives(14), arrives(15))
  t.same(countsOf(replica), { unread: 5, unseen: 5 })
})

test('a page of another log brings no counts to the end of a replay', async t => {
  const { replica } = play(welcome(10, 'none', 5), welcome(10, 'complete', 2), fetched(page(14, [note(14)], 4)), replica => replica.frame({ type: 'gap', cursor: formatCursor('epoch002', 12), payload: { reason: 'epoch' } } as Event))
  t.equal(replica._counts.at, 12)
  t.same(countsOf(replica), { unread: 2, unseen: 2 })
})

test('a replay that is cut goes on, and the last welcome counts', async t => {
  const { replica } = play(welcome(10, 'none', 5), welcome(10, 'complete', 2), arrives(11), welcome(11, 'complete', 4), arrives(12), frame('caught_up', 12, { count: 1 }), arrives(13))
  t.same(countsOf(replica), { unread: 5, unseen: 5 })
})

test('an answer that is older than what was applied when it was asked for is dropped', async t => {
  const { replica } = play(welcome(10, 'none', 0), arrives(11), fetched(page(9, [], 0)))
  t.equal(replica._whole._asOf, -1)
  t.same(countsOf(replica), { unread: 1, unseen: 1 })
})

test('an answer that frames overtook has them applied again', async t => {
  const { replica } = play(welcome(10, 'none', 1), fetched(page(10, [note(6), note(5)], 2), frame('notification.recalled', 11, { ids: ['n5'] }), arrives(12), read(13, ['n6'], 1, 1)))
  t.same([...replica._entities.values()].map(({ item: { id, read } }) => [id, read]).sort(), [['n12', false], ['n6', true]])
  t.same(countsOf(replica), { unread: 1, unseen: 1 })
})

test('counts that are asked for are right even if notifications overtake each answer', async t => {
  const { replica } = play(welcome(10, 'none', 3), frame('notification.recalled', 11, { ids: ['n3'] }))
  t.equal(replica._counts._isExact, false)
  const request = replica.begin()
  replica.frame({ type: 'notification', cursor: at(12), payload: note(12) })
  replica.end(request, undefined, undefined, page(11, [], 2, 3))
  t.match([countsOf(replica), replica._counts._isExact], [{ unread: 3, unseen: 4 }, true])
  const other = replica.begin()
  replica.frame({ type: 'notification.recalled', cursor: at(13), payload: { ids: ['n2'] } })
  replica.end(other, undefined, undefined, page(12, [], 3, 4))
  t.equal(replica._counts._isExact, false, 'a recall of what is not known cannot be told')
})

test('an answer that comes twice is taken once', async t => {
  const { replica } = play(welcome(10, 'none', 0), fetched(page(10, [], 0)), arrives(11), fetched(page(10, [], 0)))
  t.same(idsOf(replica), ['n11'])
  t.same(countsOf(replica), { unread: 1, unseen: 1 })
})

test('an answer that is ahead of the frames is not undone by them', async t => {
  const { replica, then } = play(welcome(10, 'none', 1), fetched(page(15, [note(11, { read: true })], 0, 1)), arrives(11), frame('notification.unread', 12, { ids: ['n11'], unread_count: 1 }))
  t.equal(replica._entities.get('n11')!.item.read, true)
  t.same(countsOf(replica), { unread: 0, unseen: 1 })
  then(arrives(16))
  t.same(countsOf(replica), { unread: 1, unseen: 2 })
})

test('an answer from before a gap is dropped, one from after it is not', async t => {
  const gap = [welcome(10, 'gap', 4), frame('gap', 30, { reason: 'expired' })]
  const { replica } = play(welcome(10, 'none', 1), fetched(page(29, [note(29)], 5), ...gap))
  t.equal(replica._entities.size, 0)
  t.same(countsOf(replica), { unread: 4, unseen: 4 })
  const { replica: other } = play(welcome(10, 'none', 1), fetched(page(31, [note(31)], 5), ...gap))
  t.same([idsOf(other), countsOf(other)], [['n31'], { unread: 5, unseen: 5 }])
})

test('an answer of another log is dropped if a frame has said which one holds, and else is taken', async t => {
  const other = { ...page(3, [], 7), cursor: 'epoch002.3' }
  const { replica } = play(welcome(10, 'none', 0), arrives(11), fetched(other))
  t.match([replica.epoch, replica._entities.size, countsOf(replica)], ['epoch002', 0, { unread: 7 }])
  const { replica: moved } = play(replica => replica.frame({ type: 'welcome', cursor: 'epoch002.3', payload: { resume: 'none', unread_count: 7, unseen_count: 7 } }), fetched(page(20, [note(20)], 1), replica => replica.frame({ type: 'gap', cursor: 'epoch003.1', payload: {} })))
  t.match([moved.epoch, moved._entities.size], ['epoch003', 0])
})

test('a recall of what is known moves the counts; of what is not known, they have to be asked for', async t => {
  const { replica, then } = play(welcome(10, 'none', 3, 0), arrives(11), frame('inbox.seen', 12, { cursor: at(11), unread_count: 4, unseen_count: 0 }), frame('notification.recalled', 13, { ids: ['n11'] }))
  t.match([countsOf(replica), replica._counts._isExact], [{ unread: 3, unseen: 0 }, true])
  then(frame('notification.recalled', 14, { ids: ['n3'] }))
  t.equal(replica._counts._isExact, false)
  const { replica: empty } = play(welcome(10, 'none', 0), frame('notification.recalled', 14, { ids: ['n3'] }))
  t.equal(empty._counts._isExact, true, 'where nothing is unread or unseen, there is nothing to ask')
})

test('read_all reads what is active up to its cursor, of its topic', async t => {
  const items = [note(9), note(8, { archived: true }), note(7, { data: { topic: 'a' } }), note(3)]
  const read = (event: Step) => [...play(welcome(10, 'none', 3), fetched(page(10, items, 3)), event).replica._entities.values()].filter(({ item }) => item.read).map(({ item }) => item.id)
  t.same(read(frame('inbox.read_all', 11, { before: at(8), unread_count: 1, unseen_count: 3 })), ['n7', 'n3'])
  t.same(read(frame('inbox.read_all', 11, { before: at(9), topic: 'a', unread_count: 2, unseen_count: 3 })), ['n7'])
})

test('the highest revision wins, and read state stays', async t => {
  const update = (seq: number, revision: number) => frame('notification.updated', seq, { ...note(5), title: `revision ${revision}`, revision, updated_at: '' })
  const { replica } = play(welcome(4, 'none', 0), arrives(5), read(6, ['n5'], 0), update(7, 3), update(8, 2))
  t.match(replica._entities.get('n5')!.item, { title: 'revision 3', revision: 3, read: true, cursor: at(5) })
})

test('replacing is a recall and a notification', async t => {
  const { replica } = play(welcome(4, 'none', 0), arrives(5), frame('notification.recalled', 6, { ids: ['n5'] }), arrives(7, { replaces: 'n5', replaced_count: 1 }))
  t.same(idsOf(replica), ['n7'])
  t.equal(replica._counts.unread, 1)
})

test('what expires leaves by itself, with its count', async t => {
  const { replica, clock, then } = play(welcome(4, 'none', 0), arrives(5, { expires_at: '1970-01-01T00:01:00.000Z' }))
  t.equal(replica._nextExpiry, 60_000)
  clock.now = 59_999
  replica._sweep()
  t.same(countsOf(replica), { unread: 1, unseen: 1 })
  clock.now = 60_000
  replica._sweep()
  t.equal(replica._entities.size, 0)
  t.equal(replica._counts.unread, 0)
  t.equal(replica._nextExpiry, Infinity)
  // A count that was made in the same moment may have it or not; a later one does not.
  clock.now = 60_100
  then(read(6, [], 1, 1))
  t.equal(replica._counts._isExact, false)
  clock.now = 62_000
  then(fetched(page(6, [], 0)))
  t.match([countsOf(replica), replica._counts._isExact], [{ unread: 0, unseen: 0 }, true])
})

test('frames that are not known, or have no cursor, change nothing', async t => {
  const { replica, then } = play(welcome(4, 'none', 2), frame('__proto__', 5, { ids: ['constructor'] }), frame('constructor', 6, {}), replica => replica.frame({ type: 'pong' } as Event))
  t.match([countsOf(replica), replica._counts._isExact], [{ unread: 2, unseen: 2 }, true])
  t.equal(replica.at, 6)
  then(frame('notification', 7, { ...note(7), id: '__proto__' }), read(8, ['constructor', '__proto__'], 2))
  t.equal(replica._entities.get('__proto__')!.item.read, true)
})

test('another log empties the inbox, and keeps the marks that name no place', async t => {
  const marks: Step = replica => {
    replica.marks = [
      { id: 'a', time: '', at: Infinity, frame: { type: 'notification.read', payload: { ids: ['n5'] } } },
      { id: 'b', time: '', at: Infinity, frame: { type: 'inbox.read_all', payload: { before: at(5) } } }
    ]
  }
  const { replica } = play(welcome(4, 'none', 0), arrives(5), marks, welcome(5, 'gap', 9), replica => replica.frame({ type: 'gap', cursor: 'epoch002.1', payload: {} }))
  t.equal(replica._entities.size, 0)
  t.same(replica.marks.map(({ id }) => id), ['a'])
  t.match([replica._counts.unread, replica._counts._isExact], [9, true])
})

test('an inbox that is open for long keeps a bounded number', async t => {
  const { replica, then } = play(welcome(10, 'none', 0), fetched(page(10, [], 0)))
  for (let n = 0; n < 5000; n++) then(arrives(11 + n))
  t.ok(replica._entities.size <= 1100, `${replica._entities.size}`)
  t.same(countsOf(replica), { unread: 5000, unseen: 5000 })
  t.ok(replica._entities.has('n5010'))
  t.ok(bottomOf(replica, replica._whole) > 0, 'and says that there are older ones')
})

test('a mark on its way counts nothing that has left the inbox', async t => {
  const { world, server, lists: [all, orders] } = await shown([{}, { topic: 'orders' }], 4)
  // n1, of orders, and n4 are of a group that the user has left.
  server.change(true)
  await world.settle()
  t.equal(all!.getSnapshot().unreadCount, 2)
  orders!.markAllAsRead().catch(t.fail)
  t.equal(all!.getSnapshot().unreadCount, 1)
  await world.settle()
  t.match(all!.getSnapshot(), { unreadCount: 1, stale: false })
})
