import { test, type Test } from 'tap'
import type { Audience } from '../../src/log/audience.ts'
import { random } from '../random.ts'
import { check, type Fault } from './checker.ts'
import type { Ask } from './journal.ts'
import { members, type News } from './people.ts'
import { World } from './world.ts'

const user = members.find(({ id }) => id === 'company_a.one')!

/** A server whose code is broken on purpose, with somebody to watch it. */
async function broken (t: Test): Promise<World> {
  const world = new World(random(1), { entry: ['test/chaos/mutants/server.ts'] })
  t.teardown(() => world.dispose())
  await world.begin()
  for (const member of members) await world.subscribe({ name: member.id, member }).welcomed()
  return world
}

async function publish (world: World, topic: string, audience: Audience = { all: true }, { edits = 0, ...news }: Omit<News, 'audience'> & { edits?: number } = {}): Promise<string> {
  const publication = { ...world.compose({ audience, ...news }), topic }
  await world.publish(publication)
  for (let count = 0; count < edits; count++) await world.edit(publication)
  return publication.id
}

/** The faults, by kind and what they are about, told of at least once each. */
function told (faults: Fault[], ids: Record<string, string>): string[] {
  const names = Object.entries(ids)
  return [...new Set(faults.map(({ kind, detail }) => {
    const name = names.find(([, id]) => new RegExp(`\\b${id}\\b`).test(detail))?.[0]
    return `${kind}: ${name ?? detail}`
  }))].sort()
}

test('broken delivery: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const ids: Record<string, string> = {}
  for (const topic of ['news', 'drop', 'bills', 'double', 'leak', 'news', 'alter', 'swap', 'bills']) {
    ids[topic] = await publish(world, topic, topic === 'leak' ? { companies: ['company_a'] } : { all: true })
  }
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, ids), ['altered: alter', 'doubled: double', 'leaked: leak', 'lost: drop', 'misordered: swap'])
  t.equal(faults.filter(({ kind }) => kind === 'lost').length, members.length, 'by everybody who missed it')
  t.same(new Set(faults.filter(({ kind }) => kind === 'leaked').map(({ detail }) => detail.split(' ')[0])),
    new Set(members.filter(({ company }) => company === 'company_b').map(({ id }) => `${id}#0`)), 'by everybody who should not have seen it')
})

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

test('broken plans: each fault is named, and nothing else', async t => {
  const world = await broken(t)
  const ids: Record<string, string> = {}
  for (const topic of ['never', 'twice', 'hasty', 'bills']) ids[topic] = await publish(world, topic, { all: true }, { sendIn: 2_000 })
  await world.settle()
  t.same(told(check(world.journal).faults, ids), ['doubled: twice', 'forked: twice', 'untimely: hasty', 'untimely: never'])
})

test('an answer before the commit: a crash shows it', async t => {
  const world = await broken(t)
  const ids = { early: '' }
  await publish(world, 'news')
  ids.early = await publish(world, 'early')
  await world.settle({ afterCrash: true })
  const found = told(check(world.journal).faults, ids)
  t.ok(found.includes('lost: early'), found.join('\n'))
})

test('marks that are acknowledged and forgotten, or not passed on', async t => {
  const world = await broken(t)
  const base = await world.inbox(user)
  const [phone, laptop] = ['phone', 'laptop'].map(name => world.subscribe({ name, member: user, base }))
  await Promise.all([phone!.welcomed(), laptop!.welcomed()])
  const ids = { read: await publish(world, 'news'), deleted: await publish(world, 'news') }
  const mark = async (frameId: string, verb: Ask['verb'], id: string) => {
    phone!.send(frameId, { type: verb, payload: { ids: [id] } }, { verb })
    await phone!.until(() => phone!.connection!.frames.some(({ replyTo }) => replyTo === frameId))
  }
  await mark('1', 'read', ids.read)
  await mark('2', 'delete', ids.deleted)
  await world.settle()
  const { faults } = check(world.journal)
  t.same(told(faults, ids), ['diverged: deleted', 'diverged: read'])
  t.match(faults.map(({ detail }) => detail).sort(), [
    new RegExp(`laptop has ${ids.read} as unread, REST as read`), new RegExp(`phone does not have ${ids.deleted}, REST does`)
  ])
})

for (const [what, entry, kinds] of [
  ['a server whose welcome is ahead of its replay loses it where a line is cut between the two', ['test/chaos/mutants/welcome.ts'], ['lost', 'lost', 'lost']],
  ['the server as it is does not', undefined, []]
] as const) {
  test(what, async t => {
    const world = new World(random(1), entry ? { entry: [...entry] } : {})
    t.teardown(() => world.dispose())
    await world.begin()
    const { cursor } = await world.inbox(user)
    for (const topic of ['news', 'bills', 'news']) await publish(world, topic)
    const cuts = [1]
    const subscriber = world.subscribe({ name: 'phone', member: user, since: cursor, cutAfter: () => cuts.shift() })
    await subscriber.until(() => subscriber.log.connections.length === 2)
    await world.settle()
    t.equal(subscriber.log.connections[0]!.frames.length, 1, 'cut after the welcome')
    t.same(check(world.journal).faults.filter(({ kind }) => kind !== 'misordered').map(({ kind }) => kind), kinds)
  })
}
