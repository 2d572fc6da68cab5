import type { FaultKind } from '../checker.ts'
import type { Journal } from '../journal.ts'
import { lifeMutations } from './life-mutations.ts'
import { noMail } from '../mails/journal.ts'
import { mailMutations } from '../mails/mutations.ts'
import { moveMutations } from './move-mutations.ts'
import { pushMutations } from '../pushes/mutations.ts'
import { receiptMutations } from '../receipts/mutations.ts'
import { webhookMutations } from '../webhooks/mutations.ts'
import { stateMutations } from './state-mutations.ts'
import { screenMutations } from './screen-mutations.ts'
import { after, cursorOf, inboxOf, ofCompany, placeOf, recallOfHeld, somewhere, subscriber } from './places.ts'
import { newestOf, titleOf } from './truth.ts'

export type Mutations = Record<string, { names: FaultKind[], mutate: (journal: Journal) => void }>

const general: Mutations = {
  ...lifeMutations,
  ...moveMutations,
  ...stateMutations,
  ...screenMutations,
  'an event is dropped': {
    names: ['lost'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames.splice(at, 1)
    }
  },
  'a socket goes silent': {
    names: ['lost'],
    mutate: journal => {
      const { connections } = subscriber(journal, 'erin')
      connections.length = 1
      connections[0]!.frames.splice(3)
    }
  },
  'two are swapped': {
    names: ['misordered'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames.splice(at, 2, frames[at + 1]!, frames[at]!)
    }
  },
  'one comes twice on a connection': {
    names: ['doubled'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames.splice(at, 0, frames[at]!)
    }
  },
  'one comes again much later on a connection': {
    names: ['doubled'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames.push(frames[at]!)
    }
  },
  'a socket of another company gets one': {
    names: ['leaked'],
    mutate: journal => {
      const publication = ofCompany(journal, 'company_a')
      const stranger = subscriber(journal, 'company_b.one')
      const cursor = cursorOf(publication)
      const frames = [
        { type: 'welcome', at: Date.now(), cursor: after(placeOf(cursor), -1) },
        { type: 'notification', at: Date.now(), id: publication.id, title: publication.title, cursor }
      ]
      stranger.connections = [{ number: 0, openedAt: Date.now(), since: undefined, asked: new Map(), frames }]
      stranger.hasLeft = true
    }
  },
  'a socket of another company learns of a recall': {
    names: ['leaked'],
    mutate: journal => {
      const ids = [ofCompany(journal, 'company_a').id]
      subscriber(journal, 'company_b.one').connections.at(-1)!.frames.push({
        type: 'notification.recalled', at: Date.now(), ids, cursor: after(placeOf(journal.end!), 1)
      })
    }
  },
  'an inbox of another company has one': {
    names: ['leaked'],
    mutate: journal => {
      const publication = ofCompany(journal, 'company_a')
      const { items } = inboxOf(journal, 'company_b.one')
      const revision = newestOf(publication)
      items.push({ ...publication, title: titleOf(publication, revision)!, revision, cursor: cursorOf(publication), read: true })
      items.sort((a, b) => placeOf(b.cursor).seq - placeOf(a.cursor).seq)
    }
  },
  'one was acknowledged before it was committed': {
    names: ['diverged', 'lost'],
    mutate: journal => {
      const { id } = inboxOf(journal, 'company_a.one').items[5]!
      for (const inbox of journal.inboxes) {
        const item = inbox.items.find(item => item.id === id)
        inbox.items = inbox.items.filter(other => other !== item)
        if (item?.read === false) inbox.unread -= 1
      }
    }
  },
  'an inbox has one twice': {
    names: ['doubled'],
    mutate: journal => {
      const inbox = inboxOf(journal, 'erin')
      inbox.items.splice(0, 0, inbox.items[0]!)
      inbox.unread += 1
    }
  },
  'a device missed that one was read': {
    names: ['diverged'],
    mutate: journal => {
      const item = inboxOf(journal, 'company_a.one').items[0]!
      item.read = !item.read
      inboxOf(journal, 'company_a.one').unread += item.read ? -1 : 1
    }
  },
  'a device was not told of a recall': {
    names: ['diverged'],
    mutate: journal => {
      const { frames, at } = recallOfHeld(journal)!
      frames[at] = { ...frames[at]!, type: 'notification.deleted' }
    }
  },
  'a recalled one is still in an inbox': {
    names: ['diverged'],
    mutate: journal => {
      const { id } = inboxOf(journal, 'erin').items[3]!
      journal.recalls.push({ id, outcome: 'accepted' })
    }
  },
  'one arrives as something else': {
    names: ['altered'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames[at] = { ...frames[at]!, title: 'something else' }
    }
  },
  'a retry was stored again': {
    names: ['forked'],
    mutate: journal => {
      const publication = ofCompany(journal, 'company_a')
      publication.outcomes.unshift({ status: 'accepted', cursor: `${cursorOf(publication)}zz` })
      publication.outcomes.reverse()
    }
  },
  'other content was taken under the same id': {
    names: ['forked'],
    mutate: journal => {
      const publication = ofCompany(journal, 'company_a')
      journal.conflicts.push({ id: publication.id, outcome: { status: 'accepted', cursor: cursorOf(publication) } })
    }
  },
  'one that was refused is delivered': {
    names: ['phantom', 'refused'],
    mutate: journal => { ofCompany(journal, 'company_a').outcomes = [{ status: 'refused', code: 400 }] }
  },
  'a cursor cannot be resumed': {
    names: ['gap'],
    mutate: journal => { subscriber(journal, 'watch').connections[0]!.frames[0]!.resume = 'gap' }
  },
  'a replay is miscounted': {
    names: ['miscounted'],
    mutate: journal => {
      const frame = subscriber(journal, 'watch').connections[0]!.frames.find(({ type }) => type === 'caught_up')!
      frame.count = frame.count! + 1
    }
  },
  'a welcome counts what is not unread': {
    names: ['miscounted'],
    mutate: journal => {
      const frame = subscriber(journal, 'watch').connections[0]!.frames[0]!
      frame.unread = frame.unread! + 100
    }
  },
  'a device is told a count that is not of its place': {
    names: ['miscounted'],
    mutate: journal => {
      const frame = subscriber(journal, 'watch').connections[0]!.frames.findLast(({ type }) => type === 'notification.read')!
      frame.unread = frame.unread! + 100
    }
  },
  'a cursor to come back with lies past what was sent': {
    names: ['lost'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      const { connections } = journal.subscribers.find(({ connections }) => connections.some(connection => connection.frames === frames))!
      const [skipped, ...rest] = frames.splice(at)
      const since = skipped!.cursor
      connections.length = connections.findIndex(connection => connection.frames === frames) + 1
      connections.push({ number: connections.length, openedAt: Date.now(), since, asked: new Map(), frames: [{ type: 'welcome', at: Date.now(), cursor: since }, ...rest] })
    }
  },
  'a welcome has a cursor past what follows it': {
    names: ['misordered'],
    mutate: journal => {
      const { frames, at } = somewhere(journal)
      frames[0] = { ...frames[0]!, cursor: frames[at]!.cursor }
    }
  },
  'an unread count is wrong': {
    names: ['miscounted'],
    mutate: journal => { inboxOf(journal, 'erin').unread += 1 }
  },
  'a shutdown failed': {
    names: ['undrained'],
    mutate: journal => { journal.drains.push({ exit: 1, closed: [{ name: 'phone', code: 1006 }] }) }
  },
  'a stalled reader that is closed as if it had left': {
    names: ['misclosed'],
    mutate: journal => { journal.stalls.push({ name: 'phone', isCut: true, code: 1013 }, { name: 'tablet', isCut: false, code: 1000 }) }
  }
}

/** Whoever misses what was sent may be reported to have it, and it may be told to webhooks, pushed and mailed: faults of the one are looked for without the others. */
const without = (parts: Partial<Journal>, mutations: Mutations): Mutations => Object.fromEntries(Object.entries(mutations).map(([what, { names, mutate }]) => [what, {
  names,
  mutate: journal => mutate(Object.assign(journal, structuredClone(parts)))
}]))

const NO_MAIL = noMail()

/** What may go wrong, done to the journal of a run in which nothing did, and what the checker has to call it. */
export const mutations: Mutations = {
  ...without({ reports: [], hooks: [], pushes: [], mail: NO_MAIL }, general),
  ...without({ hooks: [], pushes: [], mail: NO_MAIL }, receiptMutations),
  ...without({ mail: NO_MAIL }, webhookMutations),
  ...without({ reports: [], hooks: [], mail: NO_MAIL }, pushMutations),
  ...without({ reports: [], hooks: [], pushes: [] }, mailMutations)
}
