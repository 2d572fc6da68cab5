import { test } from 'tap'
import { settled } from '../hand-clock.ts'
import { shown } from '../shown.ts'

test('a mark shows at once, and is taken back per notification if it is refused', async t => {
  const { world, list, tab, server } = await shown()
  const done = list.markAsRead(['n1', 'n2'])
  t.match(list.getSnapshot(), { unreadCount: 1 })
  // Somebody else does the same to one of them, and something else to another.
  server.mark('read', ['n1'])
  server.mark('archived', ['n3'])
  world.deliver()
  world.deliver()
  world.answer = () => ({ status: 403, body: { code: 'BLF_FORBIDDEN', detail: 'You may not do this.' } })
  await world.settle()
  t.equal(await done, false)
  t.same(tab.errors, [{ code: 'BLF_FORBIDDEN', reason: 'You may not do this.' }])
  t.match(list.getSnapshot(), { unreadCount: 1, items: [{ id: 'n2', read: false }, { id: 'n1', read: true }] })
})

test('a mark of several of which some are gone is done for the others, and says which were not', async t => {
  const { world, list, tab, server } = await shown()
  for (const mark of ['markAsRead', 'markAsUnread', 'archive', 'unarchive', 'delete', 'restore'] as const) {
    const done = list[mark](['gone', 'n1'])
    await world.settle()
    t.equal(await done, true, mark)
    t.same(tab.errors.splice(0), [{ code: 'BLF_NOTIFICATION_NOT_FOUND', reason: 'not in the inbox: gone' }], mark)
  }
  t.match(server.notes[0], { read: false, archived: false, deleted: false })
  const undone = list.undo()
  await world.settle()
  t.equal(await undone, true)
  t.match(server.notes[0], { deleted: true }, 'undo is of those that were found')
  // Two marks that share a call: each has a result of its own.
  const two = [list.markAsRead('gone'), list.markAsRead('n2')]
  await world.settle()
  t.same(await Promise.all(two), [false, true])
  t.equal(tab.errors.splice(0).length, 1)
  const many = list.markAsRead([...Array.from({ length: 100 }, (_, n) => `gone${n}`), 'n3'])
  await world.settle()
  t.equal(await many, true, 'in two calls, too')
  t.equal(tab.errors.length, 1)
  const none = list.markAsRead(['gone', 'away'])
  await world.settle()
  t.equal(await none, false)
})

test('marks wait offline in their order, share calls, and are sent after caught_up', async t => {
  const { world, list, server } = await shown([{}, { view: 'archived' }])
  world.cut()
  const all = [list.markAsRead('n1'), list.markAsRead('n2'), list.archive('n1'), list.markAsUnread('n2')]
  t.match(list.getSnapshot(), { unreadCount: 2, items: [{ id: 'n3' }, { id: 'n2' }], stale: true })
  server.notify()
  world.connect()
  world.deliver()
  await settled()
  t.equal(world.calls.length, 0, 'not during the replay')
  const seen: unknown[] = []
  const answer = world.answer.bind(world)
  world.answer = (method, path, body) => {
    if (method === 'POST') seen.push(body)
    return answer(method, path, body)
  }
  await world.settle()
  t.match(seen, [{ as: 'read', ids: ['n1', 'n2'] }, { as: 'archived', ids: ['n1'] }, { as: 'unread', ids: ['n2'] }])
  t.equal(seen.length, 3)
  t.same(await Promise.all(all), [true, true, true, true])
  t.match(list.getSnapshot(), { unreadCount: 3, stale: false })
})

test('undo takes back what the last mark changed, and nothing else', async t => {
  const { world, list, server } = await shown()
  server.mark('read', ['n1'])
  await world.settle()
  list.markAsRead(['n1', 'n2', 'n3']).catch(t.fail)
  await world.settle()
  server.mark('archived', ['n3'])
  await world.settle()
  const undone = list.undo()
  t.match(list.getSnapshot(), { items: [{ id: 'n2', read: false }, { id: 'n1', read: true }] }, 'at once')
  await world.settle()
  t.equal(await undone, true)
  t.same(server.notes.map(({ id, read, archived }) => [id, read, archived]), [['n1', true, false], ['n2', false, false], ['n3', false, true]])
  t.equal(await list.undo(), false, 'there is nothing more')
})

test('a delete and its undo are done, although the first answer to each is lost', async t => {
  const { world, list, tab, server } = await shown()
  /** The server has it, and its answer does not come; the event may come later. */
  const loseAnswer = async () => {
    await settled()
    world.step(0, false)
    world.step(0, true)
  }
  const deleted = list.delete(['n1', 'n2'])
  await loseAnswer()
  await world.settle()
  t.equal(await deleted, true)
  t.match(list.getSnapshot(), { items: [{ id: 'n3' }], stale: false })
  const undone = list.undo()
  await loseAnswer()
  await world.settle()
  t.equal(await undone, true)
  t.equal(list.getSnapshot().items.length, 3)
  t.equal(server.notes.filter(note => note.deleted).length, 0)
  t.same(tab.errors, [])
})

test('what another device deleted is deleted, and what it restored is restored', async t => {
  const { world, list, tab, server } = await shown()
  for (const [mark, first] of [['delete', 'deleted'], ['undo', 'restored']] as const) {
    server.mark(first, ['n1'])
    // What the other device did is not known here yet.
    const done = mark === 'undo' ? list.undo() : list.delete('n1')
    await settled()
    while (world.calls.length > 0) {
      world.step(0, false)
      await settled()
    }
    t.equal(await done, true, mark)
    t.equal(list.getSnapshot().items.length, mark === 'undo' ? 3 : 2, 'and is shown so before its event comes')
    await world.settle()
    t.equal(list.getSnapshot().items.length, mark === 'undo' ? 3 : 2)
  }
  server.recall('n2')
  world.deliverAll()
  const gone = list.delete('n2')
  await world.settle()
  t.equal(await gone, false, 'what was recalled is gone')
  t.match(tab.errors, [{ code: 'BLF_NOTIFICATION_NOT_FOUND' }], 'and that alone is told of')
})

