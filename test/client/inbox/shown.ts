import type { InboxFilter } from '../../../src/client/inbox/index.ts'
import { World } from './world.ts'

/** A tab that shows lists of an inbox with so many notifications, unless they are given. */
export async function shown (filters: InboxFilter[] = [{}], notes = 3) {
  const world = new World({ saysUnseen: true })
  for (let n = 0; n < notes; n++) world.server.notify({ topic: n % 2 ? 'billing' : 'orders' })
  const tab = await world.open(filters)
  const calls: number[] = []
  for (const [n, list] of tab.lists.entries()) list.subscribe(() => calls.push(n))
  await world.settle()
  calls.length = 0
  return { world, tab, server: world.server, list: tab.lists[0]!, lists: tab.lists, calls }
}

export const ids = (list: { getSnapshot (): { items: readonly { id: string }[] } }) => list.getSnapshot().items.map(({ id }) => id)
