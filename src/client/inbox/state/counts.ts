import { isActive, isUnread, seqOf, shown, withAll } from './overlay.ts'
import type { Draft, Effect, Entity, Intent, Recent, State } from './state.ts'

/** A count that was made this close to an expiry, in milliseconds, may or may not have what expired in it. */
const DOUBT = 2000

/** Counts that the server said, exact at `seq` and at the moment `time`. Older ones than those that are known are dropped. */
export function believe (draft: Draft, seq: number, said: { unread: number, unseen: number }, time: number): void {
  const { counts } = draft
  if (counts && seq < counts.at) return
  if (counts && seq === counts.at && counts.isUnreadKnown && counts.isUnseenKnown) return
  draft.counts = { unread: said.unread, unseen: said.unseen, at: seq, time, isUnreadKnown: true, isUnseenKnown: true }
  if (draft.expired > time - DOUBT) doubt(draft, draft.expired + DOUBT)
}

/** From now on the counts have to be asked for. */
export function doubt (draft: Draft, after: number): void {
  if (!draft.counts) return
  draft.counts = { ...draft.counts, isUnreadKnown: false, isUnseenKnown: false }
  draft.countAfter = Math.max(draft.countAfter, after)
}

/** What an event at `seq` does to the counts, unless they have it already. */
export function count (draft: Draft, seq: number, effect: Effect, now: number): void {
  const { counts } = draft
  if (draft.replay || (counts && seq <= counts.at)) return
  if (!counts) {
    const { unread, unseen } = effect
    if (!unread || !('set' in unread)) return
    const isUnseenKnown = unseen !== undefined && 'set' in unseen
    draft.counts = { unread: unread.set, unseen: isUnseenKnown ? unseen.set : 0, at: seq, time: now, isUnreadKnown: true, isUnseenKnown }
    return
  }
  const [unread, isUnreadKnown] = after(counts.unread, counts.isUnreadKnown, effect.unread)
  const [unseen, isUnseenKnown] = after(counts.unseen, counts.isUnseenKnown, effect.unseen)
  const isSaid = effect.unread !== undefined && 'set' in effect.unread
  draft.counts = { unread, unseen, at: seq, time: isSaid ? now : counts.time, isUnreadKnown, isUnseenKnown }
  if (isSaid && draft.expired > now - DOUBT) doubt(draft, draft.expired + DOUBT)
}

function after (value: number, isKnown: boolean, effect: Effect['unread']): [number, boolean] {
  if (!effect) return [value, false]
  if ('set' in effect) return [effect.set, true]
  // Never negative, even while it is not known.
  return [Math.max(0, value + effect.add), isKnown]
}

/** Counts of an answer that is older than the frames, with the events since; undefined if their effect is not known. */
export function caughtUp (said: { unread: number, unseen: number }, seq: number, recent: readonly Recent[]): { unread: number, unseen: number, at: number } | undefined {
  let [{ unread, unseen }, at] = [said, seq]
  for (const event of recent) {
    if (event.seq <= seq) continue
    const { effect } = event
    if (!effect?.unread || !effect.unseen) return undefined
    unread = after(unread, true, effect.unread)[0]
    unseen = after(unseen, true, effect.unseen)[0]
    at = event.seq
  }
  return { unread, unseen, at }
}

/** By how much notifications that leave, enter or change move the count of unseen ones. Undefined: who saw what is not known. */
export function unseenEffect ({ seen, counts }: Pick<State, 'seen' | 'counts'>, entity: Entity | undefined, to: Entity | undefined): Effect['unseen'] {
  const by = Number(to !== undefined && isActive(to)) - Number(entity !== undefined && isActive(entity))
  if (by === 0) return { add: 0 }
  if (seen !== undefined) return { add: (to ?? entity)!.seq > seen ? by : 0 }
  // Nothing that is active is unseen, so nothing that leaves is.
  return by < 0 && counts?.isUnseenKnown && counts.unseen === 0 ? { add: 0 } : undefined
}

/** The effect of a notification that expires, at the moment it does: no event tells it. */
export function expire (draft: Draft, entity: Entity): void {
  const { counts } = draft
  if (!counts || !isActive(entity)) return
  // No answer counts what expired before it was made.
  if (entity.expires <= counts.time - DOUBT) return
  const unread = isUnread(entity) ? Math.max(0, counts.unread - 1) : counts.unread
  const effect = unseenEffect(draft, entity, undefined)
  const unseen = Math.max(0, counts.unseen + (effect && 'add' in effect ? effect.add : 0))
  draft.counts = { ...counts, unread, unseen, isUnseenKnown: counts.isUnseenKnown && effect !== undefined }
  if (entity.expires < counts.time + DOUBT) doubt(draft, entity.expires + DOUBT)
}

/** The counts as they are shown: with the marks on their way, as far as it is known what they change. */
export function shownCounts (state: State): { unread: number, unseen: number } {
  const { counts, pending, entities } = state
  const base = counts ?? { unread: 0, unseen: 0, at: -1 }
  const open = pending.filter(({ at }) => at === undefined || at > base.at)
  if (open.length === 0) return { unread: base.unread, unseen: base.unseen }
  const marksAll = open.some(({ change }) => change.kind === 'read_all' && change.topic === undefined)
  const seen = open.reduce((most, { change }) => change.kind === 'seen' ? Math.max(most, seqOf(change.cursor)) : most, -1)
  const sees = seen > (state.seen ?? -1)
  let [unread, unseen] = [marksAll ? 0 : base.unread, sees ? 0 : base.unseen]
  for (const entity of entities.values()) {
    const last = shown(entity, state)
    const first = withCounted(entity, state, base.at)
    unread += Number(isUnread(last)) - (marksAll ? 0 : Number(isUnread(first)))
    if (sees) unseen += Number(isActive(last) && entity.seq > seen)
    else if (isActive(first) !== isActive(last)) {
      const effect = unseenEffect(state, first, last)
      if (effect && 'add' in effect) unseen += effect.add
    }
  }
  return { unread: Math.max(0, unread), unseen: Math.max(0, sees ? Math.min(unseen, Math.max(base.unseen, 0)) : unseen) }
}

/** A notification with those marks that the counts have, but it has not. */
function withCounted (entity: Entity, { at, pending }: State, countsAt: number): Entity {
  const upTo = Math.max(entity.asOf, at)
  const isCounted = ({ at: markedAt }: Intent) => markedAt !== undefined && markedAt > upTo && markedAt <= countsAt
  return pending.some(isCounted) ? withAll(entity, pending.filter(isCounted)) : entity
}
