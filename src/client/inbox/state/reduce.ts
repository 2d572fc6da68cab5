import type { ServerFrame } from '../../../protocol/server-frames.ts'
import { parseCursor } from '../../../protocol/cursor.ts'
import type { StoredInbox } from '../../seam.ts'
import { answer, type CountBody, type PageBody } from './answers.ts'
import { believe, expire } from './counts.ts'
import { entityOf } from './events.ts'
import { applyFrame, dropConfirmed, put } from './frames.ts'
import { draftOf, initialState, keyOf, newView, WHOLE, type Draft, type Intent, type Request, type State } from './state.ts'
import type { InboxFilter, InboxItem } from '../types.ts'
import { entitiesOf, isOutdated } from './views.ts'

/** Everything that can happen to an inbox. */
export type Input =
  | { kind: 'frame', frame: ServerFrame }
  | { kind: 'ask', request: Omit<Request, 'at' | 'generation' | 'time'> }
  /** Without a body: the request failed. */
  | { kind: 'answer', request: number, body?: PageBody | CountBody }
  | { kind: 'intent', intent: Intent }
  /** The server has an intent from `at` on, of the notifications that are left of it. */
  | { kind: 'confirmed', intent: string, cursor: string, ids?: readonly string[] }
  /** The server refused an intent. */
  | { kind: 'undone', intent: string }
  | { kind: 'used', filter: InboxFilter, isUsed: boolean }
  | { kind: 'restored', stored: StoredInbox }
  | { kind: 'tick' }
  | { kind: 'emptied' }

/** Notifications that are kept besides those of fetched pages. */
const KEPT = 500

/** The form of what is stored. */
export const VERSION = 1

/** The state after what happened, in its order. `now` is the server's time in milliseconds. */
export function reduce (state: State, inputs: readonly Input[], now: number): State {
  const draft = draftOf(state)
  for (const input of inputs) {
    if (draft.nextExpiry <= now) sweep(draft, now)
    apply(draft, input, now)
  }
  if (draft.nextExpiry <= now) sweep(draft, now)
  tidy(draft)
  return draft
}

function apply (draft: Draft, input: Input, now: number): void {
  switch (input.kind) {
    case 'frame': return applyFrame(draft, input.frame, now)
    case 'answer': return answer(draft, input.request, input.body, now)
    case 'ask':
      draft.requests.push({ ...input.request, at: draft.at, generation: draft.generation, time: now })
      if (input.request.view !== undefined) draft.views.set(input.request.view, { ...draft.views.get(input.request.view)!, hasFailed: false })
      return
    case 'intent':
      if (!draft.pending.some(({ id }) => id === input.intent.id)) draft.pending.push(input.intent)
      return
    case 'confirmed': return confirm(draft, input)
    case 'undone':
      draft.pending = draft.pending.filter(({ id }) => id !== input.intent)
      return
    case 'used': return use(draft, input.filter, input.isUsed)
    case 'restored': return restore(draft, input.stored, now)
    case 'emptied': return empty(draft)
  }
}

function confirm (draft: Draft, { intent: id, cursor, ids }: Extract<Input, { kind: 'confirmed' }>): void {
  const place = parseCursor(cursor)
  // Of another log than the frames: there is nothing to wait for.
  const at = place && (draft.epoch === undefined || place.epoch === draft.epoch) ? place.seq : -1
  draft.pending = draft.pending.map(intent => {
    if (intent.id !== id) return intent
    const { change } = intent
    // What the server does not find is taken back.
    return { ...intent, at, change: change.kind === 'mark' && ids ? { ...change, ids: change.ids.filter(one => ids.includes(one)) } : change }
  })
  dropConfirmed(draft)
}

function use (draft: Draft, filter: InboxFilter, isUsed: boolean): void {
  const key = keyOf(filter)
  draft.views.set(key, { ...draft.views.get(key) ?? newView(filter), isUsed })
}

/** Removes what has expired. */
function sweep (draft: Draft, now: number): void {
  draft.nextExpiry = Infinity
  for (const [id, entity] of draft.entities) {
    if (entity.expires > now) {
      draft.nextExpiry = Math.min(draft.nextExpiry, entity.expires)
      continue
    }
    draft.expired = Math.max(draft.expired, entity.expires)
    expire(draft, entity)
    draft.entities.delete(id)
  }
}

/** Begins with what was stored: the list of what is active, as of its cursor. */
function restore (draft: Draft, { cursor, unread_count: unread, unseen_count: unseen, items, has_more: hasMore }: StoredInbox, now: number): void {
  const place = parseCursor(cursor)
  // Something newer is there.
  if (!place || draft.epoch !== undefined) return
  draft.epoch = place.epoch
  draft.at = place.seq
  believe(draft, place.seq, { unread, unseen }, now)
  let bottom = hasMore ? Infinity : 0
  for (const item of items as InboxItem[]) {
    const seq = parseCursor(item.cursor)?.seq
    if (seq === undefined) continue
    if (hasMore) bottom = Math.min(bottom, seq)
    put(draft, entityOf(item, seq, { deleted: false, asOf: place.seq, generation: draft.generation }))
  }
  if (bottom === Infinity) return
  const { isUsed = false } = draft.views.get(WHOLE) ?? {}
  draft.views.set(WHOLE, { ...newView({}), isUsed, generation: draft.generation, bottom, asOf: place.seq, size: items.length })
}

/** Forgets everything but which lists are looked at. */
function empty (draft: Draft): void {
  const views = new Map([...draft.views].map(([key, { filter, isUsed }]) => [key, { ...newView(filter), isUsed }]))
  Object.assign(draft, draftOf({ ...initialState, views, generation: draft.generation + 1 }))
}

/** Forgets what no list holds: what was fetched before events were missed, and the oldest where many came. */
function tidy (draft: Draft): void {
  const views = [...draft.views].filter(([, { generation }]) => generation >= 0)
  if (!views.some(([, view]) => view.isUsed && isOutdated(draft, view))) {
    draft.spread = 0
    // Lists that nobody looks at are fetched anew when somebody does.
    for (const [key, { filter, isUsed, generation }] of views) if (generation < draft.generation) draft.views.set(key, { ...newView(filter), isUsed })
    for (const [id, { generation }] of draft.entities) if (generation < draft.generation) draft.entities.delete(id)
  }
  if (draft.entities.size > 2 * (KEPT + views.reduce((sum, [, { size }]) => sum + size, 0))) trim(draft)
}

/** Shortens each list to what its pages had, or the newest `KEPT`, and keeps as many that are in none. */
function trim (draft: Draft): void {
  const kept = new Set<string>()
  for (const [key, view] of draft.views) {
    if (view.generation < 0) continue
    const length = Math.max(KEPT, view.size)
    const list = entitiesOf(draft, view)
    if (list.length > length) draft.views.set(key, { ...view, bottom: list[length - 1]!.seq })
    for (const { id } of list.slice(0, length)) kept.add(id)
  }
  const others = [...draft.entities.values()].filter(({ id }) => !kept.has(id)).sort((a, b) => b.seq - a.seq)
  for (const { id } of others.slice(KEPT)) draft.entities.delete(id)
}
