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

test('broken plans, plans that are changed and cancelled in vain, broken groups, and moves that nobody hears of: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const ids: Record<string, string> = {}
  // Long enough that each is planned, and changed, before its time is over, on a busy machine too.
  const plan = async (topic: string, name = topic) => { ids[name] = await publish(world, topic, { all: true }, { sendIn: 5_000 }) }
  const change = async (topic: string, name: string, isCancelled: boolean, laterBy?: number) => {
    await plan(topic, name)
    await world.replan(world.journal.publications.get(ids[name]!)!, isCancelled, laterBy)
  }
  await Promise.all([
    ...['never', 'twice', 'hasty', 'bills'].map(topic => plan(topic)),
    // By more than a busy machine may publish it too late.
    change('deaf', 'deaf', false, 20_000),
    change('undead', 'undead', true), change('news', 'cancelled', true), change('news', 'changed', false)
  ])
  ids['echo'] = await publish(world, 'echo', { groups: ['project', 'order'] })
  ids['spill'] = await publish(world, 'spill', { groups: ['order'], not: { users: ['erin'] } })
  const [guest] = members.filter(({ moves }) => moves)
  const send = async (name: string, group: string) => { ids[name] = await publish(world, 'news', { groups: [group] }) }
  await world.guests.move('issue')
  await send('missed', 'issue')
  await world.guests.move('order')
  await send('joined', 'order')
  await world.guests.move('order')
  await send('kept', 'order')
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, ids), [
    'altered: deaf', 'altered: undead', 'doubled: echo', 'doubled: twice', 'forked: twice', 'leaked: kept', 'leaked: spill', 'lost: missed', 'phantom: undead', 'untimely: deaf', 'untimely: hasty', 'untimely: never', 'untimely: undead'
  ])
  const by = (...names: string[]) => faults.filter(({ detail }) => names.some(name => new RegExp(`\\b${ids[name]}\\b`).test(detail))).map(({ detail }) => detail.split(' ')[0]).sort()
  t.same(by('kept', 'missed'), [`${guest!.id}#0`, `${guest!.id}#0`], 'by who moved')
  t.same(by('echo', 'spill'), ['company_a.one#0', 'company_b.one#0', 'erin#0'], 'by who is in both groups, and who is excluded')
})
