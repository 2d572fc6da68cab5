import { test } from 'tap'
import { reduce, type Input } from '../../../src/client/inbox/state/reduce.ts'
import { shownCounts } from '../../../src/client/inbox/state/counts.ts'
import { initialState, type State } from '../../../src/client/inbox/state/state.ts'
import type { PageBody } from '../../../src/client/inbox/state/answers.ts'
import { formatCursor } from '../../../src/protocol/cursor.ts'
import type { ServerFrame, Welcome } from '../../../src/protocol/server-frames.ts'

const at = (seq: number) => formatCursor('epoch001', seq)
const frame = (type: string, seq: number, payload: object): Input => ({ kind: 'frame', frame: { type, cursor: at(seq), payload } as unknown as ServerFrame })
const welcome = (seq: number, resume: Welcome['resume'], unread: number, unseen = unread) => frame('welcome', seq, { resume, unread_count: unread, unseen_count: unseen })
const note = (seq: number, more: object = {}) => ({ id: `n${seq}`, title: '', message: '', type: 'info', created_at: '', read: false, data: {}, cursor: at(seq), ...more })
const arrives = (seq: number, more: object = {}): Input => ({ ...frame('notification', seq, note(seq, more)) })
const page = (seq: number, items: object[], unread: number, unseen = unread): PageBody => ({ items: items as PageBody['items'], next_before: null, unread_count: unread, unseen_count: unseen, cursor: at(seq) })
const play = (inputs: Input[], state: State = initialState, now = 0) => reduce(state, inputs, now)
const ask: Input = { kind: 'ask', request: { id: 1, kind: 'page', view: '["active",null,null,null]' } }
const used: Input = { kind: 'used', filter: {}, isUsed: true }

test('a frame that comes twice, or late, changes nothing', async t => {
  const once = play([welcome(10, 'none', 3), arrives(11), frame('notification.read', 12, { ids: ['n11'], unread_count: 3 })])
  t.same(shownCounts(once), { unread: 3, unseen: 4 })
  const again = play([arrives(11), frame('notification.unread', 10, { ids: ['n11'], unread_count: 9 })], once)
  t.same(shownCounts(again), { unread: 3, unseen: 4 })
  t.equal(again.entities.get('n11')!.item.read, true)
  const reread = play([frame('notification.unread', 13, { ids: ['n11'], unread_count: 4 }), frame('notification.read', 12, { ids: ['n11'], unread_count: 3 })], again)
  t.equal(reread.entities.get('n11')!.item.read, false)
})

test('between a welcome that is complete and its caught_up, counts of frames are those of then', async t => {
  const replaying = play([welcome(10, 'none', 5), welcome(10, 'complete', 2, 1), arrives(11), frame('notification.read', 12, { ids: ['n11'], unread_count: 77, unseen_count: 77 })])
  t.same(shownCounts(replaying), { unread: 5, unseen: 5 }, 'the old ones stay')
  t.same(shownCounts(play([frame('caught_up', 12, { count: 2 })], replaying)), { unread: 2, unseen: 1 })
})

test('a replay that is cut goes on, and the last welcome counts', async t => {
  const state = play([welcome(10, 'none', 5), welcome(10, 'complete', 2), arrives(11), welcome(11, 'complete', 4), arrives(12), frame('caught_up', 12, { count: 1 }), arrives(13)])
  t.same(shownCounts(state), { unread: 5, unseen: 5 })
})

test('an answer that is older than what was applied when it was asked for is dropped', async t => {
  const asked = play([used, welcome(10, 'none', 0), arrives(11), ask])
  const late = play([{ kind: 'answer', request: 1, body: page(9, [], 0) }], asked)
  t.equal(late.views.values().next().value!.generation, -1)
  t.same(shownCounts(late), { unread: 1, unseen: 1 })
})

test('an answer that frames overtook has them applied again', async t => {
  const asked = play([used, welcome(10, 'none', 1), ask, frame('notification.recalled', 11, { ids: ['n5'] }), arrives(12), frame('notification.read', 13, { ids: ['n6'], unread_count: 1, unseen_count: 1 })])
  const state = play([{ kind: 'answer', request: 1, body: page(10, [note(6), note(5)], 2) }], asked)
  t.same([...state.entities.values()].map(({ id, item }) => [id, item.read]).sort(), [['n12', false], ['n6', true]])
  t.same(shownCounts(state), { unread: 1, unseen: 1 })
})

test('an answer that comes twice is taken once', async t => {
  const state = play([used, welcome(10, 'none', 0), ask, { kind: 'answer', request: 1, body: page(10, [], 0) }, arrives(11), { kind: 'answer', request: 1, body: page(12, [], 0) }])
  t.same([...state.entities.keys()], ['n11'])
  t.same(shownCounts(state), { unread: 1, unseen: 1 })
})

test('an answer that is ahead of the frames is not undone by them', async t => {
  const state = play([used, welcome(10, 'none', 1), ask, { kind: 'answer', request: 1, body: page(15, [note(11, { read: true })], 0, 1) }, arrives(11), frame('notification.unread', 12, { ids: ['n11'], unread_count: 1 })])
  t.equal(state.entities.get('n11')!.item.read, true)
  t.same(shownCounts(state), { unread: 0, unseen: 1 })
  t.same(shownCounts(play([arrives(16)], state)), { unread: 1, unseen: 2 })
})

