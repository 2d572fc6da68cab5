import { test } from 'tap'
import { settled } from '../hand-clock.ts'
import { shown } from '../shown.ts'

/** A tab with a list of four, of which the two newest must be acknowledged. */
async function owing () {
  const all = await shown([{}], 2)
  for (let n = 0; n < 2; n++) all.server.notify({ owed: true })
  await all.world.settle()
  return all
}

test('an acknowledgement shows at once, with the time of the server in the end', async t => {
  const { world, list, tab, server, lists } = await owing()
  const other = await world.open([{}])
  other.lists[0]!.subscribe(() => {})
  await world.settle()
  await world.clock.advance(60_000)
  const done = list.acknowledge(['n3', 'n4', 'n3'])
  const made = new Date(world.clock.now()).toISOString()
  t.match(list.getSnapshot().items.slice(0, 2), [{ id: 'n4', acknowledge: {}, acknowledged_at: made, read: false }, { id: 'n3', acknowledged_at: made }])
  t.equal(list.getSnapshot().unreadCount, 4, 'it reads nothing')
  await settled()
  t.equal(world.calls.length, 1, 'one call')
  await world.clock.advance(5_000)
  const stored = new Date(world.clock.now()).toISOString()
  await world.settle()
  t.equal(await done, true)
  t.equal(await list.acknowledge('n4'), true, 'it is so already')
  for (const each of [lists[0]!, other.lists[0]!]) t.match(each.getSnapshot().items, [{ id: 'n4', acknowledged_at: stored }, { id: 'n3', acknowledged_at: stored }, {}, {}])
  t.equal(await list.undo(), false, 'it is final')
  t.same(tab.errors, [])
  t.same(server.notes.map(({ acknowledged }) => acknowledged), [false, false, true, true])
})

test('what another device acknowledged shows, and stays over an edit', async t => {
  const { world, list, server } = await owing()
  const at = new Date(world.clock.now()).toISOString()
  server.mark('acknowledged', ['n4'])
  server.edit('n4', 'error')
  // The frames take their time.
  await world.clock.advance(5_000)
  await world.settle()
  t.match(list.getSnapshot().items[0], { id: 'n4', type: 'error', revision: 2, acknowledge: {}, acknowledged_at: at })
})

test('it is archived after its acknowledgement, and not before', async t => {
  const { world, list, tab } = await owing()
  const before = list.archive('n4')
  await world.settle()
  t.equal(await before, false)
  const done = [list.acknowledge('n4'), list.archive('n4')]
  t.equal(list.getSnapshot().items.length, 3)
  await world.settle()
  t.same(await Promise.all(done), [true, true])
  t.same(tab.errors.map(({ code }) => code), ['BLF_ACKNOWLEDGE_REQUIRED'])
})

test('what need not be acknowledged is refused, and so is what is not there', async t => {
  const { world, list, tab } = await owing()
  const done = [list.acknowledge('n1'), list.acknowledge(['n1', 'n3']), list.acknowledge('gone')]
  t.notOk('acknowledged_at' in list.getSnapshot().items[3]!)
  await world.settle()
  t.same(await Promise.all(done), [false, true, false])
  t.same(tab.errors, [{ code: 'BLF_NOT_ACKNOWLEDGEABLE', reason: 'refused: n1' }, { code: 'BLF_NOTIFICATION_NOT_FOUND', reason: 'not in the inbox: gone' }])
})

test('a reminder changes nothing that is listed', async t => {
  const { world, list, tab } = await owing()
  const before = list.getSnapshot()
  tab.frame({ type: 'notification.reminder', cursor: world.server.cursor(world.server.seq + 1), payload: { id: 'n4', number: 1, by: '2026-01-02T00:00:00.000Z' } })
  await settled()
  t.equal(list.getSnapshot(), before)
})
