import { parseCursor } from '../../../protocol/cursor.ts'
import type { Change, Entity, Intent, State } from './state.ts'
import type { InboxItem } from '../types.ts'

/** The `seq` of a cursor; -1 of a text that is none. */
export function seqOf (cursor: string): number {
  return parseCursor(cursor)?.seq ?? -1
}

/** A notification after a change, by the rules of the server; the same object if it changes nothing. `time` is RFC 3339. */
export function changed (entity: Entity, change: Change, time: string): Entity {
  const { id, item, deleted } = entity
  if (change.kind === 'seen') return entity
  if (change.kind === 'act') {
    if (change.target !== id || deleted || item.acted) return entity
    return { ...entity, item: frozen({ ...item, acted: { action: change.action, at: time } }) }
  }
  if (change.kind === 'read_all') {
    const isCovered = isActive(entity) && entity.seq <= seqOf(change.before) && (change.topic === undefined || item.data.topic === change.topic)
    return isCovered ? withRead(entity, true, time) : entity
  }
  if (!change.ids.includes(id)) return entity
  // What is deleted can only be restored.
  if (deleted !== (change.as === 'restored')) return entity
  switch (change.as) {
    case 'read': return withRead(entity, true, time)
    case 'unread': return withRead(entity, false, time)
    case 'deleted': return { ...entity, deleted: true }
    case 'restored': return { ...entity, deleted: false }
    case 'archived': return withArchived(entity, true)
    case 'unarchived': return withArchived(entity, false)
  }
}

export function withArchived (entity: Entity, archived: boolean): Entity {
  if (entity.archived === archived) return entity
  const { archived: _before, ...item } = entity.item
  return { ...entity, archived, item: frozen({ ...item, ...(archived ? { archived } : {}) }) }
}

function withRead (entity: Entity, read: boolean, time: string): Entity {
  if (entity.item.read === read) return entity
  const { read_at: _before, ...item } = entity.item
  return { ...entity, item: frozen({ ...item, read, ...(read ? { read_at: time } : {}) }) }
}

export function frozen (item: InboxItem): InboxItem {
  return Object.freeze(item)
}

/** Whether it is in the list and the counts. */
export function isActive ({ archived, deleted }: Entity): boolean {
  return !archived && !deleted
}

export function isUnread (entity: Entity): boolean {
  return isActive(entity) && !entity.item.read
}

/** The `seq` of the last event that is in a notification. */
export function heldAt ({ asOf }: Entity, { at }: Pick<State, 'at'>): number {
  return Math.max(asOf, at)
}

const memory = new WeakMap<Entity, { intents: Intent[], result: Entity }>()

/** A notification as it is shown: with those marks that are not in it yet. */
export function shown (entity: Entity, state: Pick<State, 'at' | 'pending'>): Entity {
  if (state.pending.length === 0) return entity
  const upTo = heldAt(entity, state)
  const intents = state.pending.filter(({ at }) => at === undefined || at > upTo)
  const known = memory.get(entity)
  // The same object for the same marks, so that a snapshot that shows it does not change.
  if (known && known.intents.length === intents.length && known.intents.every((intent, n) => intent === intents[n])) return known.result
  const result = withAll(entity, intents)
  memory.set(entity, { intents, result })
  return result
}

export function withAll (entity: Entity, intents: readonly Intent[]): Entity {
  return intents.reduce((result, { change, time }) => changed(result, change, time), entity)
}
