import { test } from 'tap'
import { random } from '../../random.ts'
import { check } from '../checker.ts'
import type { Ask } from '../journal.ts'
import { members } from '../people.ts'
import { World } from '../world.ts'
import { broken, publish, told } from './broken.ts'

const user = members.find(({ id }) => id === 'company_a.one')!

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
  const ids = { read: await publish(world, 'news'), deleted: await publish(world, 'news'), archived: await publish(world, 'news') }
  const mark = async (frameId: string, verb: Ask['verb'], id: string) => {
    phone!.send(frameId, { type: verb, payload: { ids: [id] } }, { verb })
    await phone!.until(() => phone!.connection!.frames.some(({ replyTo }) => replyTo === frameId))
  }
  await mark('1', 'read', ids.read)
  await mark('2', 'delete', ids.deleted)
  await mark('3', 'archive', ids.archived)
  await world.settle()
  const all = check(world.journal).faults
  t.same([...new Set(all.map(({ kind }) => kind))].sort(), ['diverged', 'miscounted'], 'and what it hid is counted still')
  const faults = all.filter(({ kind }) => kind === 'diverged')
  t.same(told(faults, ids), ['diverged: archived', 'diverged: deleted', 'diverged: read'])
  t.match(faults.map(({ detail }) => detail).sort(), [
    new RegExp(`laptop has ${ids.read} as active and unread, REST as active and read`),
    new RegExp(`phone has ${ids.deleted} as deleted and unread, REST as active and unread`),
    new RegExp(`phone has ${ids.archived} as archived and unread, REST as active and unread`)
  ])
})

test('what was seen and chosen is acknowledged and forgotten', async t => {
  const world = await broken(t)
  const base = await world.inbox(user)
  const phone = world.subscribe({ name: 'phone', member: user, base })
  await phone.welcomed()
  const ids = { seen: await publish(world, 'news') }
  const ask = async (frameId: string, verb: Ask['verb'], payload: object, ask: Omit<Ask, 'verb'> = {}) => {
    phone.send(frameId, { type: verb, payload }, { verb, ...ask })
    await phone.until(() => phone.connection!.frames.some(({ replyTo }) => replyTo === frameId))
  }
  await ask('1', 'act', { id: ids.seen, action: 'accept' })
  await ask('2', 'act', { id: ids.seen, action: 'decline' })
  await phone.until(() => phone.connection!.frames.some(({ id, type }) => type === 'notification' && id === ids.seen))
  await ask('3', 'seen', { cursor: phone.cursor! }, { cursor: phone.cursor! })
  await world.settle()
  const { faults } = check(world.journal)
  t.same([...new Set(faults.map(({ kind }) => kind))].sort(), ['diverged', 'miscounted'])
  t.match(faults.find(({ kind }) => kind === 'diverged')!.detail, new RegExp(`${user.id} of ${ids.seen} chose`))
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
