import type { ServerFrame, ServerFrameOf } from '../../../protocol/server-frames.ts'
import { changed, frozen, withArchived } from './overlay.ts'
import type { Change, Entity, MarkVerb } from './state.ts'
import type { InboxItem } from '../types.ts'

/** The frames of marks of up to 100 notifications. */
export interface MarkFrame { type: string, payload: { ids: string[], unread_count?: number, unseen_count?: number } }

const VERBS = new Map<string, MarkVerb>([
  ['notification.read', 'read'],
  ['notification.unread', 'unread'],
  ['notification.deleted', 'deleted'],
  ['notification.archived', 'archived'],
  ['notification.unarchived', 'unarchived'],
  ['notification.restored', 'restored']
])

export function verbOf ({ type }: { type: string }): MarkVerb | undefined {
  return VERBS.get(type)
}

/** What an event changes, and when it did; undefined for one that is no mark of the user. */
export function changeOf (frame: ServerFrame, now: number): { change: Change, time: string } | undefined {
  const as = verbOf(frame)
  const time = new Date(now).toISOString()
  if (as) return { change: { kind: 'mark', as, ids: (frame as MarkFrame).payload.ids }, time }
  if (frame.type === 'notification.acted') return { change: { kind: 'act', target: frame.payload.id, action: frame.payload.action }, time: frame.payload.at }
  if (frame.type !== 'inbox.read_all') return undefined
  const { before, topic } = frame.payload
  return { change: { kind: 'read_all', before, ...(topic === undefined ? {} : { topic }) }, time }
}

/** A notification after an event; undefined once it is recalled, and the same object if the event does not concern it. */
export function advance (entity: Entity, frame: ServerFrame, now: number): Entity | undefined {
  if (frame.type === 'notification.recalled') return frame.payload.ids.includes(entity.id) ? undefined : entity
  if (frame.type === 'notification.updated') return frame.payload.id === entity.id ? edited(entity, frame) : entity
  const event = changeOf(frame, now)
  const next = event ? changed(entity, event.change, event.time) : entity
  // What was deleted is where it was before.
  return frame.type === 'notification.restored' && next !== entity ? withArchived(next, frame.payload.archived.includes(entity.id)) : next
}

/** The highest revision holds. The user's own states stay. */
function edited (entity: Entity, { payload }: ServerFrameOf<'notification.updated'>): Entity {
  const { item } = entity
  if (payload.revision <= (item.revision ?? 1)) return entity
  const { read, read_at: readAt, archived, reason, acted, cursor } = item
  const own = { read, cursor, ...(readAt === undefined ? {} : { read_at: readAt }), ...(archived ? { archived } : {}), ...(reason ? { reason } : {}), ...(acted ? { acted } : {}) }
  return entityOf({ ...payload, ...own }, entity.seq, entity)
}

export function entityOf (item: InboxItem, seq: number, { deleted, asOf, generation }: Pick<Entity, 'deleted' | 'asOf' | 'generation'>): Entity {
  const expires = item.expires_at === undefined ? Infinity : Date.parse(item.expires_at)
  return { id: item.id, seq, item: frozen(item), archived: item.archived === true, deleted, asOf, generation, expires: Number.isNaN(expires) ? Infinity : expires }
}
