import { crowd } from '../crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface AttachOptions { publishers?: number, messages?: number, sockets?: number }

/** Sockets come and go while messages flow: with a cursor, old or new, with an inbox, or with nothing. */
export async function attach (world: World, { publishers = 12, messages = 4_000, sockets = 400 }: AttachOptions = {}): Promise<void> {
  const { random } = world
  await world.begin()
  const places = [(await world.inbox(members[0]!)).cursor]
  let left = messages
  const publishing = crowd(publishers, () => left-- <= 0, async () => {
    const outcome = await world.publish(world.compose())
    if (outcome.status === 'accepted') places.push(outcome.cursor)
  })
  let toCome = sockets
  const attaching = crowd(8, () => toCome-- <= 0 || left <= 0, async () => {
    const member = random.pick(members)
    const name = `${member.id}/${toCome}`
    const base = random.oneIn(8) ? await world.inbox(member) : undefined
    const since = random.oneIn(2) ? random.pick(places) : undefined
    const subscriber = world.subscribe({ name, member, base, since })
    const frames = 1 + random.integer(60)
    await subscriber.until(() => left <= 0 || (subscriber.connection?.frames.length ?? 0) >= frames)
    if (!random.oneIn(6)) await subscriber.stop(true)
  })
  await Promise.all([publishing, attaching])
  await world.settle()
}
