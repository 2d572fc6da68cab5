import { test } from 'tap'
import { check } from '../checker.ts'
import { BOUNCER } from '../mails/bouncer.ts'
import { DIGESTED, MAILED } from '../mails/mails.ts'
import { members } from '../people.ts'
import { polled } from '../waiting.ts'
import { broken, publish, told } from './broken.ts'

const erin = members.find(({ id }) => id === 'erin')!
/** Long before it would be mailed, milliseconds. */
const SOON_MS = 500

test('broken mails: each fault is named, and nothing else', async t => {
  const world = await broken(t, { mailed: { unmailed: 'now', remailed: 'now', snooped: 'now', strayed: 'now' } })
  const { journal, mails } = world
  const ids: Record<string, string> = {}
  const lettersWith = (wanted: string) => journal.mail.letters.filter(({ items }) => items.some(({ id }) => id === wanted)).length
  for (const topic of ['unmailed', 'remailed']) ids[topic] = await publish(world, topic, { users: [erin.id] })
  ids['strayed'] = await publish(world, 'strayed', { companies: ['company_b'] })
  // From here on, nothing waits that could be mailed before what follows is complete. On a busy machine it may take too long.
  for (let tries = 0, isInTime = false; !isInTime; tries++) {
    const before = await publish(world, MAILED)
    await polled('the mails so far', async () => lettersWith(before) === journal.mail.addresses.length && lettersWith(ids['remailed']!) === 2)
    const id = ids[`snooped${tries}`] = await publish(world, 'snooped', { users: [erin.id] })
    await mails.read(journal.publications.get(id)!, erin)
    await publish(world, MAILED)
    isInTime = Date.now() < journal.publications.get(id)!.askedAt! + SOON_MS
  }
  await world.settle()
  const faults = check(journal).faults
  t.same([...new Set(told(faults, ids).map(fault => fault.replace(/\d+$/, '')))], ['diverged: snooped', 'doubled: remailed', 'leaked: strayed', 'lost: unmailed'])
})

test('broken digests and bounces: each fault is named, and nothing else', async t => {
  const world = await broken(t, { mailed: { peeked: 'digest', redigested: 'digest', uncounted: 'now', untold: 'now' } })
  const { journal, mails } = world
  const ids: Record<string, string> = {}
  const lettersWith = (wanted: string) => journal.mail.letters.filter(({ items }) => items.some(({ id }) => id === wanted)).length
  const send = async (topic: string, user: string) => {
    const id = ids[topic] = await publish(world, topic, { users: [user] })
    await polled(`a mail with ${topic}`, async () => lettersWith(id) > 0)
  }
  await mails.bouncer.move('full')
  // The second one is taken.
  const bouncing = (async () => {
    for (const topic of ['untold', MAILED, 'uncounted', 'uncounted', 'uncounted', 'uncounted']) await send(topic, BOUNCER)
  })()
  for (let tries = 0, isInTime = false; !isInTime; tries++) {
    const first = await publish(world, DIGESTED, { users: [erin.id] })
    const id = ids[`peeked${tries}`] = await publish(world, 'peeked', { users: [erin.id] })
    await mails.read(journal.publications.get(id)!, erin)
    const last = await publish(world, DIGESTED, { users: [erin.id] })
    isInTime = Date.now() < journal.publications.get(first)!.askedAt! + SOON_MS
    await polled('a digest', async () => lettersWith(last) > 0)
  }
  await bouncing
  await send('redigested', 'company_b.one')
  await world.crash()
  await polled('the digest to come again', async () => lettersWith(ids['redigested']!) === 2)
  await world.settle()
  const faults = check(journal).faults
  t.same([...new Set(told(faults, ids).map(fault => fault.replace(/\d+$/, '')))], ['diverged: peeked', 'doubled: redigested', 'leaked: uncounted', 'lost: untold'])
})
