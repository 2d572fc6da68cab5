import type { Random } from '../../random.ts'
import type { Wish } from '../journal.ts'
import { ACTIONS } from '../requests.ts'
import type { World } from '../world.ts'
import type { ClientSubscriber } from './client.ts'

/** A topic of what one client alone touches. */
export const OWN = 'own'

const METHODS = { archived: 'archive', unarchived: 'unarchive', deleted: 'delete', restored: 'restore' } as const
type Verb = keyof typeof METHODS

/** What can be done to a notification, by where it is. */
const FROM: Record<'active' | 'archived' | 'deleted', Verb[]> = { active: ['archived', 'deleted'], archived: ['unarchived', 'deleted'], deleted: ['restored'] }

/** Does something to what others touch too: shown at once, and in the end as the server has it, whoever was last. */
export async function actOnClient (random: Random, { inbox }: ClientSubscriber, recent: string[], hidden: Set<string>): Promise<void> {
  const ids = random.some(recent.slice(-4))
  const { getSnapshot, markAsRead, markAsUnread, markAllAsRead, markAsSeen, archive, restore, act, undo } = inbox!
  switch (random.integer(9)) {
    case 0: case 1: await markAsRead(ids); break
    case 2: case 3: await markAsUnread(ids); break
    case 4: await markAllAsRead(); break
    case 5: if (getSnapshot().items.length > 0) await markAsSeen(); break
    case 6: await act(ids[0]!, random.pick(ACTIONS)); break
    case 7:
      for (const id of ids) hidden.add(id)
      await archive(ids)
      break
    default: await restore(random.some(recent))
  }
  if (random.oneIn(3)) await undo()
  // What changes nothing is done at once.
  await new Promise(resolve => { setTimeout(resolve, 5) })
}

/** Moves a notification of its own between the views of the inbox, and takes some of it back. */
export async function moveOwn (world: World, client: ClientSubscriber, hidden: Set<string>): Promise<void> {
  const { random } = world
  const publication = { ...world.compose({ audience: { users: [client.log.user] } }), topic: OWN }
  const { id } = publication
  hidden.add(id)
  if ((await world.publish(publication)).status !== 'accepted') return
  await client.until(() => client.hasOnScreen(id))
  // A list of its own, so that what it takes back is its own.
  const list = client.client.inbox({ topic: OWN })
  const end = list.subscribe(() => {})
  const views: (keyof typeof FROM)[] = ['active']
  for (let moves = 1 + random.integer(3); moves > 0; moves--) {
    const verb = random.pick(FROM[views.at(-1)!])
    await wish(client, { id, verb }, list[METHODS[verb]](id))
    views.push(verb === 'restored' ? views.at(-2)! : verb === 'unarchived' ? 'active' : verb)
    if (!random.oneIn(2)) continue
    await wish(client, { id, verb: 'undo' }, list.undo())
    views.pop()
  }
  end()
}

async function wish (client: ClientSubscriber, wish: Omit<Wish, 'isDone'>, doing: Promise<boolean>): Promise<void> {
  client.log.wishes!.push({ ...wish, isDone: await doing })
}
