import type { Audience } from '../../../src/log/audience.ts'
import { formatCursor, parseCursor, type ParsedCursor } from '../../../src/protocol/cursor.ts'
import type { FrameLog, Journal, Publication, SubscriberLog } from '../journal.ts'

export const subscriber = ({ subscribers }: Journal, name: string): SubscriberLog => subscribers.find(log => log.name === name)!

/** Where a device was told of the recall of a notification that it had, and that its user never deleted. */
export function recallOfHeld (journal: Journal): { frames: FrameLog[], at: number } | undefined {
  const { base, connections } = subscriber(journal, 'watch')
  const had = new Set(base!.items.map(({ id }) => id))
  const deleted = new Set(connections.flatMap(({ frames, asked }) => frames.flatMap(({ type, replyTo, ids = [] }) => {
    return type === 'notification.deleted' || asked.get(replyTo!)?.verb === 'delete' ? ids : []
  })))
  for (const { frames } of connections) {
    for (const [at, { type, id, ids = [] }] of frames.entries()) {
      if (type === 'notification') had.add(id!)
      if (type === 'notification.recalled' && ids.some(gone => had.has(gone) && !deleted.has(gone))) return { frames, at }
    }
  }
  return undefined
}

/** A place in somebody's live frames with notifications all around it that were never recalled or replaced. */
function findSomewhere ({ subscribers, publications, recalls }: Journal): { frames: FrameLog[], at: number } | undefined {
  const recalled = new Set(recalls.map(({ id }) => id))
  // An escalation is nobody's publication.
  const isSteady = ({ type, id }: FrameLog) => type === 'notification' && !recalled.has(id!) && publications.has(id!) && publications.get(id!)!.replaceKey === undefined
  for (const { frames } of subscribers.filter(({ base }) => !base).flatMap(({ connections }) => connections)) {
    const live = frames.findLastIndex(({ type }) => type === 'caught_up' || type === 'welcome') + 1
    const at = frames.findIndex((_, index) => index > live && frames.slice(index - 1, index + 3).filter(isSteady).length === 4)
    if (at >= 0) return { frames, at }
  }
  return undefined
}

export const isSomewhere = (journal: Journal) => findSomewhere(journal) !== undefined
export const somewhere = (journal: Journal) => findSomewhere(journal)!

/** A publication for one company alone, sent at once, that is still there. */
export function ofCompany ({ publications, recalls }: Journal, company: string): Publication {
  return [...publications.values()].find(({ id, audience, replaceKey, sendAt, outcomes }) => {
    const isSteady = replaceKey === undefined && sendAt === undefined && audience.not === undefined && outcomes.some(({ status }) => status === 'accepted')
    return isSteady && audience.companies?.length === 1 && audience.companies[0] === company && recalls.every(recall => recall.id !== id)
  })!
}

export const inboxOf = (journal: Journal, user: string) => journal.inboxes.find(inbox => inbox.user === user && inbox.view === 'active')!
export const after = ({ epoch, seq }: ParsedCursor, more: number) => formatCursor(epoch, seq + more)
export const placeOf = (cursor: string) => parseCursor(cursor)!
export const cursorOf = ({ outcomes }: Pick<Publication, 'outcomes'>) => outcomes.flatMap(outcome => outcome.status === 'accepted' ? [outcome.cursor] : [])[0]!

/** Everybody, without exception. */
const isToAll = ({ all, not }: Audience) => all === true && not === undefined

/** The frames of a connection of a device that was told of two edits of a notification, and where they are. */
export function twoEdits (journal: Journal, id: string): { frames: FrameLog[], first: number, second: number } | undefined {
  for (const { frames } of subscriber(journal, 'watch').connections) {
    const [first, second] = frames.flatMap((frame, at) => frame.type === 'notification.updated' && frame.id === id ? [at] : [])
    if (second !== undefined) return { frames, first: first!, second }
  }
  return undefined
}

/** A notification of everybody that a device was told two edits of, and that was never recalled or replaced, and that the devices' user did not delete. */
export function edited (journal: Journal): Publication | undefined {
  const { publications, recalls, inboxes } = journal
  return [...publications.values()].find(({ id, audience, replaceKey, edits }) => {
    return isToAll(audience) && replaceKey === undefined && recalls.every(recall => recall.id !== id) &&
      inboxes.every(({ view, items }) => view !== 'active' || items.some(item => item.id === id)) &&
      edits.filter(({ outcome }) => outcome.status === 'accepted' && outcome.cursor !== undefined).length > 1 &&
      twoEdits(journal, id) !== undefined
  })
}

/** A publication to everybody, sent at once, whose place another one took, and the other one: of a chain all of which is known, and nothing of which was recalled by hand. */
export function replacement ({ publications, recalls, subscribers }: Journal): { replaced: Publication, id: string } | undefined {
  const recalled = new Set(recalls.map(({ id }) => id))
  // Of what was sent too late to be planned it is not certain that no try was stored.
  const isKnown = (key: string | undefined) => [...publications.values()].every(({ replaceKey, sendAt }) => replaceKey !== key || sendAt === undefined)
  const frames = subscribers.find(({ name }) => name === 'erin')!.connections.flatMap(({ frames }) => frames)
  for (const { id, replaces } of frames) {
    const replaced = publications.get(replaces!)
    if (replaced && isKnown(replaced.replaceKey) && isToAll(replaced.audience) && !recalled.has(id!) && !recalled.has(replaces!)) return { replaced, id: id! }
  }
  return undefined
}

/** A publication to everybody that was planned, and never recalled or replaced. */
export function planned ({ publications, recalls, plans }: Journal): Publication | undefined {
  return [...publications.values()].find(({ id, audience, replaceKey, changes }) => {
    return isToAll(audience) && replaceKey === undefined && changes.length === 0 && recalls.every(recall => recall.id !== id) && plans.some(plan => plan.id === id && plan.cursor !== undefined)
  })
}

/** Whether a run had something for every mutation. */
export function hasEverything (journal: Journal): boolean {
  return recallOfHeld(journal) !== undefined && edited(journal) !== undefined && planned(journal) !== undefined && replacement(journal) !== undefined && isSomewhere(journal)
}
