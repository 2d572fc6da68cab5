import type { FrameLog, Journal, Move, Publication } from '../journal.ts'
import { Belonging } from './belonging.ts'
import { momentsOf } from './connections.ts'
import type { Mutations } from './mutations.ts'
import { after, cursorOf, inboxOf, placeOf, subscriber } from './places.ts'
import { newestOf, titleOf } from './truth.ts'

/** Publications that were sent at once, and never recalled or replaced. */
function steady ({ publications, recalls }: Journal): Publication[] {
  return [...publications.values()].filter(({ id, replaceKey, sendAt, outcomes }) => {
    return replaceKey === undefined && sendAt === undefined && outcomes.some(({ status }) => status === 'accepted') && recalls.every(recall => recall.id !== id)
  })
}

/** Something that was sent to a guest's former company or group after the guest had left it, and that the guest never got. */
function sentToFormer (journal: Journal): { user: string, publication: Publication } | undefined {
  const belonging = new Belonging(journal)
  for (const { user, until, company, isMember } of journal.moves) {
    if (company === undefined && isMember) continue
    const publication = steady(journal).find(publication => {
      const { seq } = placeOf(cursorOf(publication))
      return seq > placeOf(until).seq && !publication.lateJoiners && (publication.audience.companies ?? publication.audience.groups) !== undefined &&
        [seq, Infinity].every(at => !belonging.mayHave(user, publication, seq, at))
    })
    if (publication) return { user, publication }
  }
  return undefined
}

/** Where a guest's socket, live, got something that was sent to a company or a group that the guest had joined meanwhile, and not for who joins later. */
export function gotAsJoined (journal: Journal): { frames: FrameLog[], at: number, user: string, publication: Publication } | undefined {
  const { members, moves, mutes } = journal
  const [asTheyMoved, asTheyBegan] = [new Belonging(journal), new Belonging({ members, moves: [], mutes })]
  for (const user of new Set(moves.map(({ user }) => user))) {
    for (const publication of steady(journal).filter(({ lateJoiners }) => !lateJoiners)) {
      const { seq } = placeOf(cursorOf(publication))
      if (asTheyBegan.mayHave(user, publication, seq, seq)) continue
      for (const { frames } of subscriber(journal, user).connections) {
        const live = frames.findIndex(({ type }) => type === 'caught_up' || (type === 'welcome' && frames.every(({ type }) => type !== 'caught_up')))
        const at = frames.findIndex(({ type, id }, index) => index > live && type === 'notification' && id === publication.id)
        // Nobody misses what they had to have only until they left, which may be when it is replayed.
        if (at > 0 && at < frames.length - 1 && asTheyMoved.mustHear(user, publication, seq, momentsOf({ frames: frames.slice(at + 1) })(seq))) return { frames, at, user, publication }
      }
    }
  }
  return undefined
}

/** Something in a guest's inbox that was sent before the guest joined, for who joins later too. */
function lateInInbox (journal: Journal): { user: string, id: string } | undefined {
  const belonging = new Belonging(journal)
  for (const user of new Set(journal.moves.map(({ user }) => user))) {
    const late = steady(journal).find(publication => {
      const { seq } = placeOf(cursorOf(publication))
      return publication.lateJoiners && belonging.mustHave(user, publication, Infinity, Infinity) && !belonging.mayHave(user, { audience: publication.audience }, seq, Infinity)
    })
    if (late) return { user, id: late.id }
  }
  return undefined
}

/** Where a guest's socket was told of a move that happened while it was live, and of no other one beside it. */
export function toldOfMove ({ subscribers, moves }: Journal): { frames: FrameLog[], at: number } | undefined {
  for (const { user, connections } of subscribers.filter(({ base }) => !base)) {
    for (const { since, frames } of connections) {
      // Not of a replay, whose length is told too.
      const live = frames.findLastIndex(({ type }) => type === 'welcome' || type === 'caught_up')
      const [begin, end] = [since ?? frames[0]?.cursor, frames.findLast(({ cursor }) => cursor !== undefined)?.cursor].map(cursor => cursor === undefined ? NaN : placeOf(cursor).seq)
      for (const { after, until } of moves.filter(move => move.user === user)) {
        const [from, to] = [placeOf(after).seq, placeOf(until).seq]
        const [at, ...more] = frames.flatMap(({ type, cursor }, index) => type === 'inbox.changed' && placeOf(cursor!).seq > from && placeOf(cursor!).seq <= to ? [index] : [])
        if (at !== undefined && at > live && more.length === 0 && from >= begin! && to <= end! && at < frames.length - 1) return { frames, at }
      }
    }
  }
  return undefined
}

