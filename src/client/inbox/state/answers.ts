import { parseCursor } from '../../../protocol/cursor.ts'
import { believe, caughtUp } from './counts.ts'
import { advance, entityOf } from './events.ts'
import { put } from './frames.ts'
import { frozen, heldAt } from './overlay.ts'
import { resetLog, type Draft, type Entity, type Request } from './state.ts'
import type { InboxItem } from '../types.ts'
import { bottomOf } from './views.ts'

/** The answer to `GET /api/notifications/me/unread-count`. */
export interface CountBody { unread_count: number, unseen_count: number, cursor: string }

/** The answer to `GET /api/notifications/me`. */
export interface PageBody extends CountBody { items: InboxItem[], next_before: string | null }

/** The answer to a request; undefined: it failed. One whose request is not open any more changes nothing. */
export function answer (draft: Draft, id: number, body: PageBody | CountBody | undefined, now: number): void {
  const request = draft.requests.find(open => open.id === id)
  if (!request) return
  const place = body && parseCursor(body.cursor)
  if (place) apply(draft, request, body, place, now)
  else fail(draft, request)
  draft.requests = draft.requests.filter(open => open !== request)
  if (draft.requests.length === 0) draft.recent = []
}

function fail (draft: Draft, { view: key = '' }: Request): void {
  const view = draft.views.get(key)
  if (view) draft.views.set(key, { ...view, hasFailed: true })
}

/** Applies an answer, unless it is older than what it would replace: then what is needed is asked for again. */
function apply (draft: Draft, request: Request, body: PageBody | CountBody, { epoch, seq }: { epoch: string, seq: number }, now: number): void {
  // Events were missed since it was asked for, and it may be from before them.
  if (request.generation !== draft.generation) return
  if (draft.epoch !== epoch) {
    if (draft.epoch !== undefined) resetLog(draft, epoch)
    draft.epoch = epoch
  }
  // Events between `seq` and what was applied when it was asked for are not kept.
  if (seq < request.at) return
  const counts = caughtUp({ unread: body.unread_count, unseen: body.unseen_count }, seq, draft.recent)
  if (counts) believe(draft, counts.at, counts, request.time)
  if (request.kind !== 'count') list(draft, request, body as PageBody, seq, now)
}

function list (draft: Draft, { kind, view: key = '', before }: Request, { items, next_before: next }: PageBody, seq: number, now: number): void {
  const view = draft.views.get(key)
  if (!view || (kind === 'next' && before !== bottomOf(draft, view))) return
  for (const item of items) {
    const place = parseCursor(item.cursor)
    if (place) take(draft, item, place.seq, view.filter.view, seq, now)
  }
  const bottom = next === null ? 0 : parseCursor(next)?.seq ?? 0
  draft.views.set(key, {
    ...view,
    generation: draft.generation,
    bottom,
    asOf: kind === 'next' ? Math.min(view.asOf, seq) : seq,
    size: items.length + (kind === 'next' ? view.size : 0),
    incompleteAt: kind === 'next' || view.incompleteAt > seq ? view.incompleteAt : 0,
    hasFailed: false
  })
}

/** Takes a notification from a page that is of `asOf`, with the events that came after it. */
function take (draft: Draft, item: InboxItem, seq: number, view: string | undefined, asOf: number, now: number): void {
  const { generation } = draft
  const known = draft.entities.get(item.id)
  if (known?.generation === generation && heldAt(known, draft) >= asOf) {
    // Frames do not say why a notification is here.
    if (item.reason && !known.item.reason) draft.entities.set(item.id, { ...known, item: frozen({ ...known.item, reason: item.reason }) })
    return
  }
  let entity: Entity | undefined = entityOf(item, seq, { deleted: view === 'deleted', asOf, generation })
  for (const event of draft.recent) if (event.seq > asOf && entity) entity = advance(entity, event.frame, now)
  if (!entity) return
  if (entity.expires > now) put(draft, entity)
  else draft.expired = Math.max(draft.expired, entity.expires)
}