test('an answer from before a gap is dropped', async t => {
  const state = play([used, welcome(10, 'none', 1), ask, welcome(10, 'gap', 4), frame('gap', 30, { reason: 'expired' }), { kind: 'answer', request: 1, body: page(31, [note(31)], 5) }])
  t.equal(state.entities.size, 0)
  t.same(shownCounts(state), { unread: 4, unseen: 4 })
})

test('a recall of what is known moves the counts; of what is not known, they have to be asked for', async t => {
  const state = play([welcome(10, 'none', 3, 0), arrives(11), frame('inbox.seen', 12, { cursor: at(11), unread_count: 4, unseen_count: 0 }), frame('notification.recalled', 13, { ids: ['n11'] })])
  t.match(state.counts, { unread: 3, unseen: 0, isUnreadKnown: true, isUnseenKnown: true })
  t.match(play([frame('notification.recalled', 14, { ids: ['n3'] })], state).counts, { isUnreadKnown: false, isUnseenKnown: false })
})

test('read_all reads what is active up to its cursor, of its topic', async t => {
  const items = [note(9), note(8, { archived: true }), note(7, { data: { topic: 'a' } }), note(3)]
  const known = play([used, welcome(10, 'none', 3), ask, { kind: 'answer', request: 1, body: page(10, items, 3) }])
  const read = (inputs: Input[]) => [...play(inputs, known).entities.values()].filter(({ item }) => item.read).map(({ id }) => id)
  t.same(read([frame('inbox.read_all', 11, { before: at(8), unread_count: 1, unseen_count: 3 })]), ['n7', 'n3'])
  t.same(read([frame('inbox.read_all', 11, { before: at(9), topic: 'a', unread_count: 2, unseen_count: 3 })]), ['n7'])
})

test('the highest revision wins, and read state stays', async t => {
  const update = (seq: number, revision: number) => frame('notification.updated', seq, { ...note(5), title: `revision ${revision}`, revision, updated_at: '' })
  const state = play([welcome(4, 'none', 0), arrives(5), frame('notification.read', 6, { ids: ['n5'], unread_count: 0 }), update(7, 3), update(8, 2)])
  t.match(state.entities.get('n5')!.item, { title: 'revision 3', revision: 3, read: true })
})

test('replacing is a recall and a notification', async t => {
  const state = play([welcome(4, 'none', 0), arrives(5), frame('notification.recalled', 6, { ids: ['n5'] }), arrives(7, { replaces: 'n5', replaced_count: 1 })])
  t.same([...state.entities.keys()], ['n7'])
  t.same(state.counts && { unread: state.counts.unread }, { unread: 1 })
})

test('what expires leaves by itself, with its count', async t => {
  const first = play([welcome(4, 'none', 0), arrives(5, { expires_at: '1970-01-01T00:01:00.000Z' })])
  t.equal(first.nextExpiry, 60_000)
  t.same(shownCounts(play([{ kind: 'tick' }], first, 59_999)), { unread: 1, unseen: 1 })
  const left = play([{ kind: 'tick' }], first, 60_000)
  t.equal(left.entities.size, 0)
  t.equal(left.counts!.unread, 0)
  t.equal(left.nextExpiry, Infinity)
  // A count that was made in the same moment may have it or not.
  const marked = play([frame('notification.read', 6, { ids: [], unread_count: 1, unseen_count: 1 })], left, 60_100)
  t.match(marked.counts, { isUnreadKnown: false })
  t.ok(marked.countAfter > 60_100)
})

test('frames that are not known, or have no cursor, change nothing', async t => {
  const state = play([welcome(4, 'none', 2), frame('__proto__', 5, { ids: ['constructor'] }), frame('constructor', 6, {}), { kind: 'frame', frame: { type: 'pong' } }])
  t.same(shownCounts(state), { unread: 2, unseen: 2 })
  t.equal(state.at, 6)
  const named = play([frame('notification', 7, { ...note(7), id: '__proto__' }), frame('notification.read', 8, { ids: ['constructor', '__proto__'], unread_count: 2 })], state)
  t.equal(named.entities.get('__proto__')!.item.read, true)
})

test('another log empties the inbox, and keeps the marks that name no place', async t => {
  const intents: Input[] = [
    { kind: 'intent', intent: { id: 'a', time: '', change: { kind: 'mark', as: 'read', ids: ['n5'] } } },
    { kind: 'intent', intent: { id: 'b', time: '', change: { kind: 'read_all', before: at(5) } } }
  ]
  const state = play([welcome(4, 'none', 0), arrives(5), ...intents, welcome(5, 'gap', 9), { kind: 'frame', frame: { type: 'gap', cursor: 'epoch002.1', payload: { reason: 'epoch' } } }])
  t.equal(state.entities.size, 0)
  t.same(state.pending.map(({ id }) => id), ['a'])
  t.match(state.counts, { unread: 9, isUnreadKnown: true })
})

test('an inbox that is open for long keeps a bounded number', async t => {
  const state = play([used, welcome(10, 'none', 0), ask, { kind: 'answer', request: 1, body: page(10, [], 0) }])
  const inputs = Array.from({ length: 5000 }, (_, n) => arrives(11 + n))
  const long = inputs.reduce((last, input, n) => n % 100 === 0 ? play(inputs.slice(n, n + 100), last) : last, state)
  t.ok(long.entities.size <= 1100, `${long.entities.size}`)
  t.same(shownCounts(long), { unread: 5000, unseen: 5000 })
  t.ok(long.entities.has('n5010'))
})
