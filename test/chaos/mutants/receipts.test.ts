import { test } from 'tap'
import { check } from '../checker.ts'
import { members } from '../people.ts'
import { polled } from '../waiting.ts'
import { broken, publish, told } from './broken.ts'

/** Long enough that each is acknowledged, and reminded of, before its time is over, on a busy machine too. */
const DUE_MS = 4_000

test('broken mutes, acks, reminders and reports: each fault is named, and nothing else', async t => {
  const world = await broken(t)
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
  const devices = [['greedy', 'erin'], ['forgetful', 'company_a.boss']].map(([name, user]) => world.subscribe({ name: name!, member: members.find(({ id }) => id === user)!, isDevice: true }))
  await Promise.all(devices.map(device => device.welcomed()))
  ids['forgotten'] = await publish(world, 'news')
  await Promise.all(devices.map(device => device.until(() => device.hasAcked(ids['forgotten']!))))
  for (const name of ['boast', 'unsent', 'forgotten']) readers.reportable.add(ids[name]!)
  // For what was acknowledged, as far as anybody knows, nobody else waits.
  await polled('what was denied to be told', async () => (await world.ask({ method: 'GET', path: `/api/notifications/me/${ids['deny']}.escalation` })).status === 200)
  await world.settle()
  t.same(told(check(world.journal).faults, ids), [
    'doubled: nag', 'leaked: shout', 'lost: hush', 'miscounted: deny', 'misreported: before', 'misreported: boast', 'misreported: deny', 'misreported: forgotten', 'misreported: shout', 'misreported: unsent', 'untimely: deny', 'untimely: rush'
  ])
})
