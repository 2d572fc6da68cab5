import type { Report } from '../checker.ts'
import type { ConnectionLog, FrameLog, Journal, SubscriberLog } from '../journal.ts'
import { isEvent } from './connections.ts'
import { placeOf } from './truth.ts'

interface Held { seq: number, topic: string | undefined, read: boolean, revision: number }
type Picture = Map<string, Held>

/** Whatever a device has at the end, REST says too, and every count it is told is of what it has then. */
export function checkReadState (journal: Journal, report: Report): void {
  const inboxes = new Map(journal.inboxes.map(inbox => [inbox.user, inbox]))
  for (const subscriber of journal.subscribers) {
    const inbox = inboxes.get(subscriber.user)
    if (!subscriber.base) continue
    const picture = pictureOf(subscriber, report)
    if (!inbox || subscriber.hasLeft) continue
    for (const { id, read, revision = 1 } of inbox.items) {
      const held = picture.get(id)
      picture.delete(id)
      if (!held) report('diverged', `${subscriber.name} does not have ${id}, REST does`)
      else if (held.revision !== revision) report('stale', `${subscriber.name} has revision ${held.revision} of ${id}, REST ${revision}`)
      else if (held.read !== read) report('diverged', `${subscriber.name} has ${id} as ${stateOf(held.read)}, REST as ${stateOf(read)}`)
    }
    for (const id of picture.keys()) report('diverged', `${subscriber.name} still has ${id}, REST does not`)
  }
}

/**
 * What a client makes of the inbox it began with and the frames it got since, as simply as the
 * contract lets it: an event by its cursor once, in the order it comes; an `ok` as its own doing.
 */
function pictureOf ({ name, base, connections }: SubscriberLog, report: Report): Picture {
  const picture: Picture = new Map(base!.items.map(({ id, cursor, topic, read, revision = 1 }) => [id, { seq: placeOf(cursor), topic, read, revision }]))
  let last = placeOf(base!.cursor)
  for (const connection of connections) {
    let unread: number | undefined
    let isReplayed = false
    for (const frame of connection.frames) {
      if (frame.type === 'welcome') {
        unread = frame.unread
        isReplayed = frame.resume === 'complete'
      }
      if (frame.type === 'caught_up') isReplayed = false
      if (frame.type === 'caught_up' && unread !== undefined && !isCountOf(picture, unread, placeOf(frame.cursor!), connections)) {
        report('miscounted', `${name}#${connection.number} was told of ${unread} unread, having ${countUnread(picture)}`)
      }
      const isNews = isEvent(frame) && placeOf(frame.cursor!) > last
      if (frame.type === 'ok') applyOwn(picture, connection, frame)
      else if (isNews) applyEvent(picture, frame)
      else continue
      last = Math.max(last, frame.cursor === undefined ? -1 : placeOf(frame.cursor))
      // In a replay the counts are of then, when what has been recalled since was still there.
      if (isReplayed || frame.unread === undefined || isCountOf(picture, frame.unread, last, connections)) continue
      report('miscounted', `${name}#${connection.number} was told of ${frame.unread} unread at ${frame.cursor}, having ${countUnread(picture)}`)
    }
  }
  return picture
}

function applyEvent (picture: Picture, { type, id, ids = [], cursor, topic, before, revision = 1 }: FrameLog): void {
  switch (type) {
    case 'notification': picture.set(id!, { seq: placeOf(cursor!), topic, read: false, revision }); break
    case 'notification.updated': revise(picture.get(id!), revision); break
    case 'notification.read': setRead(picture, ids, true); break
    case 'notification.unread': setRead(picture, ids, false); break
    case 'inbox.read_all': readAll(picture, placeOf(before!), topic); break
    default: for (const gone of ids) picture.delete(gone)
  }
}

function applyOwn (picture: Picture, { asked }: ConnectionLog, { replyTo, ids = [] }: FrameLog): void {
  const ask = asked.get(replyTo!)
  switch (ask?.verb) {
    case 'read': setRead(picture, ids, true); break
    case 'unread': setRead(picture, ids, false); break
    case 'delete': for (const gone of ids) picture.delete(gone); break
    case 'read_all': readAll(picture, ask.before === undefined ? Infinity : placeOf(ask.before), undefined); break
  }
}

/** Whoever deleted it has nothing to revise. Of a replay the notification itself may have a newer revision than the edits that follow. */
function revise (held: Held | undefined, revision: number): void {
  if (held) held.revision = Math.max(held.revision, revision)
}

function setRead (picture: Picture, ids: string[], read: boolean): void {
  for (const id of ids) {
    const held = picture.get(id)
    if (held) held.read = read
  }
}

function readAll (picture: Picture, upTo: number, topic: string | undefined): void {
  for (const held of picture.values()) {
    if (held.seq <= upTo && (topic === undefined || held.topic === topic)) held.read = true
  }
}

function countUnread (picture: Picture): number {
  return [...picture.values()].filter(({ read }) => !read).length
}

/**
 * Whether a count at a place in the log is of a picture. What is recalled before it could be sent, or while a replay
 * runs, is left out, though it counts at its place: its recall comes later, for an id that the device never had.
 */
function isCountOf (picture: Picture, unread: number, place: number, connections: ConnectionLog[]): boolean {
  const having = countUnread(picture)
  return having === unread || (having < unread && unread <= having + countNeverHad(picture, place, connections))
}

/** How many were recalled after a place of those that the device was never sent. */
function countNeverHad (picture: Picture, place: number, connections: ConnectionLog[]): number {
  const frames = connections.flatMap(({ frames }) => frames)
  const sent = new Set(frames.map(({ type, id }) => type === 'notification' ? id : undefined))
  const recalled = frames.filter(frame => frame.type === 'notification.recalled' && placeOf(frame.cursor!) > place).flatMap(({ ids = [] }) => ids)
  return new Set(recalled.filter(id => !sent.has(id) && !picture.has(id))).size
}

function stateOf (read: boolean): string {
  return read ? 'read' : 'unread'
}
