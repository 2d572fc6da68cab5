import { parseCursor } from '../../../protocol/cursor.ts'
import type { ServerFrame, ServerFrameOf } from '../../../protocol/server-frames.ts'
import { believe, count, doubt, unseenEffect } from './counts.ts'
import { advance, entityOf, verbOf, type MarkFrame } from './events.ts'
import { isActive, isUnread, seqOf } from './overlay.ts'
import { missed, resetLog, type Draft, type Effect, type Entity, type MarkVerb } from './state.ts'
import type { InboxFilter } from '../types.ts'

const NOTHING: Effect = { unread: { add: 0 }, unseen: { add: 0 } }

/** What moves neither count, and what moves that of unread ones only. */
const NEITHER: string[] = ['notification.updated', 'notification.acted']
const READING: string[] = ['notification.read', 'notification.unread', 'inbox.read_all']

/** Clients that are told together to fetch again do so within this many milliseconds. */
const SPREAD = 5000

/** Applies a frame. Frames without a cursor, or with one that was applied before, change nothing. */
export function applyFrame (draft: Draft, frame: ServerFrame, now: number): void {
  if (frame.type === 'ok' || frame.type === 'error') return
  const place = 'cursor' in frame && typeof frame.cursor === 'string' ? parseCursor(frame.cursor) : null
  // A welcome repeats the `since` that was given, readable or not.
  if (frame.type === 'welcome') return welcome(draft, frame, place, now)
  if (!place) return
  const { epoch, seq } = place
  if (frame.type === 'gap') return gap(draft, epoch, seq)
  if (epoch !== draft.epoch) {
    if (draft.epoch !== undefined) return
    draft.epoch = epoch
  }
  if (frame.type === 'caught_up') return caughtUp(draft, seq)
  if (seq <= draft.at) return
  const effect = applyEvent(draft, frame, seq, now)
  count(draft, seq, effect, now)
  if (draft.requests.length > 0) draft.recent.push({ seq, frame, effect: draft.replay ? undefined : effect })
  draft.at = seq
  dropConfirmed(draft)
}

/** Marks are shown until the frames have come as far as the server's answer. */
export function dropConfirmed (draft: Draft): void {
  if (draft.pending.some(({ at }) => at !== undefined && at <= draft.at)) draft.pending = draft.pending.filter(({ at }) => at === undefined || at > draft.at)
}

function welcome (draft: Draft, { payload }: ServerFrameOf<'welcome'>, place: ReturnType<typeof parseCursor>, now: number): void {
  const said = { unread: payload.unread_count, unseen: payload.unseen_count, time: now }
  draft.replay = undefined
  if (place && payload.resume !== 'gap') {
    const { epoch, seq } = place
    if (draft.epoch !== epoch) resetLog(draft, epoch)
    // What came between what is known and `seq` went elsewhere.
    const fetched = [...draft.views.values()].filter(({ generation }) => generation === draft.generation)
    if ((draft.at >= 0 && draft.at < seq) || fetched.some(({ asOf }) => Math.max(asOf, draft.at) < seq)) missed(draft, 0)
    if (payload.resume === 'none') {
      draft.at = Math.max(draft.at, seq)
      dropConfirmed(draft)
      return believe(draft, seq, said, now)
    }
  }
  // The counts hold from `caught_up`, or from the `gap`, on.
  draft.replay = said
}

function caughtUp (draft: Draft, seq: number): void {
  draft.at = Math.max(draft.at, seq)
  dropConfirmed(draft)
  if (draft.replay) believe(draft, seq, draft.replay, draft.replay.time)
  draft.replay = undefined
}

/** Events were missed: what was fetched is fetched again, and shown as it was until then. */
function gap (draft: Draft, epoch: string, seq: number): void {
  const { replay } = draft
  // Another log, or this one without its end.
  if (draft.epoch !== epoch || seq < draft.at) resetLog(draft, epoch)
  else missed(draft, 0)
  draft.at = seq
  draft.replay = undefined
  dropConfirmed(draft)
  if (replay) believe(draft, seq, replay, replay.time)
  else doubt(draft, 0)
}

