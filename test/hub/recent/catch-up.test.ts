import { test } from 'tap'
import { CatchUp, chunksOf } from '../../../src/hub/recent/catch-up.ts'
import { Mutes } from '../../../src/hub/mutes/mutes.ts'
import { Frames } from '../../../src/hub/encoding.ts'
import { notification, recorded, textsOf, updated } from '../recording.ts'

const member = (id: string, role = 'user', company = 'a') => ({ id, role, company })
const socket = (id: string, role?: string, company?: string) => recorded(member(id, role, company)).connection
const bob = socket('bob')
const ben = socket('ben')

function filled (...events: Parameters<CatchUp['push']>[0]) {
  const catchUp = new CatchUp(new Frames('epoch000'), new Mutes(), 0)
  catchUp.push(events)
  const seen = (connection: typeof bob, after: number, upTo: number) => {
    const missed = catchUp.of(connection, after, upTo)
    const ids = missed?.chunks.flatMap(textsOf).map(text => (JSON.parse(text) as { id: string }).id)
    return ids && { ids, count: missed!.count }
  }
  return { catchUp, seen }
}

test('what a cohort missed is put together once', async t => {
  const { catchUp } = filled(notification(1), notification(2, { keys: ['c:a'] }), notification(3, { keys: ['u:alice'] }))
  const [first] = catchUp.of(bob, 0, 3)!.chunks
  t.equal(catchUp.of(ben, 0, 3)!.chunks[0], first, 'the same bytes')
  t.not(catchUp.of(ben, 1, 3)!.chunks[0], first, 'from another place others')
  t.not(catchUp.of(socket('eve', 'admin'), 0, 3)!.chunks[0], first, 'and for another cohort')
})

test('each gets what is its own, whoever came before', async t => {
  const events = [
    notification(1), notification(2, { keys: ['u:bob'] }), notification(3, { keys: ['u:alice'] }), notification(4, { keys: ['cr:a/admin'] }), notification(5, { keys: ['c:b', 'u:ben'] })
  ]
  const wanted: [typeof bob, string[]][] = [
    [bob, ['n1', 'n2']], [ben, ['n1', 'n5']], [socket('alice'), ['n1', 'n3']], [socket('carl'), ['n1']], [socket('dora', 'admin'), ['n1', 'n4']], [socket('eve', 'user', 'b'), ['n1', 'n5']]
  ]
  for (const order of [wanted, wanted.toReversed()]) {
    const { seen } = filled(...events)
    for (const [connection, ids] of order) t.same(seen(connection, 0, 5), { ids, count: ids.length }, connection.subject)
  }
})

test('filters are told apart', async t => {
  const { seen } = filled(notification(1, { topic: 'x' }), notification(2, { topic: 'y' }), notification(3))
  const filtered = (id: string, ...topics: string[]) => recorded(member(id), { topics: new Set(topics) }).connection
  t.same(seen(bob, 0, 3)!.ids, ['n1', 'n2', 'n3'])
  t.same(seen(filtered('ben', 'x'), 0, 3)!.ids, ['n1', 'n3'])
  t.same(seen(filtered('carl', 'x', 'y'), 0, 3)!.ids, ['n1', 'n2', 'n3'])
  t.same(seen(filtered('dora'), 0, 3)!.ids, ['n3'])
})

test('what was recalled or has expired since is not there any more', async t => {
  const soon = Date.now() + 60_000
  const { catchUp, seen } = filled(notification(1), notification(2, { expiresAt: soon }), notification(3))
  t.same(seen(bob, 0, 3)!.ids, ['n1', 'n2', 'n3'])
  catchUp.push([{ ...notification(4), kind: 'notification.recalled', id: null, body: JSON.stringify({ ids: ['n1'] }) }])
  t.same(seen(bob, 0, 3)!.ids, ['n2', 'n3'])
  const { now } = Date
  t.teardown(() => { Date.now = now })
  Date.now = () => soon
  t.same(seen(ben, 0, 3)!.ids, ['n3'], 'although another got it a moment ago')
})

test('of a user that moved the store knows what it may see', async t => {
  const { seen } = filled(notification(1), updated(2, member('bob', 'user', 'b')), notification(3))
  t.equal(seen(bob, 0, 3), undefined)
  t.same(seen(ben, 0, 3)!.ids, ['n1', 'n3'])
  t.same(seen(bob, 2, 3)!.ids, ['n3'], 'but for what came after')
})

test('who has moved after the end of what is asked for: memory would go by the new audience', async t => {
  const { seen } = filled(notification(1, { keys: ['c:b'] }), notification(2), notification(3), notification(4))
  const moved = socket('carl')
  moved.setJoined(new Map([['all', 0], ['u:carl', 0], ['r:user', 0], ['c:a', 0], ['cr:a/user', 0]]))
  t.same(seen(moved, 0, 2)!.ids, ['n2'])
  moved.move(member('carl', 'user', 'b'), 3)
  t.equal(seen(moved, 0, 2), undefined)
  const joined = socket('dora')
  joined.setJoined(new Map([['all', 0], ['u:dora', 0], ['r:user', 0], ['c:a', 0], ['cr:a/user', 0]]))
  joined.changeGroups({ joined: ['g:/project'], left: [] }, 3)
  t.equal(seen(joined, 0, 2), undefined)
  t.same(seen(joined, 3, 4)!.ids, ['n4'])
})

test('memory reaches back so far', async t => {
  const { seen } = filled(...Array.from({ length: 9_000 }, (_, index) => notification(index + 1)))
  t.equal(seen(bob, 0, 9_000), undefined)
  t.equal(seen(bob, 8_990, 9_000)!.count, 10)
  t.same(seen(bob, 9_000, 9_000), { ids: [], count: 0 })
})

test('many ranges and much that is shared are forgotten, and put together anew', async t => {
  const long = 'x'.repeat(60_000)
  const { seen } = filled(...Array.from({ length: 400 }, (_, index) => notification(index + 1, { body: JSON.stringify({ long }) })))
  for (let after = 0; after < 400; after += 2) t.equal(seen(after % 4 === 0 ? bob : ben, after, 400)!.count, 400 - after)
})

test('chunks are whole frames, of a size', async t => {
  const frames = Array.from({ length: 50 }, (_, index) => Buffer.alloc(3_000, index))
  const chunks = [...chunksOf(frames)]
  t.same(Buffer.concat(chunks), Buffer.concat(frames))
  t.same(chunks.map(({ length }) => length), [66_000, 66_000, 18_000])
  t.same([...chunksOf([])], [])
})
