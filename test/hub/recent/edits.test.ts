import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { Hub } from '../../../src/hub/hub.ts'
import { notification, recorded, updated } from '../recording.ts'

/** Since when the keys of a user of company a address the user. */
const since = (all: number, company = all) => new Map([['all', all], ['r:user', all], ['c:a', company], ['cr:a/user', company]])
const edit = (seq: number, originSeq: number, rest: object = {}) => notification(seq, {
  kind: 'notification.updated', id: null, originSeq, body: JSON.stringify({ id: `n${originSeq}` }), ...rest
})

function hubOf (people: Record<string, Map<string, number>>, events = [notification(10), notification(20, { keys: ['c:a'] })]) {
  const hub = new Hub({ epoch: 'epoch000', seq: 9 })
  hub.publish([...Array.from({ length: 11 }, (_, index) => events.find(({ seq }) => seq === 10 + index) ?? notification(10 + index, { keys: ['u:nobody'] }))])
  hub.flush()
  const sockets = Object.fromEntries(Object.entries(people).map(([id, joined]) => {
    const { connection, seen } = recorded({ id, role: 'user', company: 'a' })
    connection.setJoined(joined)
    hub.register(connection)
    return [id, { connection, seen }]
  }))
  return { hub, sockets }
}

test('an edit goes live to those of a cohort who have the original, in the order of the log', async t => {
  const { hub, sockets: { old, young, moved } } = hubOf({ old: since(1), young: since(15), moved: since(1, 20) })
  for (const { connection } of [old!, young!, moved!]) hub.goLive(connection, 20)
  hub.publish([notification(21), edit(22, 10), edit(23, 20, { keys: ['c:a'] }), notification(24)])
  await nextTurn()
  t.same(old!.seen(), ['n21', 'notification.updated', 'notification.updated', 'n24'])
  t.same(young!.seen(), ['n21', 'notification.updated', 'n24'], 'not that of 10')
  t.same(moved!.seen(), ['n21', 'notification.updated', 'n24'], 'not that of 20')
})

test('and out of memory to those who missed it', async t => {
  const { hub, sockets } = hubOf({ old: since(1), young: since(15), moved: since(1, 20) })
  hub.publish([notification(21), edit(22, 10), edit(23, 20, { keys: ['c:a'] }), notification(24)])
  for (const order of [['old', 'young', 'moved'], ['young', 'old', 'moved']]) {
    t.same(order.map(id => hub.recent(sockets[id]!.connection, 20, 24)!.count), order.map(id => id === 'old' ? 4 : 3))
  }
})

test('who moves while connected has what is sent from there on', async t => {
  const { hub, sockets: { old } } = hubOf({ old: since(1) })
  hub.goLive(old!.connection, 20)
  hub.publish([updated(21, { id: 'old', role: 'user', company: 'b' })])
  hub.publish([edit(22, 10), edit(23, 20, { keys: ['c:a', 'c:b'] }), notification(24, { keys: ['c:b'] }), edit(25, 24, { keys: ['c:b'] })])
  await nextTurn()
  t.same(old!.seen(), ['notification.updated', 'n24', 'notification.updated'], 'the one to everyone, and that of the new company since then')
})

test('a move before its keys are known is not lost', async t => {
  const { hub, sockets: { old } } = hubOf({ old: new Map() })
  hub.publish([updated(21, { id: 'old', role: 'user', company: 'b' })])
  // Read before the move was committed.
  old!.connection.setJoined(since(1))
  hub.goLive(old!.connection, 21)
  hub.publish([edit(22, 10), notification(23, { keys: ['c:b'] }), edit(24, 23, { keys: ['c:b'] }), edit(25, 20, { keys: ['c:b'] })])
  await nextTurn()
  t.same(old!.seen(), ['notification.updated', 'n23', 'notification.updated'])
})

test('a recall goes to those who have the original, live and out of memory, and past no filter', async t => {
  const { hub, sockets: { old, young, moved } } = hubOf({ old: since(1), young: since(15), moved: since(1, 20) })
  const filtered = recorded({ id: 'filtered', role: 'user', company: 'a' }, { topics: new Set(['x']) })
  filtered.connection.setJoined(since(1))
  hub.register(filtered.connection)
  const all = [old!, young!, moved!, filtered]
  for (const { connection } of all) hub.goLive(connection, 20)
  const recall = { kind: 'notification.recalled' } as const
  const body = (id: string) => JSON.stringify({ ids: [id] })
  hub.publish([edit(21, 10, { ...recall, topic: 'y', body: body('n10') }), edit(22, 20, { ...recall, keys: ['c:a', '!u:moved'], topic: 'x', body: body('n20') })])
  await nextTurn()
  const told = [2, 1, 1, 1]
  t.same(all.map(({ seen }) => seen().length), told)
  t.same(all.map(({ connection }) => hub.recent(connection, 20, 22)!.count), told)
  t.same(all.map(({ connection }) => hub.recent(connection, 20, 21)!.count), [1, 0, 1, 0])
})

test('a cohort shares the backlog of edits of what all of its members have', async t => {
  const { hub, sockets: { old, older, young } } = hubOf({ old: since(5), older: since(1), young: since(15) })
  hub.publish([edit(21, 10), edit(22, 20, { keys: ['c:a'] })])
  const chunks = [old!, older!].map(({ connection }) => hub.recent(connection, 20, 22)!.chunks[0])
  t.ok(chunks[0])
  t.equal(chunks[1], chunks[0])
  t.equal(hub.recent(young!.connection, 20, 22)!.count, 1)
  t.equal(hub.recent(young!.connection, 21, 22)!.chunks[0], hub.recent(old!.connection, 21, 22)!.chunks[0])
})

test('an edit moves the expiry of what is in memory', async t => {
  const past = Date.now() - 1_000
  const { hub, sockets: { old } } = hubOf({ old: since(1) }, [notification(10, { expiresAt: past }), notification(20)])
  const missed = () => hub.recent(old!.connection, 9, hub.seq)!.count
  t.equal(missed(), 1)
  hub.publish([edit(21, 10, { expiresAt: null })])
  t.equal(missed(), 3, 'later')
  hub.publish([edit(22, 20, { expiresAt: past })])
  t.equal(missed(), 2, 'sooner, and the edit with it')
})

test('what is recalled takes its edits with it', async t => {
  const { hub, sockets: { old } } = hubOf({ old: since(1) })
  hub.publish([edit(21, 10), edit(22, 20), notification(23, { kind: 'notification.recalled', id: null, body: '{"ids":["n10"]}' })])
  t.equal(hub.recent(old!.connection, 9, 23)!.count, 3, 'n20, its edit, and the recall')
})

test('an edit has its topic', async t => {
  const { hub } = hubOf({})
  const { connection, seen } = recorded({ id: 'x', role: 'user', company: 'a' }, { topics: new Set(['x']) })
  connection.setJoined(since(1))
  hub.register(connection)
  hub.goLive(connection, 20)
  hub.publish([edit(21, 10, { topic: 'y' }), edit(22, 20, { topic: 'x' })])
  await nextTurn()
  t.equal(seen().length, 1)
})
