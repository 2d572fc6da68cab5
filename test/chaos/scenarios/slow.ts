import { crowd } from '../crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface SlowOptions { publishers?: number, stalled?: number, rounds?: number }

const WORDS = 'all work and no play '.repeat(190)

/** Sockets that stop reading are closed, come back, and get everything; the others notice nothing. */
export async function slow (world: World, { publishers = 8, stalled = 16, rounds = 3 }: SlowOptions = {}): Promise<void> {
  const { random, server } = world
  await world.begin()
  for (const member of members) world.subscribe({ name: `${member.id}/quick`, member, base: await world.inbox(member) })
  const readers = Array.from({ length: stalled }, (_, count) => {
    const member = random.pick(members)
    return world.subscribe({ name: `${member.id}/slow${count}`, member })
  })
  for (let count = 0; count < rounds; count++) {
    await Promise.all(readers.map(reader => reader.welcomed()))
    const connections = readers.map(reader => reader.connection!)
    for (const reader of readers) reader.stall()
    const enough = server.overloads + stalled
    await crowd(publishers, () => server.overloads >= enough, () => world.publish(world.compose({ all: true }), { message: WORDS }))
    for (const reader of readers) reader.proceed()
    await Promise.all(readers.map((reader, index) => reader.until(() => connections[index]!.closed !== undefined)))
  }
  await world.settle()
}