test('where the place of what is so already does not come, the mark is sent again', async t => {
  const { world, list, tab, server } = await shown()
  server.mark('deleted', ['n1'])
  const done = list.delete(['n1', 'gone'])
  await settled()
  world.step(0, false)
  world.step(0, false)
  await settled()
  world.step(0, true)
  await world.settle()
  t.equal(await done, true)
  t.same(tab.errors, [{ code: 'BLF_NOTIFICATION_NOT_FOUND', reason: 'not in the inbox: gone' }], 'what nobody knew is gone')
})

test('what no list has is restored, although the first answer is lost', async t => {
  const { world, server } = await shown()
  server.mark('deleted', ['n1'])
  const tab = await world.open([{}])
  world.close(world.tabs[0]!)
  await world.settle()
  const done = tab.lists[0]!.restore('n1')
  await settled()
  world.step(0, false)
  world.step(0, true)
  await world.settle()
  t.equal(await done, true)
  t.same(tab.errors, [])
})

test('what looks deleted is archived by the server alone, and not done if that says so', async t => {
  const { world, list, server } = await shown()
  const [deleted, archived] = [list.delete('n1'), list.archive('n1')]
  await world.settle()
  t.same([await deleted, await archived], [true, false])
  t.match(server.notes[0], { deleted: true, archived: false })
})

test('undo of archive, delete and markAllAsRead', async t => {
  const { world, list, server } = await shown()
  for (const mark of [() => list.archive('n2'), () => list.delete('n2'), () => list.markAllAsRead()]) {
    const before = list.getSnapshot()
    mark().catch(t.fail)
    t.not(list.getSnapshot(), before)
    await world.settle()
    list.undo().catch(t.fail)
    await world.settle()
    t.match(list.getSnapshot(), { unreadCount: 3, items: [{ id: 'n3' }, { id: 'n2', read: false }, { id: 'n1' }] })
    t.equal(server.unread(), 3)
  }
})

test('markAllAsRead covers what had arrived, of the topic of the list', async t => {
  const { world, lists: [all, orders], server } = await shown([{}, { topic: 'orders' }])
  orders!.markAllAsRead().catch(t.fail)
  t.equal(all!.getSnapshot().unreadCount, 1)
  server.notify({ topic: 'orders' })
  await world.settle()
  t.same(server.notes.filter(({ read }) => read).map(({ id }) => id), ['n1', 'n3'])
  t.match(orders!.getSnapshot(), { unreadCount: 2, items: [{ read: false }, { read: true }, { read: true }] })
  await t.rejects((await shown([{ type: 'error' }])).list.markAllAsRead(), /use markAsRead with the ids/)
})

test('markAsSeen and act', async t => {
  const { world, list, server } = await shown()
  list.markAsSeen().catch(t.fail)
  t.equal(list.getSnapshot().unseenCount, 0)
  const [first, second] = [list.act('n1', 'yes'), list.act('n1', 'no')]
  t.match(list.getSnapshot().items[2], { acted: { action: 'yes' } })
  await world.settle()
  t.same([await first, await second], [true, false])
  t.match(list.getSnapshot(), { unseenCount: 0, unreadCount: 3 })
  server.act('n2', 'no')
  const other = list.act('n2', 'yes')
  await world.settle()
  t.equal(await other, false, 'the first one counts')
  t.match(list.getSnapshot().items[1], { acted: { action: 'no' } })
})

test('what must be acknowledged is shown again after an archive or a delete of it, although the first answer is lost', async t => {
  const refused = { code: 'BLF_ACKNOWLEDGE_REQUIRED', reason: 'refused: n1' }
  for (const isLost of [false, true]) {
    for (const mark of ['archive', 'delete'] as const) {
      const { world, list, tab, server } = await shown()
      server.notes[0]!.owed = true
      const done = [list[mark](['n2', 'gone']), list[mark]('n1')]
      t.equal(list.getSnapshot().items.length, 1)
      await settled()
      world.step(0, false)
      world.step(0, isLost)
      await (isLost ? world.settle() : settled())
      t.match(list.getSnapshot(), { unreadCount: 2, items: [{ id: 'n3' }, { id: 'n1' }] }, mark)
      t.same(tab.errors.splice(0).filter(({ reason }) => !reason.endsWith('gone')), [refused])
      t.same(await Promise.all(done), [true, false])
      const undone = list.undo()
      await world.settle()
      t.same([await undone, list.getSnapshot().items.length, await list.undo()], [true, 3, false])
    }
  }
})

test('where a whole call is refused, nothing of it is done or can be taken back', async t => {
  const { world, list, tab } = await shown()
  world.answer = () => ({ status: 409, body: { code: 'BLF_ACKNOWLEDGE_REQUIRED', detail: 'It must be acknowledged.' } })
  const done = list.delete(['n1', 'n2'])
  await world.settle()
  t.equal(await done, false)
  t.same(tab.errors, [{ code: 'BLF_ACKNOWLEDGE_REQUIRED', reason: 'It must be acknowledged.' }])
  t.equal(list.getSnapshot().items.length, 3)
  t.equal(await list.undo(), false)
})
