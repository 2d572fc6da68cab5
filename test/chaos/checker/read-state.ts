import type { Report } from '../checker.ts'
import type { Ask, ConnectionLog, FrameLog, Inbox, Journal, ShownItem, SubscriberLog, View } from '../journal.ts'
import { isEvent } from './connections.ts'
import { placeOf } from './truth.ts'

interface Held { seq: number, topic: string | undefined, read: boolean, archived: boolean, deleted: boolean, revision: number }
/** What a device has of an inbox, and up to where the inbox was seen. */
interface Picture { items: Map<string, Held>, seen: number }

/** Whatever a device has at the end, REST says too, and every count it is told is of what it has then. */
export function checkReadState (journal: Journal, report: Report): void {
  for (const subscriber of journal.subscribers) {
    if (!subscriber.base) continue
    const picture = pictureOf(subscriber, report)
    const inboxes = journal.inboxes.filter(({ user }) => user === subscriber.user)
    if (inboxes.length > 0 && !subscriber.hasLeft) compare(subscriber.name, picture, inboxes, report)
  }
  checkActs(journal, report)
}

function compare (name: string, { items, seen }: Picture, inboxes: Inbox[], report: Report): void {
  const left = new Map(items)
  for (const { view, items } of inboxes) {
    for (const { id, read, archived = false, revision = 1 } of items) {
      const held = left.get(id)
      left.delete(id)
      if (!held) report('diverged', `${name} does not have ${id}, REST does`)
      else if (held.revision !== revision) report('stale', `${name} has revision ${held.revision} of ${id}, REST ${revision}`)
      else if (viewOf(held) !== view || held.read !== read) report('diverged', `${name} has ${id} as ${viewOf(held)} and ${stateOf(held.read)}, REST as ${view} and ${stateOf(read)}`)
      else if (held.archived !== archived) report('diverged', `${name} has ${id} as ${held.archived ? '' : 'not '}archived, REST does not`)
    }
  }
  for (const id of left.keys()) report('diverged', `${name} still has ${id}, REST does not`)
  for (const { user, view, unseen } of inboxes) {
    const having = countUnseen({ items, seen })
    if (view === 'active' && unseen !== having) report('miscounted', `the inbox of ${user} says ${unseen} are unseen, ${name} has ${having}`)
  }
}

/** The action that was chosen first is the same for everybody who is told of it. */
function checkActs ({ acts, subscribers, inboxes }: Journal, report: Report): void {
  const first = new Map<string, string>()
  const told = subscribers.flatMap(({ user, connections }) => connections.flatMap(({ frames }) => frames.flatMap(({ id, action, actedAt: at }) => {
    return action === undefined ? [] : [{ user, id: id!, action, at: at! }]
  })))
  const listed = inboxes.flatMap(({ user, items }) => items.flatMap(({ id, acted }) => acted ? [{ user, id, ...acted }] : []))
  for (const { user, id, action, at } of [...acts, ...told, ...listed]) {
    const name = `${user} of ${id}`
    const act = `${action} at ${at}`
    if ((first.get(name) ?? act) !== act) report('diverged', `${name} chose ${act}, and ${first.get(name)}`)
    first.set(name, act)
  }
}

/**
 * What a client makes of the inbox it began with and the frames it got since, as simply as the
 * contract lets it: an event by its cursor once, in the order it comes; an `ok` as its own doing.
 */
function pictureOf ({ name, base, connections }: SubscriberLog, report: Report): Picture {
  const items = base!.items.map(({ id, cursor, topic, read, revision = 1 }) => [id, { seq: placeOf(cursor), topic, read, archived: false, deleted: false, revision }] as const)
  const picture: Picture = { items: new Map(items), seen: 0 }
  let last = placeOf(base!.cursor)
  for (const connection of connections) {
    let welcome: Counts = {}
    let isReplayed = false
    for (const frame of connection.frames) {
      if (frame.type === 'welcome') {
        welcome = frame
        isReplayed = frame.resume === 'complete'
      }
      if (frame.type === 'caught_up') {
        isReplayed = false
        checkCounts(`${name}#${connection.number} at its welcome`, picture, welcome, { place: placeOf(frame.cursor!), connections }, report)
      }
      const isNews = isEvent(frame) && placeOf(frame.cursor!) > last
      if (frame.type === 'ok') applyOwn(picture, connection, frame)
      else if (isNews) applyEvent(picture, frame)
      else continue
      last = Math.max(last, frame.cursor === undefined ? -1 : placeOf(frame.cursor))
      // In a replay the counts are of then, when what has been recalled since was still there.
      if (!isReplayed) checkCounts(`${name}#${connection.number} at ${frame.cursor}`, picture, frame, { place: last, connections }, report)
    }
  }
  return picture
}