/** Applies an event to what is known, and returns what it does to the counts. */
function applyEvent (draft: Draft, frame: ServerFrame, seq: number, now: number): Effect {
  switch (frame.type) {
    case 'notification': return arrive(draft, frame, seq, now)
    case 'notification.updated':
      if (!draft.entities.has(frame.payload.id)) incomplete(draft, seq, ({ type }) => type === frame.payload.type)
      return change(draft, frame, [frame.payload.id], seq, now)
    case 'notification.recalled': return change(draft, frame, frame.payload.ids, seq, now)
    case 'notification.acted': return change(draft, frame, [frame.payload.id], seq, now)
    case 'inbox.read_all': {
      incomplete(draft, seq, ({ unread }) => unread === false)
      const { unread } = change(draft, frame, [...draft.entities.keys()], seq, now)
      // Without a number in the frame, what it did to those that are not known is not known.
      return { unread: unread && 'set' in unread ? unread : undefined, unseen: { add: 0 } }
    }
    case 'inbox.seen':
      draft.seen = Math.max(draft.seen ?? -1, seqOf(frame.payload.cursor))
      return said(frame.payload, NOTHING)
    case 'inbox.changed':
      missed(draft, SPREAD)
      return said(frame.payload, { unread: undefined, unseen: undefined })
  }
  const verb = verbOf(frame)
  if (!verb) return NOTHING
  const { ids } = (frame as MarkFrame).payload
  const effect = change(draft, frame, ids, seq, now)
  if (!ids.every(id => isCurrent(draft, draft.entities.get(id)))) incomplete(draft, seq, filter => enters(verb, filter))
  return effect
}

/** What a frame says of the counts, or else an effect that was worked out. */
function said ({ unread_count: unread, unseen_count: unseen }: { unread_count?: number, unseen_count?: number }, otherwise: Effect): Effect {
  return { unread: unread === undefined ? otherwise.unread : { set: unread }, unseen: unseen === undefined ? otherwise.unseen : { set: unseen } }
}

function arrive (draft: Draft, { payload, cursor }: ServerFrameOf<'notification'>, seq: number, now: number): Effect {
  const entity = entityOf({ ...payload, cursor }, seq, { deleted: false, asOf: seq, generation: draft.generation })
  if (entity.expires <= now) {
    // By the server's clock it has not: whether it is counted is not known.
    draft.expired = Math.max(draft.expired, entity.expires)
    return { unread: undefined, unseen: undefined }
  }
  const known = draft.entities.get(payload.id)
  if (!known || known.asOf < seq) put(draft, entity)
  return { unread: { add: Number(isUnread(entity)) }, unseen: { add: 1 } }
}

export function put (draft: Draft, entity: Entity): void {
  draft.entities.set(entity.id, entity)
  draft.nextExpiry = Math.min(draft.nextExpiry, entity.expires)
}

/** Whether no event of a notification was missed. */
function isCurrent ({ generation }: Draft, entity: Entity | undefined): boolean {
  return entity?.generation === generation
}

/** Applies an event to those that do not have it yet. What it does to the counts is worked out where it does not say it. */
function change (draft: Draft, frame: ServerFrame, ids: readonly string[], seq: number, now: number): Effect {
  let [unread, unseen, isKnown]: [number, number | undefined, boolean] = [0, 0, true]
  for (const id of ids) {
    const entity = draft.entities.get(id)
    isKnown &&= isCurrent(draft, entity) && entity!.asOf < seq
    if (!entity || entity.asOf >= seq) continue
    const next = advance(entity, frame, now)
    if (next === entity) continue
    unread += Number(next !== undefined && isUnread(next)) - Number(isUnread(entity))
    if ((next !== undefined && isActive(next)) !== isActive(entity)) {
      const effect = unseenEffect(draft, entity, next)
      unseen = unseen === undefined || !effect || !('add' in effect) ? undefined : unseen + effect.add
    }
    if (next) put(draft, next)
    else draft.entities.delete(id)
  }
  return said((frame as MarkFrame).payload, {
    unread: NEITHER.includes(frame.type) ? { add: 0 } : isKnown ? { add: unread } : undefined,
    unseen: [...NEITHER, ...READING].includes(frame.type) ? { add: 0 } : isKnown && unseen !== undefined ? { add: unseen } : undefined
  })
}

/** Which lists a notification may enter with a mark. */
function enters (verb: MarkVerb, { view = 'active', unread }: InboxFilter): boolean {
  switch (verb) {
    case 'deleted': return view === 'deleted'
    case 'archived': return view === 'archived'
    case 'unarchived': return view === 'active'
    case 'restored': return view !== 'deleted'
    default: return unread === (verb === 'unread') && view !== 'deleted'
  }
}

/** Something that is not known may have entered these lists: they are fetched again. */
function incomplete (draft: Draft, seq: number, mayHold: (filter: InboxFilter) => boolean): void {
  for (const [key, view] of draft.views) {
    // Also of one that is being fetched: the page may be of before.
    if (mayHold(view.filter)) draft.views.set(key, { ...view, incompleteAt: seq })
  }
}