/** A plan with a text that was changed before it was published, where somebody has it. */
function replanned (journal: Journal): Publication | undefined {
  return [...journal.publications.values()].find(({ id, changes: [change] }) => {
    return change?.title !== undefined && change.outcome === 'accepted' && inboxOf(journal, 'erin').items.some(item => item.id === id && (item.revision ?? 1) === 1)
  })
}

function cancelled ({ publications }: Journal): Publication | undefined {
  return [...publications.values()].find(({ replaceKey, changes: [change] }) => replaceKey === undefined && change?.sendAt === undefined && change?.outcome === 'accepted')
}

export function hasMoves (journal: Journal): boolean {
  return [sentToFormer, gotAsJoined, lateInInbox, toldOfMove, replanned, cancelled].every(find => find(journal) !== undefined)
}

/** What may go wrong when people come and go, and plans are changed. */
export const moveMutations: Mutations = {
  'who has left gets one': {
    names: ['leaked'],
    mutate: journal => {
      const { user, publication } = sentToFormer(journal)!
      const guest = subscriber(journal, user)
      const cursor = cursorOf(publication)
      guest.connections = [{
        number: 0,
        openedAt: Date.now(),
        since: undefined,
        asked: new Map(),
        frames: [
          { type: 'welcome', at: Date.now(), cursor: after(placeOf(cursor), -1) },
          { type: 'notification', at: Date.now(), id: publication.id, title: publication.title, cursor }
        ]
      }]
      guest.hasLeft = true
    }
  },
  'who has left has one in the inbox': {
    names: ['leaked'],
    mutate: journal => {
      const { user, publication } = sentToFormer(journal)!
      const { items } = inboxOf(journal, user)
      const revision = newestOf(publication)
      items.push({ ...publication, title: titleOf(publication, revision)!, revision, cursor: cursorOf(publication), read: true })
      items.sort((a, b) => placeOf(b.cursor).seq - placeOf(a.cursor).seq)
    }
  },
  'who has joined misses one': {
    names: ['lost'],
    mutate: journal => {
      const { frames, at } = gotAsJoined(journal)!
      frames.splice(at, 1)
    }
  },
  'who has joined gets what was sent before': {
    names: ['leaked'],
    mutate: journal => {
      const { user, publication } = gotAsJoined(journal)!
      // All of its moves are made at the end: what was sent to where it then is was not for it.
      const late = (move: Move): Move => move.user === user ? { ...move, after: journal.end!, until: journal.end! } : move
      journal.moves = journal.moves.map(late)
      subscriber(journal, user).connections = [{
        number: 0,
        openedAt: Date.now(),
        since: undefined,
        asked: new Map(),
        frames: [
          { type: 'welcome', at: Date.now(), cursor: after(placeOf(cursorOf(publication)), -1) },
          { type: 'notification', at: Date.now(), id: publication.id, title: publication.title, cursor: cursorOf(publication) }
        ]
      }]
      subscriber(journal, user).hasLeft = true
      journal.inboxes = journal.inboxes.filter(inbox => inbox.user !== user)
    }
  },
  'who has joined misses what is for who joins later': {
    names: ['lost'],
    mutate: journal => {
      const { user, id } = lateInInbox(journal)!
      const inbox = inboxOf(journal, user)
      const item = inbox.items.find(item => item.id === id)!
      inbox.items = inbox.items.filter(other => other !== item)
      if (!item.read) inbox.unread -= 1
    }
  },
  'nobody says that an inbox has changed': {
    names: ['lost'],
    mutate: journal => {
      const { frames, at } = toldOfMove(journal)!
      frames.splice(at, 1)
    }
  },
  'a move fails': {
    names: ['refused'],
    mutate: journal => { journal.moves[0]!.status = 403 }
  },
  'a plan that was cancelled is published': {
    names: ['lost', 'untimely'],
    mutate: journal => {
      const plan = journal.plans.find(({ id }) => id === cancelled(journal)!.id)!
      Object.assign(plan, { state: 'sent', cursor: after(placeOf(journal.end!), 1) })
    }
  },
  'a plan is published as it was before it was changed': {
    names: ['altered'],
    mutate: journal => {
      const { id, title } = replanned(journal)!
      inboxOf(journal, 'erin').items.find(item => item.id === id)!.title = title
    }
  }
}
