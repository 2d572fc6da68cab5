import { crowd } from './crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface AttachOptions { publishers?: number, messages?: number, sockets?: number }

/** Sockets and streams come and go while messages flow: with a cursor, old or new, with an inbox, or with nothing; clients of ours, too. */
export async function attach (world: World, { publishers = 12, messages = 4_000, sockets = 400 }: AttachOptions = {}): Promise<void> {
  const { random } = world
  await world.begin()
  const places = [(await world.inbox(members[0]!)).cursor]
  let left = messages
  let toCome = sockets
  let haveCome = 0
  const publishing = crowd(publishers, () => left-- <= 0 && haveCome >= sockets, async () => {
    const { outcome } = await world.send()
    if (outcome.status === 'accepted') places.push(outcome.cursor)
  })
  const attaching = crowd(8, () => toCome-- <= 0, async () => {
    const member = random.pick(members)
    const name = `${member.id}/${toCome}`
    const transport = random.oneIn(3) ? 'sse' : 'websocket'
    const isClient = random.oneIn(8)
    const base = random.oneIn(8) ? await world.inbox(member) : undefined
    const since = random.oneIn(2) ? random.pick(places) : undefined
    const subscriber = isClient ? await world.follow({ name: `${name}/client`, member, transport }) : world.subscribe({ name, member, base, since, transport })
    const frames = 1 + random.integer(60)
    await subscriber.until(() => (subscriber.connection?.frames.length ?? 0) >= frames)
    haveCome += 1
    if (!random.oneIn(6)) await subscriber.stop(true)
  })
  await Promise.all([publishing, attaching])
  await world.settle()
}