function applyEvent (picture: Picture, { type, id, ids = [], cursor, topic, before, seen, revision = 1 }: FrameLog): void {
  switch (type) {
    case 'notification': picture.items.set(id!, { seq: placeOf(cursor!), topic, read: false, archived: false, deleted: false, revision }); break
    case 'notification.updated': revise(picture.items.get(id!), revision); break
    case 'notification.recalled': for (const gone of ids) picture.items.delete(gone); break
    case 'inbox.read_all': readAll(picture, placeOf(before!), topic); break
    case 'inbox.seen': see(picture, seen!); break
    default: mark(picture, CHANGES[type], ids)
  }
}

function applyOwn (picture: Picture, { asked }: ConnectionLog, { replyTo, ids = [] }: FrameLog): void {
  const { verb, before, cursor } = asked.get(replyTo!) ?? {}
  switch (verb) {
    case undefined: case 'act': break
    case 'read_all': readAll(picture, before === undefined ? Infinity : placeOf(before), undefined); break
    case 'seen': see(picture, cursor!); break
    default: mark(picture, CHANGES_OF_VERB[verb], ids)
  }
}

type Change = Partial<Pick<Held, 'read' | 'archived' | 'deleted'>>
const CHANGES_OF_VERB: Record<Exclude<Ask['verb'], 'act' | 'seen' | 'read_all'>, Change> = {
  read: { read: true },
  unread: { read: false },
  archive: { archived: true },
  unarchive: { archived: false },
  delete: { deleted: true },
  restore: { deleted: false }
}
const CHANGES: Record<string, Change> = {
  'notification.read': { read: true },
  'notification.unread': { read: false },
  'notification.archived': { archived: true },
  'notification.unarchived': { archived: false },
  'notification.deleted': { deleted: true },
  'notification.restored': { deleted: false }
}

function mark ({ items }: Picture, change: Change = {}, ids: string[]): void {
  for (const id of ids) if (items.has(id)) Object.assign(items.get(id)!, change)
}

/** Of a replay the notification itself may have a newer revision than the edits that follow. */
function revise (held: Held | undefined, revision: number): void {
  if (held) held.revision = Math.max(held.revision, revision)
}

function see (picture: Picture, cursor: string): void {
  picture.seen = Math.max(picture.seen, placeOf(cursor))
}

/** It concerns what is active. */
function readAll ({ items }: Picture, upTo: number, topic: string | undefined): void {
  for (const held of items.values()) {
    if (viewOf(held) === 'active' && held.seq <= upTo && (topic === undefined || held.topic === topic)) held.read = true
  }
}

function viewOf ({ archived, deleted }: Held): View {
  return deleted ? 'deleted' : archived ? 'archived' : 'active'
}

function countUnread ({ items }: Picture): number {
  return [...items.values()].filter(held => viewOf(held) === 'active' && !held.read).length
}

function countUnseen ({ items, seen }: Picture): number {
  return [...items.values()].filter(held => viewOf(held) === 'active' && held.seq > seen).length
}

interface Counts { unread?: number | undefined, unseen?: number | undefined }

/**
 * Whether counts at a place in the log are of a picture. What is recalled before it could be sent, or while a replay
 * runs, is left out, though it counts at its place: its recall comes later, for an id that the device never had.
 */
function checkCounts (where: string, picture: Picture, { unread, unseen }: Counts, { place, connections }: { place: number, connections: ConnectionLog[] }, report: Report): void {
  for (const [what, count, having] of [['unread', unread, countUnread(picture)], ['unseen', unseen, countUnseen(picture)]] as const) {
    if (count === undefined || count === having) continue
    if (count < having || count > having + countNeverHad(picture.items, place, connections)) report('miscounted', `${where} was told of ${count} ${what}, having ${having}`)
  }
}

/** How many were recalled after a place of those that the device was never sent. */
export function countNeverHad (items: { has: (id: string) => boolean }, place: number, connections: ConnectionLog[]): number {
  const frames = connections.flatMap(({ frames }) => frames)
  const sent = new Set(frames.map(({ type, id }) => type === 'notification' ? id : undefined))
  const recalled = frames.filter(frame => frame.type === 'notification.recalled' && placeOf(frame.cursor!) > place).flatMap(({ ids = [] }) => ids)
  return new Set(recalled.filter(id => !sent.has(id) && !items.has(id))).size
}

function stateOf (read: boolean): string {
  return read ? 'read' : 'unread'
}

/** How many are unread of a list of what is active. */
export function unreadOf (items: readonly Pick<ShownItem, 'read'>[]): number {
  return items.filter(({ read }) => !read).length
}
