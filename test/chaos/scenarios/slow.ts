import { until } from '../../within.ts'
import { crowd } from './crowd.ts'
import { members, type Member } from '../people.ts'
import type { Subscriber } from '../subscriber.ts'
import { polled } from '../waiting.ts'
import type { World } from '../world.ts'

export interface SlowOptions { publishers?: number, stalled?: number, rounds?: number }

/** Those whose readers stall: the first ones' until they are cut, those of the others by one transport each. */
const stalling = ['company_a.boss', 'company_a.two', 'company_b.two']
const erin = members.find(({ id }) => id === 'erin')!
/** As long as a message may be, in letters of three bytes: fewer are needed to fill what lies between the server and a reader. */
const WORDS = '働'.repeat(4_000)

/**
 * Readers that stall are closed, come back, and get everything; the others notice nothing. Half of them stay away until the
 * server has cut them; the rest read again as soon as it closes them, and see its code.
 */
export async function slow (world: World, { publishers = 8, stalled = 16, rounds = 3 }: SlowOptions = {}): Promise<void> {
  await world.begin()
  // Whoever stalls has no other connections, so that it can be told when all of them are closed.
  const quick = members.filter(member => !stalling.includes(member.id))
  for (const member of quick) world.subscribe({ name: `${member.id}/quick`, member, base: await world.inbox(member) })
  const clients = await Promise.all((['websocket', 'sse'] as const).map(transport => world.follow({ name: `erin/client by ${transport}`, member: erin, transport })))
  await Promise.all(clients.map(client => client.welcomed()))
  // Of each transport some read again in time, and some do not.
  const groups = stalling.map((id, index) => ({ member: members.find(member => member.id === id)!, isBrief: index > 0, readers: [] as Subscriber[] }))
  for (let count = 0; count < stalled; count++) {
    const transport = count % 4 < 2 ? 'websocket' : 'sse'
    const group = groups[count % 2 === 0 ? 0 : transport === 'websocket' ? 1 : 2]!
    group.readers.push(world.subscribe({ name: `${group.member.id}/slow${count}`, member: group.member, transport }))
  }
  for (let round = 0; round < rounds; round++) for (const group of groups) await stall(world, group, publishers)
  await world.settle()
}

/** Publishes until the readers, which stall, are being closed. */
async function stall (world: World, { member: { id }, isBrief, readers }: { member: Member, isBrief: boolean, readers: Subscriber[] }, publishers: number): Promise<void> {
  const { random, server } = world
  await Promise.all(readers.map(reader => reader.welcomed()))
  const connections = readers.map(reader => reader.connection!)
  for (const reader of readers) reader.stall()
  // On a busy machine two seconds may be too short to see that they are being closed, and to read what lies before the reason.
  if (isBrief) server.signal()
  const cut = server.overloadsOf(id) + readers.length
  let isOver = false
  const publishing = crowd(publishers, () => isOver, () => {
    const isForAll = random.oneIn(10)
    const publication = world.compose({ audience: isForAll ? { all: true } : { users: [id, erin.id] } })
    return world.publish(publication, isForAll ? {} : { message: WORDS })
  })
  try {
    // No longer counted is who is being closed; the close frame lies behind what was not read.
    await polled('the stalled readers to be closed', async () => !await isConnected(world, id))
  } finally {
    isOver = true
    await publishing
  }
  if (!isBrief) await until('the stalled readers to be cut', () => server.overloadsOf(id) >= cut)
  for (const reader of readers) reader.proceed()
  await Promise.all(readers.map((reader, index) => reader.until(() => connections[index]!.closed !== undefined)))
  if (isBrief) server.signal()
  for (const [index, reader] of readers.entries()) world.journal.stalls.push({ name: reader.log.name, isCut: !isBrief, code: connections[index]!.closed })
}

/** Whether the server has a connection of somebody that it is not closing. */
async function isConnected (world: World, id: string): Promise<boolean> {
  const { body } = await world.ask({ method: 'POST', path: '/api/notifications/send?dry_run=true', body: { title: 'a', message: 'b', priority: 'info', topic: 'news', audience: { users: [id] } } })
  return body.recipients.connected > 0
}
