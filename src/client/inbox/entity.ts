import { parseCursor } from '../../protocol/cursor.ts'
import type { InboxItem } from './types.ts'
import type { Notification, NotificationUpdate } from '../../protocol/notification.ts'
import type { Acted, Counts, Welcome } from '../../protocol/server-frames.ts'

/** A frame of the server, as far as an inbox reads it, and a mark of the user, which is written as the frame that it will become. */
export interface Event {
  readonly type: string
  readonly payload: Partial<Notification & NotificationUpdate & Acted & Counts & Pick<Welcome, 'resume'> & {
    ids: readonly string[]
    before: string
    cursor: string
    topic: string
  }>
}

/** A notification that is known, with what the server says of it; marks on their way are not in it. */
export interface Entity {
  readonly item: InboxItem
  /** Its `seq` in the log, which lists are sorted by. */
  readonly seq: number
  readonly deleted: boolean
  /** Events up to this `seq` are in it: it came from a page that may be ahead of the frames. */
  readonly _asOf: number
}

/** The `seq` of a cursor; -1 of a text that is none. */
export function seqOf (cursor: string): number {
  return parseCursor(cursor)?.seq ?? -1
}

/** Whether it is in the list and the counts. */
export function isActive ({ item, deleted }: Entity): boolean {
  return !item.archived && !deleted
}

export function isUnread (entity: Entity): boolean {
  return isActive(entity) && !entity.item.read
}

/** When it leaves the inbox, in milliseconds. */
export function expiryOf ({ item }: Entity): number {
  return Date.parse(item.expires_at ?? '') || Infinity
}

/** An item with other fields; those that are undefined are left out. */
export function edited (item: InboxItem, fields: Partial<Record<keyof InboxItem, unknown>>): InboxItem {
  return Object.freeze(Object.fromEntries(Object.entries({ ...item, ...fields }).filter(([, value]) => value !== undefined))) as unknown as InboxItem
}

/**
 * A notification after an event or a mark, by the rules of the server: the same object if that does not concern it,
 * undefined once it is recalled. `time` is RFC 3339.
 */
export function after (entity: Entity, { type, payload }: Event, time: string): Entity | undefined {
  const { item, seq, deleted } = entity
  const isNamed = payload.id === item.id || payload.ids?.includes(item.id)
  const change = (fields: Parameters<typeof edited>[1]) => ({ ...entity, item: edited(item, fields) })
  if (type === 'inbox.read_all') {
    const isCovered = !item.read && isActive(entity) && seq <= seqOf(payload.before!) && (payload.topic ?? item.data.topic) === item.data.topic
    return isCovered ? change({ read: true, read_at: time }) : entity
  }
  if (!isNamed) return entity
  if (type === 'notification.recalled') return undefined
  if (type === 'notification.updated') {
    const { read, read_at: readAt, archived, reason, acted, acknowledged_at: acknowledgedAt, cursor } = item
    // The highest revision holds. The user's own states stay.
    return payload.revision! > (item.revision ?? 1) ? { ...entity, item: edited(payload as InboxItem, { read, read_at: readAt, archived, reason, acted, acknowledged_at: acknowledgedAt, cursor }) } : entity
  }
  // What is deleted can only be restored.
  if (deleted !== (type === 'notification.restored')) return entity
  switch (type) {
    case 'notification.read': return item.read ? entity : change({ read: true, read_at: time })
    case 'notification.unread': return item.read ? change({ read: false, read_at: undefined }) : entity
    case 'notification.archived': return item.archived ? entity : change({ archived: true })
    case 'notification.unarchived': return item.archived ? change({ archived: undefined }) : entity
    case 'notification.deleted': return { ...entity, deleted: true }
    case 'notification.restored': return { ...entity, deleted: false }
    case 'notification.acted': return item.acted ? entity : change({ acted: { action: payload.action, at: payload.at } })
    case 'notification.acknowledged': return item.acknowledged_at || !item.acknowledge ? entity : change({ acknowledged_at: payload.at ?? time })
    default: return entity
  }
}
