import { crowd } from './crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface CutsOptions { publishers?: number, messages?: number, subscribersEach?: number }

/** Random cuts of sockets, streams and requests while messages with every form of audience flow. */
export async function cuts (world: World, { publishers = 16, messages = 10_000, subscribersEach = 4 }: CutsOptions = {}): Promise<void> {
  const { random } = world
  world.readers.isOn = true
  await world.begin()
  // Some as soon as they are open, most after a while, some never.
  const cutAfter = () => random.oneIn(5) ? undefined : random.oneIn(6) ? random.integer(3) : random.integer(messages / 20)
  for (const [index, member] of members.entries()) {
    const base = await world.inbox(member)
    for (let count = 0; count < subscribersEach; count++) {
      world.subscribe({ name: `${member.id}/${count}`, member, cutAfter, isDevice: true, base: count === 0 ? base : undefined, transport: count % 2 === 0 ? 'websocket' : 'sse' })
    }
    await world.follow({ name: `${member.id}/client`, member, cutAfter, transport: index % 2 === 0 ? 'websocket' : 'sse' })
  }
  let left = messages
  await crowd(publishers, () => left-- <= 0, () => world.send({ cuts: random.oneIn(40) ? 1 : 0 }))
  await world.settle()
}
