import type { FrameLog, Journal, Screen, ShownItem, SubscriberLog } from '../journal.ts'
import type { Mutations } from './mutations.ts'
import { subscriber } from './places.ts'

const client = (journal: Journal): SubscriberLog => subscriber(journal, 'client')
const lastOf = (journal: Journal): Screen => client(journal).screens!.at(-1)!

/** A screen with a notification that was edited, and never planned. */
export function revised (journal: Journal): { screen: Screen, item: ShownItem } | undefined {
  for (const screen of client(journal).screens!) {
    const item = screen.items.find(({ id, revision = 1 }) => revision > 1 && journal.publications.get(id)?.sendAt === undefined)
    if (item) return { screen, item }
  }
  return undefined
}

/** Where a client took something back, and did nothing more to it. */
export function lastUndo (journal: Journal): number {
  const wishes = client(journal).wishes!
  return wishes.findLastIndex(({ id, verb }, at) => verb === 'undo' && wishes.slice(at + 1).every(wish => wish.id !== id))
}

/** A notification that was never recalled, replaced or planned. */
function isSteady ({ publications, recalls }: Journal, { type, id }: FrameLog): boolean {
  const { replaceKey, sendAt } = publications.get(id!) ?? {}
  return type === 'notification' && replaceKey === undefined && sendAt === undefined && recalls.every(recall => recall.id !== id)
}

/** A place of all that a client told with notifications on both sides of a cut. */
export function resumed (journal: Journal): { before: SubscriberLog['connections'][number], after: SubscriberLog['connections'][number] } | undefined {
  const { connections } = client(journal)
  const has = (index: number) => connections[index]?.frames.some(frame => isSteady(journal, frame))
  const at = connections.findIndex((_, index) => has(index) && has(index + 1))
  return at < 0 ? undefined : { before: connections[at]!, after: connections[at + 1]! }
}

export function hasScreens (journal: Journal): boolean {
  return lastOf(journal).items.length > 3 && revised(journal) !== undefined && resumed(journal) !== undefined && lastUndo(journal) >= 0
}

/** Another screen, for a moment, after one of them. */
function flash (journal: Journal, screen: Screen, items: readonly ShownItem[]): void {
  const { screens } = client(journal)
  screens!.splice(screens!.indexOf(screen) + 1, 0, { ...screen, items, isCurrent: false }, screen)
}

/** Something is done to the items of the last screen, for a moment. */
const flashing = (change: (items: readonly ShownItem[]) => readonly ShownItem[]) => (journal: Journal) => {
  const last = lastOf(journal)
  flash(journal, last, change(last.items))
}

/** What may go wrong between what a client is sent and what it tells and shows. */
export const screenMutations: Mutations = {
  'a client tells again what it told before a cut': {
    names: ['doubled'],
    mutate: journal => {
      const { before, after } = resumed(journal)!
      after.frames.push(before.frames.find(({ type }) => type === 'notification')!)
    }
  },
  'a client goes on after what came while it was cut off': {
    names: ['lost'],
    mutate: journal => {
      const { after } = resumed(journal)!
      after.since = undefined
      const at = after.frames.findIndex(frame => isSteady(journal, frame))
      after.frames.splice(at, 1)
      // As a server says that does not know of it either.
      const end = after.frames.find(({ type }, index) => index >= at && type === 'caught_up')
      if (end) end.count! -= 1
    }
  },
  'a tab hears of its token before it hears of the log': {
    names: [],
    mutate: journal => {
      const { connections, user } = client(journal)
      const { frames: [, ...frames], ...connection } = connections.at(-1)!
      const own = { ...connection, since: undefined, frames: [{ type: 'token.expiring', at: connection.openedAt }, ...frames] }
      journal.subscribers.push({ name: 'tab', user, hasLeft: true, client: 'tab', connections: [own] })
    }
  },
  'a screen shows one twice': { names: ['doubled'], mutate: flashing(([first, ...rest]) => [first!, first!, ...rest]) },
  'a screen shows one out of place': { names: ['misordered'], mutate: flashing(([first, second, ...rest]) => [second!, first!, ...rest]) },
  'a screen does not show one': {
    names: ['diverged'],
    mutate: journal => {
      const last = lastOf(journal)
      const [gone, ...left] = last.items
      Object.assign(last, { items: left, unread: last.unread - (gone!.read ? 0 : 1) })
    }
  },
  'a screen shows what nobody published': { names: ['phantom'], mutate: flashing(([first, ...rest]) => [{ ...first!, cursor: `${first!.cursor}z`, id: 'nobody', read: true }, first!, ...rest]) },
  'a screen shows another text': { names: ['altered'], mutate: flashing(([first, ...rest]) => [{ ...first!, title: 'something else' }, ...rest]) },
  'a screen goes back to an older revision': {
    names: ['stale'],
    mutate: journal => {
      const { screen, item } = revised(journal)!
      const { title } = journal.publications.get(item.id)!
      flash(journal, screen, screen.items.map(other => other === item ? { ...item, title, revision: 1 } : other))
    }
  },
  'a screen counts what is not unread': { names: ['miscounted'], mutate: journal => { lastOf(journal).unread += 1 } },
  'a screen counts what was seen': { names: ['miscounted'], mutate: journal => { lastOf(journal).unseen += 1 } },
  'a client does not say that it is whole': { names: ['lost'], mutate: journal => { lastOf(journal).isCurrent = false } },
  'a client does not take back what it said it did': {
    names: ['diverged'],
    mutate: journal => {
      const { wishes } = client(journal)
      wishes!.splice(lastUndo(journal), 1)
    }
  },
  'a client could not do what it may': { names: ['refused'], mutate: journal => { client(journal).wishes![0]!.isDone = false } }
}
