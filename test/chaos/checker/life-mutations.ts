import type { FrameLog, Journal } from '../journal.ts'
import type { Mutations } from './mutations.ts'
import { after, cursorOf, edited, inboxOf, placeOf, planned, replacement, subscriber, twoEdits } from './places.ts'
import { newestOf, titleOf } from './truth.ts'

/** Where somebody was told of what was planned. */
function planTold (journal: Journal): { frames: FrameLog[], frame: FrameLog } {
  const { id } = planned(journal)!
  for (const { frames } of subscriber(journal, 'erin').connections) {
    const frame = frames.find(frame => frame.type === 'notification' && frame.id === id)
    if (frame) return { frames, frame }
  }
  throw new Error('the recorded run is too short')
}

/** What may go wrong when notifications are planned, edited and replaced. */
export const lifeMutations: Mutations = {
  'who is excluded gets one': {
    names: ['leaked'],
    mutate: journal => {
      planned(journal)!.audience = { all: true, not: { users: ['erin'] } }
    }
  },
  'a plan is never published': {
    names: ['phantom', 'untimely'],
    mutate: journal => {
      const plan = journal.plans.find(({ id }) => id === planned(journal)!.id)!
      Object.assign(plan, { state: 'planned', cursor: undefined })
    }
  },
  'a plan is published before its time': {
    names: ['untimely'],
    mutate: journal => { planTold(journal).frame.at = planned(journal)!.sendAt! - 1 }
  },
  'a plan is published twice': {
    names: ['doubled', 'forked'],
    mutate: journal => {
      const { frames, frame } = planTold(journal)
      const { cursor } = frames.findLast(({ cursor }) => cursor !== undefined)!
      frames.push({ ...frame, cursor: after(placeOf(cursor!), 1) })
    }
  },
  'an edit does not come': {
    names: ['lost', 'stale'],
    mutate: journal => {
      const publication = edited(journal)!
      const { id, title } = publication
      const newest = newestOf(publication)
      // A later connection may have it too, as the edit or as what the notification says by then.
      for (const { frames } of subscriber(journal, 'watch').connections) {
        for (const [at, frame] of frames.entries()) {
          if (frame.id !== id || (frame.revision ?? 1) < newest) continue
          frames[at] = frame.type === 'notification' ? { ...frame, title, revision: 1 } : { type: 'notification.read', at: frame.at, ids: [], cursor: frame.cursor! }
        }
      }
    }
  },
  'an older revision comes after a newer one': {
    names: ['forked', 'stale'],
    mutate: journal => {
      const { frames, first, second } = twoEdits(journal, edited(journal)!.id)!
      const { title, revision } = frames[first]!
      frames[first] = { ...frames[second]!, cursor: frames[first]!.cursor }
      frames[second] = { ...frames[second]!, title, revision }
    }
  },
  'a revision comes as another': {
    names: ['altered'],
    mutate: journal => {
      const { frames, first, second } = twoEdits(journal, edited(journal)!.id)!
      frames[first] = { ...frames[first]!, title: frames[second]!.title }
    }
  },
  'a revision that nobody asked for': {
    names: ['phantom'],
    mutate: journal => {
      edited(journal)!.edits.shift()
    }
  },
  'an edit that was acknowledged is forgotten': {
    names: ['refused'],
    mutate: journal => { edited(journal)!.edits.push({ revision: 9, title: 'never', outcome: { status: 'refused', code: 409 } }) }
  },
  'an inbox has an older revision': {
    names: ['stale'],
    mutate: journal => {
      const { id, title } = edited(journal)!
      const item = inboxOf(journal, 'erin').items.find(item => item.id === id)!
      item.title = title
      delete item.revision
    }
  },
  'an inbox has an older text': {
    names: ['altered'],
    mutate: journal => {
      const { id, title } = edited(journal)!
      inboxOf(journal, 'erin').items.find(item => item.id === id)!.title = title
    }
  },
  'what was replaced is still in an inbox': {
    names: ['unreplaced'],
    mutate: journal => {
      const { replaced } = replacement(journal)!
      const { items } = inboxOf(journal, 'erin')
      const revision = newestOf(replaced)
      const title = titleOf(replaced, revision)!
      items.push({ ...replaced, title, revision, cursor: cursorOf(replaced), read: true })
      items.sort((a, b) => placeOf(b.cursor).seq - placeOf(a.cursor).seq)
    }
  },
  'nothing was replaced': {
    names: ['unreplaced'],
    mutate: journal => {
      const { id } = replacement(journal)!
      for (const { frames } of subscriber(journal, 'erin').connections) {
        for (const frame of frames) if (frame.id === id) frame.replaces = undefined
      }
    }
  }
}
