import { after, isActive, isUnread, seqOf, type Entity } from './entity.ts'
import { passes } from './filter.ts'
import type { Mark } from './marks.ts'
import type { Replica, View } from './model.ts'

/** Whether no event of a notification was missed. */
export function isCurrent ({ _missedAt: missedAt }: Replica, { _asOf: asOf }: Entity): boolean {
  return asOf >= missedAt
}

/** Whether a list has to be fetched, at first or again. */
export function isOutdated ({ _missedAt: missedAt }: Replica, { _asOf: asOf, _staleAt: staleAt }: View): boolean {
  return asOf < Math.max(staleAt, missedAt)
}

/** Whether the counts are the server's, and what has expired by its time has left. */
export function isSure ({ _counts: counts, _isTimed: isTimed, _nextExpiry: nextExpiry }: Replica): boolean {
  return counts._isExact && (isTimed || nextExpiry === Infinity)
}

/** From which `seq` on a list is whole. The list of everything active covers the narrower ones. */
export function bottomOf (replica: Replica, { filter, _bottom: bottom }: View): number {
  const isCovered = (filter.view ?? 'active') === 'active' && !isOutdated(replica, replica._whole)
  return isCovered ? Math.min(bottom, replica._whole._bottom) : bottom
}

/** What a list holds, newest first, as it looks. Until it is fetched again, it holds what it had. */
export function listOf (replica: Replica, view: View, look = (entity: Entity) => shown(replica, entity)): Entity[] {
  const bottom = bottomOf(replica, view)
  const hasAll = isOutdated(replica, view)
  const list: Entity[] = []
  // Lists are long, and looked at again with every change: one pass, without arrays in between.
  for (const entity of replica._entities._newestFirst) {
    if (entity.seq < bottom) break
    if (!hasAll && !isCurrent(replica, entity)) continue
    const known = look(entity)
    if (passes(known, view.filter)) list.push(known)
  }
  return list
}

let named: { in: readonly Mark[], ids: ReadonlySet<string> | undefined } = { in: [], ids: undefined }

/** The ids of the notifications that marks may change; undefined where one of them names none. */
function namedIn (marks: readonly Mark[]): ReadonlySet<string> | undefined {
  if (named.in !== marks) {
    const isWide = marks.some(({ frame: { type } }) => type === 'inbox.read_all')
    named = { in: marks, ids: isWide ? undefined : new Set(marks.flatMap(({ frame: { payload: { id = [], ids = [] } } }) => [id, ids].flat())) }
  }
  return named.ids
}

const memory = new WeakMap<Entity, { of: readonly Mark[], look: Entity }>()

/** A notification with those marks that it does not have yet, of those up to a `seq`. */
export function shown ({ marks, at: applied }: Replica, entity: Entity, upTo = Infinity): Entity {
  // Most are as they are.
  if (marks.length === 0 || namedIn(marks)?.has(entity.item.id) === false) return entity
  const known = memory.get(entity)
  // The same object for the same marks, so that a snapshot that shows it does not change.
  if (known?.of === marks && upTo === Infinity) return known.look
  const heldAt = Math.max(entity._asOf, applied)
  const look = marks.reduce((last, { at, frame, time }) => at > heldAt && at <= upTo ? after(last, frame, time)! : last, entity)
  if (upTo === Infinity && look !== entity) memory.set(entity, { of: marks, look })
  return look
}

/** The counts with the marks on their way, as far as it is known what they change. */
export function countsOf (replica: Replica): { unread: number, unseen: number } {
  let { unread, unseen, at: countedAt } = replica._counts
  const open = replica.marks.filter(({ at }) => at > countedAt).map(({ frame }) => frame)
  if (open.length === 0) return { unread, unseen }
  const readsAll = open.some(({ type, payload }) => type === 'inbox.read_all' && payload.topic === undefined)
  const seen = Math.max(...open.map(({ type, payload }) => type === 'inbox.seen' ? seqOf(payload.cursor!) : -1))
  if (readsAll) unread = 0
  let newer = 0
  const isFetched = !replica._views.some(view => view._isUsed && isOutdated(replica, view))
  const ids = seen < 0 ? namedIn(replica.marks) : undefined
  const concerned = ids ? [...ids].flatMap(id => replica._entities.get(id) ?? []) : replica._entities.values()
  for (const entity of concerned) {
    // What no list was fetched with again has left the inbox.
    if (isFetched && !isCurrent(replica, entity)) continue
    const look = shown(replica, entity)
    unread += Number(isUnread(look)) - (readsAll ? 0 : Number(isUnread(shown(replica, entity, countedAt))))
    newer += Number(isActive(look) && entity.seq > seen)
  }
  return { unread: Math.max(0, unread), unseen: seen < 0 ? unseen : Math.min(unseen, newer) }
}
