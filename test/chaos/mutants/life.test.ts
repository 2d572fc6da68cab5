import { test } from 'tap'
import { check } from '../checker.ts'
import { members } from '../people.ts'
import { broken, publish, told } from './broken.ts'

test('broken edits and replacements: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  for (const member of members) world.subscribe({ name: `${member.id}/device`, member, base: await world.inbox(member) })
  await Promise.all(world.subscribers.map(subscriber => subscriber.welcomed()))
  const ids: Record<string, string> = {}
  for (const topic of ['news', 'mute', 'old', 'forget']) ids[topic] = await publish(world, topic, { all: true }, { edits: 2 })
  for (const topic of ['bills', 'pile']) {
    const chain = { replaceKey: topic }
    ids[`${topic} before`] = await publish(world, topic, { all: true }, chain)
    ids[topic] = await publish(world, topic, { all: true }, chain)
  }
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, ids), [
    'forked: old', 'lost: mute', 'stale: forget', 'stale: mute', 'stale: old', 'unreplaced: pile', 'unreplaced: pile before'
  ])
  const of = (kind: string) => faults.filter(fault => fault.kind === kind).length
  t.equal(of('lost'), 2 * 2 * members.length, 'each edit, by each socket')
  t.equal(of('unreplaced'), (1 + 1 + 2) * members.length, 'still in each inbox; and not said by the other one, in each inbox and on each socket')
})

test('broken groups: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const echo = await publish(world, 'echo', { groups: ['project', 'order'] })
  const spill = await publish(world, 'spill', { groups: ['order'], not: { users: ['erin'] } })
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, { echo, spill }), ['doubled: echo', 'leaked: spill'])
  t.same(faults.map(({ detail }) => detail.split(' ')[0]).sort(), ['company_a.one#0', 'company_b.one#0', 'erin#0'], 'by who is in both groups, and who is excluded')
})

test('broken plans, and plans that are changed and cancelled in vain: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const ids: Record<string, string> = {}
  // Long enough that each is planned, and changed, before its time is over, on a busy machine too.
  const plan = async (topic: string, name = topic) => { ids[name] = await publish(world, topic, { all: true }, { sendIn: 5_000 }) }
  const change = async (topic: string, name: string, isCancelled: boolean) => {
    await plan(topic, name)
    await world.replan(world.journal.publications.get(ids[name]!)!, isCancelled)
  }
  await Promise.all([
    ...['never', 'twice', 'hasty', 'bills'].map(topic => plan(topic)),
    change('undead', 'undead', true), change('deaf', 'deaf', false), change('news', 'cancelled', true), change('news', 'changed', false)
  ])
  await world.settle()
  t.same(told(check(world.journal).faults, ids), [
    'altered: deaf', 'altered: undead', 'doubled: twice', 'forked: twice', 'phantom: undead', 'untimely: deaf', 'untimely: hasty', 'untimely: never', 'untimely: undead'
  ])
})

test('moves that nobody hears of: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const [guest] = members.filter(({ moves }) => moves)
  const ids: Record<string, string> = {}
  const send = async (name: string, group: string) => { ids[name] = await publish(world, 'news', { groups: [group] }) }
  await world.guests.move('issue')
  await send('missed', 'issue')
  await world.guests.move('order')
  await send('joined', 'order')
  await world.guests.move('order')
  await send('kept', 'order')
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, ids), ['leaked: kept', 'lost: missed'])
  t.same(faults.map(({ detail }) => detail.split(/[ #]/)[0]), [guest!.id, guest!.id], 'by the one socket of who moved')
})
