import { crowd } from './crowd.ts'
import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface KillOptions { publishers?: number, kills?: number, between?: number, /** Whether readers mute and acknowledge, and devices say what they have. */ areReadersOn?: boolean }

/** Random `kill -9` under many publishers; subscribers resume where they were. */
export async function kill (world: World, { publishers = 50, kills = 10, between = 400, areReadersOn = true }: KillOptions = {}): Promise<void> {
  const { random } = world
  world.readers.isOn = areReadersOn
  world.hooks.isOn = true
  world.pushes.isOn = world.mails.isOn = areReadersOn
  await world.begin()
  for (const member of members) {
    const isDevice = areReadersOn && !world.pushes.isFor(member)
    world.subscribe({ name: `${member.id}/all`, member, isDevice, base: await world.inbox(member) })
    world.subscribe({ name: `${member.id}/live`, member })
    world.subscribe({ name: `${member.id}/stream`, member, isDevice, transport: 'sse', base: await world.inbox(member) })
    await world.follow({ name: `${member.id}/client`, member })
    await world.follow({ name: `${member.id}/client by stream`, member, transport: 'sse', hasScreen: false })
  }
  let isOver = false
  const killing = async () => {
    for (let count = 0; count < kills; count++) {
      // Sometimes it dies as soon as it lives.
      await world.accepted(random.oneIn(4) ? 1 : 1 + random.integer(between))
      await world.crash()
    }
    await world.accepted(between)
    isOver = true
  }
  await Promise.all([crowd(publishers, () => isOver, () => world.send()), killing()])
  await world.settle({ afterCrash: true })
}
