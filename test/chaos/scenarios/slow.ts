import { until } from '../../within.ts'
import { crowd } from './crowd.ts'
import { members, root, tokenOf } from '../people.ts'
import type { Subscriber } from '../subscriber.ts'
import type { World } from '../world.ts'

export interface SlowOptions { publishers?: number, stalled?: number, rounds?: number }

const erin = members.find(({ id }) => id === 'erin')!
const WORDS = 'all work and no play '.repeat(190)
/** Rounds that are added if no reader has read again in time for its close frame: on a busy machine the server may be quicker. */
const MORE_ROUNDS = 5

/**
 * Readers that stall are closed, come back, and get everything; the others notice nothing. Half of them
 * read again as soon as the server closes them, and see its code; the rest not before it has cut them.
 */
export async function slow (world: World, { publishers = 8, stalled = 16, rounds = 3 }: SlowOptions = {}): Promise<void> {
  const { random } = world
  await world.begin()
  for (const member of members) world.subscribe({ name: `${member.id}/quick`, member, base: await world.inbox(member) })
  const clients = await Promise.all((['websocket', 'sse'] as const).map(transport => world.follow({ name: `erin/client by ${transport}`, member: erin, transport })))
  await Promise.all(clients.map(client => client.welcomed()))
  const readers = Array.from({ length: stalled }, (_, count) => {
    const member = random.pick(members)
    // Of each kind some read again in time, and some do not.
    return world.subscribe({ name: `${member.id}/slow${count}`, member, transport: count % 4 < 2 ? 'websocket' : 'sse' })
  })
  const isSeen = () => world.journal.stalls.some(({ code }) => code === 1013)
  for (let count = 0; count < rounds || (!isSeen() && count < rounds + MORE_ROUNDS); count++) await stall(world, readers, publishers)
  await world.settle()
}

async function stall (world: World, readers: Subscriber[], publishers: number): Promise<void> {
  const { server, subscribers } = world
  await Promise.all(subscribers.map(subscriber => subscriber.welcomed()))
  const connections = readers.map(reader => reader.connection!)
  for (const reader of readers) reader.stall()
  const cut = server.overloads + readers.length
  let isOver = false
  const publishing = crowd(publishers, () => isOver, () => world.publish(world.compose({ audience: { all: true } }), { message: WORDS }))
  try {
    // No longer counted is who is being closed; its close frame lies behind what it has not read.
    await until('the stalled readers to be closed', async () => await openConnections(await server.up()) <= subscribers.length + world.clients.length - readers.length)
  } finally {
    isOver = true
    await publishing
  }
  const brief = readers.filter((_, index) => index % 2 === 0)
  for (const reader of brief) reader.proceed()
  await until('the stalled readers to be cut', () => server.overloads >= cut)
  for (const reader of readers) reader.proceed()
  await Promise.all(readers.map((reader, index) => reader.until(() => connections[index]!.closed !== undefined)))
  for (const [index, reader] of readers.entries()) {
    world.journal.stalls.push({ name: reader.log.name, isCut: !brief.includes(reader), code: connections[index]!.closed })
  }
}

/** How many sockets and streams the server has that are not closing. */
async function openConnections (base: string): Promise<number> {
  const response = await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${tokenOf(root)}` } })
  const text = await response.text()
  const [sockets, streams] = ['belfry_sockets', 'belfry_streams'].map(name => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]))
  return sockets! + streams!
}
