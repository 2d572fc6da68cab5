import { formatCursor } from '../../../protocol/cursor.ts'
import { isActive, shown } from './overlay.ts'
import { WHOLE, type Entity, type State, type View } from './state.ts'
import type { InboxFilter, InboxItem } from '../types.ts'

type Views = Pick<State, 'views' | 'generation'>

/** From which `seq` on a list is whole. The list of everything active covers the narrower ones. */
export function bottomOf ({ views, generation }: Views, view: View): number {
  const whole = views.get(WHOLE)
  const isCovered = (view.filter.view ?? 'active') === 'active' && whole?.generation === generation && whole.incompleteAt === 0
  return isCovered ? Math.min(view.bottom, whole.bottom) : view.bottom
}

/** The cursor of the next page; undefined for the first one. */
export function nextBefore (state: State, view: View): string | undefined {
  const bottom = bottomOf(state, view)
  return bottom === Infinity || state.epoch === undefined ? undefined : formatCursor(state.epoch, bottom)
}

/** Whether a list has to be fetched, at first or again. */
export function isOutdated ({ generation }: Pick<State, 'generation'>, view: View): boolean {
  return view.generation !== generation || view.incompleteAt > 0
}

function passes ({ view = 'active', topic, type, unread }: InboxFilter, entity: Entity): boolean {
  const { item, archived, deleted } = entity
  const isInView = view === 'deleted' ? deleted : view === 'archived' ? !deleted && archived : isActive(entity)
  return isInView && (topic === undefined || item.data.topic === topic) && (type === undefined || item.type === type) && (unread === undefined || item.read !== unread)
}

/** What a list holds, newest first, with the marks that are on their way. */
export function entitiesOf (state: State, view: View): Entity[] {
  const bottom = bottomOf(state, view)
  // Until it is fetched again, it shows what it had.
  const isCurrent = view.generation === state.generation || bottom < view.bottom
  const list: Entity[] = []
  for (const entity of state.entities.values()) {
    if (entity.seq < bottom || (isCurrent && entity.generation !== state.generation)) continue
    const look = shown(entity, state)
    if (passes(view.filter, look)) list.push(look)
  }
  return list.sort((a, b) => b.seq - a.seq)
}

export function itemsOf (state: State, view: View): InboxItem[] {
  return entitiesOf(state, view).map(({ item }) => item)
}
