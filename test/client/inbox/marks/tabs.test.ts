import { test } from 'tap'
import { settled } from '../hand-clock.ts'
import { ids, shown } from '../shown.ts'

test('a mark that two tabs sent has one outcome, the first', async t => {
  const { world, list, tab: first, server } = await shown()
  const second = await world.open([{}])
  await world.settle()
  list.archive('n1').catch(t.fail)
  await world.settle()
  const undone = list.undo()
  await settled()
  while (second.mail.length > 0) second.mail.shift()!()
  // The tab that leads sleeps, with its call on the way, and the next one leads, and makes the call too.
  world.cut()
  first.leads = false
  second.leads = true
  second.inboxes.onConnection()
  world.connect()
  world.deliverAll()
  await settled()
  const own = world.calls.findIndex(({ tab }) => tab === second)
  world.step(own, false)
  world.step(own, false)
  await settled()
  const [mark] = first.inboxes.replica.marks
  while (first.mail.length > 0) first.mail.shift()!()
  // A third one, which has heard of neither, was refused.
  first.inboxes.onTabMessage({ marks: [{ ...mark, at: -1 }] })
  t.equal(list.getSnapshot().items.length, 3)
  // Now the first one's call comes to a server that refuses it.
  server.mark('deleted', ['n1'])
  await world.settle()
  t.equal(await undone, true)
  t.same([first, second].flatMap(({ errors }) => errors), [], 'the refusal of what is done already is nobody\'s')
})

test('a tab shows the marks of another one, and sends them when that one leads and is gone', async t => {
  const { world, list, server } = await shown()
  const second = await world.open([{}])
  second.lists[0]!.subscribe(() => {})
  await world.settle()
  const third = await world.open([{}])
  third.lists[0]!.subscribe(() => {})
  await world.settle()
  world.cut()
  list.markAsRead('n1').catch(t.fail)
  second.lists[0]!.archive('n2').catch(t.fail)
  for (const { mail } of world.tabs) while (mail.length > 0) mail.shift()!()
  t.equal(third.lists[0]!.getSnapshot().unreadCount, 1)
  world.close(world.tabs[0]!)
  world.close(second)
  await world.settle()
  t.match(server.notes, [{ read: true }, { archived: true }, { read: false }])
  t.match(third.lists[0]!.getSnapshot(), { unreadCount: 1, stale: false })
})

test('a tab that leads is told the marks that it was opened too late to hear of', async t => {
  const { world, server } = await shown()
  const second = await world.open([{}])
  await world.settle()
  world.cut()
  const done = second.lists[0]!.markAsRead('n1')
  const third = await world.open([{}])
  // The third one leads when the first one closes, which takes what it heard with it.
  world.tabs.splice(0, 3, world.tabs[0]!, third, second)
  world.close(world.tabs[0]!)
  await world.settle()
  t.equal(await done, true)
  t.equal(server.unread(), 2)
})

test('a tab that is told late of a mark, by one that has not heard yet how it ended, hears it too', async t => {
  const { world, list, tab: first, server } = await shown()
  const second = await world.open([{}])
  await world.settle()
  list.archive('n1').catch(t.fail)
  await settled()
  // The second one is busy: it hears nothing of all this until the first one is gone and the third one there.
  first.inboxes.onConnection()
  world.step(0, false)
  world.step(0, false)
  await settled()
  t.strictSame([first.inboxes.replica.marks.map(({ at }) => at), second.mail.length], [[server.seq], 4], 'made, sent, asked for, and done')
  world.close(first)
  const third = await world.open([{}])
  third.lists[0]!.subscribe(() => {})
  server.mark('unarchived', ['n1'])
  await world.settle()
  t.strictSame(ids(third.lists[0]!), ['n3', 'n2', 'n1'])
  t.strictSame([second, third].map(({ inboxes }) => inboxes.replica.marks), [[], []])
})
