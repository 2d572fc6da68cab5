import type { FrameLog, Inbox, Journal } from '../journal.ts'
import type { Mutations } from './mutations.ts'
import { subscriber } from './places.ts'

const USER = 'company_a.one'

const viewOf = ({ inboxes }: Journal, view: Inbox['view']) => inboxes.find(inbox => inbox.user === USER && inbox.view === view)!

/** Takes the newest one out of a view of the devices' user, and puts it into another one. */
function move (journal: Journal, from: Inbox['view'], to: Inbox['view']): void {
  const [item] = viewOf(journal, from).items.splice(0, 1)
  viewOf(journal, to).items.push(item!)
  viewOf(journal, to).items.sort((a, b) => a.cursor.length === b.cursor.length ? (a.cursor < b.cursor ? 1 : -1) : b.cursor.length - a.cursor.length)
}

/** The newest frame of this type that a device got live, once it had caught up. */
function liveFrame (journal: Journal, type: string): FrameLog | undefined {
  const { frames } = subscriber(journal, 'watch').connections.at(-1)!
  const live = frames.findIndex(({ type }) => type === 'caught_up')
  return frames.findLast((frame, at) => at > live && frame.type === type)
}

export function hasStates (journal: Journal): boolean {
  return (['archived', 'deleted'] as const).every(view => viewOf(journal, view).items.length > 0) &&
    ['inbox.seen', 'notification.acted', 'notification.archived'].every(type => liveFrame(journal, type) !== undefined)
}

/** What may go wrong when several devices archive, delete, restore, see and choose. */
export const stateMutations: Mutations = {
  'a device missed that one was unarchived': { names: ['diverged'], mutate: journal => move(journal, 'archived', 'deleted') },
  'a device missed that one was restored': { names: ['diverged'], mutate: journal => move(journal, 'deleted', 'archived') },
  'what was deleted is gone for good': { names: ['diverged'], mutate: journal => { viewOf(journal, 'deleted').items.shift() } },
  'a device is told another count of what is unseen': {
    names: ['miscounted'],
    mutate: journal => { liveFrame(journal, 'inbox.seen')!.unseen! += 100 }
  },
  'an inbox counts as unseen what was seen': {
    names: ['miscounted'],
    mutate: journal => { viewOf(journal, 'active').unseen += 1 }
  },
  'archiving leaves the count as it was': {
    names: ['miscounted'],
    mutate: journal => { liveFrame(journal, 'notification.archived')!.unread! += 100 }
  },
  'a second action counts': {
    names: ['diverged'],
    mutate: journal => {
      const { id, actedAt: at } = liveFrame(journal, 'notification.acted')!
      journal.acts.push({ user: USER, id: id!, action: 'another', at: at! })
    }
  }
}
