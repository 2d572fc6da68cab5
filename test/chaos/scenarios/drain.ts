import { TOKEN_S } from '../clients/client.ts'
import { crowd } from './crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface DrainOptions { publishers?: number, drains?: number, between?: number }

/** SIGTERM under load: every socket and stream is told to come back, the process ends well, and it all goes on. */
export async function drain (world: World, { publishers = 20, drains = 3, between = 300 }: DrainOptions = {}): Promise<void> {
  const { random, server } = world
  await world.begin()
  for (const member of members) {
    world.subscribe({ name: `${member.id}/all`, member, base: await world.inbox(member) })
    world.subscribe({ name: `${member.id}/one`, member })
    world.subscribe({ name: `${member.id}/stream`, member, transport: 'sse' })
    // A token that expired while it is closed would be a reason of its own, if the machine is slow.
    await world.follow({ name: `${member.id}/client`, member, transport: world.random.oneIn(2) ? 'sse' : 'websocket', firstTokenS: TOKEN_S })
  }
  let isOver = false
  const draining = async () => {
    for (let count = 0; count < drains; count++) {
      await world.accepted(1 + random.integer(between))
      await stop(world)
      await server.start()
    }
    isOver = true
  }
  await Promise.all([crowd(publishers, () => isOver, () => world.send()), draining()])
  await world.settle()
}

async function stop ({ subscribers: raw, clients, server, journal }: World): Promise<void> {
  const subscribers = [...raw, ...clients]
  await Promise.all(subscribers.map(subscriber => subscriber.welcomed()))
  const open = subscribers.map(({ log: { name }, connection }) => ({ name, connection: connection! }))
  const exit = await server.stop()
  await Promise.all(subscribers.map((subscriber, index) => subscriber.until(() => open[index]!.connection.closed !== undefined)))
  journal.drains.push({ exit, closed: open.map(({ name, connection }) => ({ name, code: connection.closed })) })
}
