import type { Journal, Screen, SubscriberLog } from '../journal.ts'
import type { Mutations } from './mutations.ts'
import { subscriber } from './places.ts'

const client = (journal: Journal): SubscriberLog => subscriber(journal, 'client')
const lastOf = (journal: Journal): Screen => client(journal).screens!.at(-1)!

/** A notification that was shown as an earlier revision and as a later one. */
function revised (journal: Journal): { screen: Screen, at: number } | undefined {
  const first = new Map<string, number>()
  for (const screen of client(journal).screens!) {
    for (const [at, { id, revision = 1 }] of screen.items.entries()) {
      if (revision > (first.get(id) ?? revision)) return { screen, at }
      if (!first.has(id)) first.set(id, revision)
    }
  }
  return undefined
}

/** A place of all that a client told with notifications on both sides of a cut. */
function resumed (journal: Journal): { before: SubscriberLog['connections'][number], after: SubscriberLog['connections'][number] } | undefined {
  const { connections } = client(journal)
  const has = (index: number) => connections[index]?.frames.some(({ type }) => type === 'notification')
  const at = connections.findIndex((_, index) => has(index) && has(index + 1))
  return at < 0 ? undefined : { before: connections[at]!, after: connections[at + 1]! }
}

export function hasScreens (journal: Journal): boolean {
  return lastOf(journal).items.length > 3 && revised(journal) !== undefined && resumed(journal) !== undefined && client(journal).wishes!.some(({ verb }) => verb === 'undo')
}

/** Something is done to the items of the last screen. */
const onScreen = (change: (items: Screen['items']) => Screen['items']) => (journal: Journal) => {
  const last = lastOf(journal)
  last.items = change(last.items)
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
      const at = after.frames.findIndex(({ type }) => type === 'notification')
      after.frames.splice(at, 1)
      // As a server says that does not know of it either.
      const end = after.frames.find(({ type }, index) => index >= at && type === 'caught_up')
      if (end) end.count! -= 1
    }
  },
  'a screen shows one twice': { names: ['doubled'], mutate: onScreen(([first, ...rest]) => [first!, first!, ...rest]) },
  'a screen shows one out of place': { names: ['misordered'], mutate: onScreen(([first, second, ...rest]) => [second!, first!, ...rest]) },
  'a screen does not show one': {
    names: ['diverged'],
    mutate: journal => {
      const last = lastOf(journal)
      const [gone, ...left] = last.items
      Object.assign(last, { items: left, unread: last.unread - (gone!.read ? 0 : 1) })
    }
  },
  'a screen shows what nobody published': { names: ['diverged', 'phantom'], mutate: onScreen(([first, ...rest]) => [{ ...first!, cursor: `${first!.cursor}z`, id: 'nobody', read: true }, first!, ...rest]) },
  'a screen shows another text': { names: ['altered'], mutate: onScreen(([first, ...rest]) => [{ ...first!, title: 'something else' }, ...rest]) },
  'a screen goes back to an older revision': {
    names: ['stale'],
    mutate: journal => {
      const { screen, at } = revised(journal)!
      const { screens } = client(journal)
      const { id } = screen.items[at]!
      const before = screens!.flatMap(({ items }) => items).find(item => item.id === id)!
      screens!.splice(screens!.indexOf(screen) + 1, 0, { ...screen, items: screen.items.map(item => item.id === id ? before : item) })
    }
  },
  'a screen counts what is not unread': { names: ['miscounted'], mutate: journal => { lastOf(journal).unread += 1 } },
  'a screen counts what was seen': { names: ['miscounted'], mutate: journal => { lastOf(journal).unseen += 1 } },
  'a client does not say that it is whole': { names: ['lost'], mutate: journal => { lastOf(journal).isCurrent = false } },
  'a client does not take back what it said it did': {
    names: ['diverged'],
    mutate: journal => {
      const { wishes } = client(journal)
      wishes!.splice(wishes!.findLastIndex(({ verb }) => verb === 'undo'), 1)
    }
  },
  'a client could not do what it may': { names: ['refused'], mutate: journal => { client(journal).wishes![0]!.isDone = false } }
}
