import { test } from 'tap'
import { check } from '../checker.ts'
import { cursorOf } from '../checker/places.ts'
import { members } from '../people.ts'
import { PUSH_AFTER_MS } from '../quick/quick.ts'
import { polled } from '../waiting.ts'
import type { World } from '../world.ts'
import { broken, publish, told } from './broken.ts'

/** Long enough that each is acknowledged, and reminded of, before its time is over, on a busy machine too. */
const DUE_MS = 8_000
/** Marks the place of a notification, by which some faults name it. */
const AT = '@'

test('broken mutes, acks, reminders, reports, calls and pushes: each fault is named, and nothing else', async t => {
  const world = await broken(t, { isOutside: true })
  const { readers } = world
  readers.isOn = true
  const ids: Record<string, string> = {}
  const owe = async (topic: string, isReminded = false) => {
    ids[topic] = await publish(world, topic, { users: ['company_a.one'] }, { demand: { by: Date.now() + DUE_MS, isReminded, escalateTo: 'root' } })
  }
  await Promise.all([owe('nag', true), owe('hush', true), owe('rush'), owe('deny')])
  await readers.acknowledge(world.journal.publications.get(ids['deny']!), 'company_a.one')
  await readers.mute('company_b.two', 'shout', 'off')
  ids['before'] = await publish(world, 'news')
  for (const topic of ['shout', 'boast']) ids[topic] = await publish(world, topic)
  ids['unsent'] = await publish(world, 'news')
  const devices = [['greedy', 'company_b.boss'], ['forgetful', 'company_a.boss']].map(([name, user]) => world.subscribe({ name: name!, member: members.find(({ id }) => id === user)!, isDevice: true }))
  await Promise.all(devices.map(device => device.welcomed()))
  ids['forgotten'] = await publish(world, 'news')
  await Promise.all(devices.map(device => device.until(() => device.hasAcked(ids['forgotten']!))))
  // What they would say of the rest is no matter of this test.
  for (const device of devices) await device.stop(true)
  for (const name of ['before', 'shout', 'boast', 'unsent', 'forgotten']) readers.reportable.add(ids[name]!)
  const places = await breakOutside(world, ids)
  // For what was acknowledged, as far as anybody knows, nobody else waits.
  await polled('what was denied to be told', async () => (await world.ask({ method: 'GET', path: `/api/notifications/me/${ids['deny']}.escalation` })).status === 200)
  await world.settle()
  const found = told(check(world.journal).faults, { ...ids, ...places }).map(fault => fault.replace(AT, ''))
  t.same([...new Set(found)].sort(), [
    'altered: mispushed', 'altered: renamed', 'altered: unsigned', 'doubled: again', 'doubled: nag', 'doubled: repushed', 'forked: renamed', 'forked: retagged', 'leaked: shout', 'leaked: spread', 'leaked: stray', 'leaked: tell',
    'lost: deny', 'lost: hush', 'lost: uncalled', 'lost: unpushed', 'lost: unreminded', 'miscounted: deny', 'misordered: overtake', 'misreported: before', 'misreported: boast', 'misreported: deny', 'misreported: forgotten',
    'misreported: shout', 'misreported: unsent', 'untimely: deny', 'untimely: nosy', 'untimely: rush'
  ])
})

/** Sends what suffers outside; where each is in the log, by its name. */
async function breakOutside (world: World, ids: Record<string, string>): Promise<Record<string, string>> {
  const { journal, pushes } = world
  const erin = { users: ['erin'] }
  for (const topic of ['unpushed', 'repushed', 'mispushed', 'retagged', 'stray']) ids[topic] = await publish(world, topic, erin)
  ids['unreminded'] = await publish(world, 'unreminded', erin, { demand: { by: Date.now() + DUE_MS, isReminded: true, escalateTo: 'root' } })
  // On a busy machine it may take too long to read it.
  for (let isInTime = false; !isInTime;) {
    ids['nosy'] = await publish(world, 'nosy', erin)
    await pushes.read(ids['nosy']!, members.find(({ id }) => id === 'erin'))
    isInTime = journal.reads.at(-1)!.at < journal.publications.get(ids['nosy']!)!.askedAt! + PUSH_AFTER_MS / 2
  }
  const called = ['overtake', 'uncalled', 'again', 'unsigned', 'renamed', 'tell', 'spread']
  for (const topic of called) ids[topic] = await publish(world, topic, { companies: ['company_a'] })
  return Object.fromEntries(called.map(topic => [`${topic}${AT}`, cursorOf(journal.publications.get(ids[topic]!)!).split('.')[1]!]))
}
