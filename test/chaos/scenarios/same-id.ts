import { members } from '../people.ts'
import type { World } from '../world.ts'

export interface SameIdOptions { ids?: number, tries?: number, kills?: number }

/** One id many times at once, over a crash, and after answers that never came: one entry, one delivery. */
export async function sameId (world: World, { ids = 20, tries = 20, kills = 3 }: SameIdOptions = {}): Promise<void> {
  const { random } = world
  await world.begin()
  for (const member of members) {
    world.subscribe({ name: member.id, member, base: await world.inbox(member) })
    await world.follow({ name: `${member.id}/client`, member })
  }
  for (let count = 0; count < ids; count++) {
    const publication = world.compose()
    const trying = Array.from({ length: tries }, async () => await world.publish(publication, { cuts: random.oneIn(3) ? 1 : 0 }))
    // Among the answers of this one, so that some tries know and others have to ask again.
    if (count % Math.ceil(ids / kills) === 0) {
      await world.accepted(1 + random.integer(tries / 2))
      await world.crash()
    }
    await Promise.all(trying)
    await world.publish(publication)
    await world.contradict(publication)
  }
  await world.settle({ afterCrash: true })
}
