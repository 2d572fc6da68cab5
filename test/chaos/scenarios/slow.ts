import { until } from '../../within.ts'
import { crowd } from './crowd.ts'
import { members, root, tokenOf, type Member } from '../people.ts'
import type { Subscriber } from '../subscriber.ts'
import type { World } from '../world.ts'

export interface SlowOptions { publishers?: number, stalled?: number, rounds?: number }

const erin = members.find(({ id }) => id === 'erin')!
/** As long as a message may be, in letters of three bytes: fewer are needed to fill what lies between the server and a reader. */
const WORDS = '働'.repeat(4_000)

/**
 * Readers that stall are closed, come back, and get everything; the others notice nothing. Half of them stay away until the
 * server has cut them; the rest read again as soon as it closes them, and see its code.
 */
export async function slow (world: World, { publishers = 8, stalled = 16, rounds = 3 }: SlowOptions = {}): Promise<void> {
  const { random } = world
  await world.begin()
  for (const member of members) world.subscribe({ name: `${member.id}/quick`, member, base: await world.inbox(member) })
  const clients = await Promise.all((['websocket', 'sse'] as const).map(transport => world.follow({ name: `erin/client by ${transport}`, member: erin, transport })))
  await Promise.all(clients.map(client => client.welcomed()))
  // Not of everybody: at the end, whoever has an inbox reads all of it.
  const flooded = [erin, random.pick(members.filter(({ id, moves }) => id !== erin.id && !moves))]
  // Of each kind some read again in time, and some do not.
  const kinds = (['websocket', 'sse'] as const).flatMap(transport => [true, false].map(isBrief => ({ transport, isBrief, readers: [] as Subscriber[] })))
  for (let count = 0; count < stalled; count++) {
    const member = random.pick(flooded)
    const { transport, readers } = kinds[count % kinds.length]!
    readers.push(world.subscribe({ name: `${member.id}/slow${count}`, member, transport }))
  }
  for (let round = 0; round < rounds; round++) {
    await stall(world, kinds.filter(({ isBrief }) => !isBrief).flatMap(({ readers }) => readers), false, flooded, publishers)
    // By transport: it may be one kind alone that is closed first.
    for (const { readers } of kinds.filter(({ isBrief }) => isBrief)) await stall(world, readers, true, flooded, publishers)
  }
  await world.settle()
}

/** Publishes until readers that stall are closed: all of them, or the first of those that then read again at once. */
async function stall (world: World, readers: Subscriber[], isBrief: boolean, flooded: Member[], publishers: number): Promise<void> {
  const { random, server, subscribers, clients } = world
  await Promise.all(subscribers.map(subscriber => subscriber.welcomed()))
  const connections = readers.map(reader => reader.connection!)
  for (const reader of readers) reader.stall()
  const cut = server.overloads + readers.length
  let isOver = false
  const publishing = crowd(publishers, () => isOver, () => {
    const isForAll = random.oneIn(10)
    const publication = world.compose({ audience: isForAll ? { all: true } : { users: flooded.map(({ id }) => id) } })
    return world.publish(publication, isForAll ? {} : { message: WORDS })
  })
  try {
    // No longer counted is who is being closed; its close frame lies behind what it has not read.
    const open = subscribers.length + clients.length - (isBrief ? 1 : readers.length)
    await until('the stalled readers to be closed', async () => await openConnections(await server.up()) <= open)
    // Within the two seconds that the server gives them.
    if (isBrief) for (const reader of readers) reader.proceed()
  } finally {
    isOver = true
    await publishing
  }
  if (!isBrief) await until('the stalled readers to be cut', () => server.overloads >= cut)
  for (const reader of readers) reader.proceed()
  // Whoever was closed gets there on another connection.
  const { cursor } = await world.inbox(erin)
  await Promise.all(readers.map(reader => reader.reached(cursor)))
  for (const [index, reader] of readers.entries()) {
    const { closed } = connections[index]!
    if (closed !== undefined) world.journal.stalls.push({ name: reader.log.name, isCut: !isBrief, code: closed })
  }
}

/** How many sockets and streams the server has that are not closing. */
async function openConnections (base: string): Promise<number> {
  const response = await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${tokenOf(root)}` } })
  const text = await response.text()
  const [sockets, streams] = ['belfry_sockets', 'belfry_streams'].map(name => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]))
  return sockets! + streams!
}
