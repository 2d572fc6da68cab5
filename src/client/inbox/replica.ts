import { parseCursor } from '../../protocol/cursor.ts'
import { createCounts } from './counts.ts'
import { Entities } from './entities.ts'
import { after, expiryOf, seqOf, type Entity, type Event } from './entity.ts'
import { keyOf, mayEnter } from './filter.ts'
import type { Page, Replica, View } from './model.ts'
import { bottomOf, isCurrent, listOf } from './reading.ts'
import type { InboxItem } from './types.ts'

/** Clients that are told together to fetch again do so within this many milliseconds. */
const SPREAD = 5000
/** How many a page has, and how many notifications a list keeps at least. */
const [PAGE, KEPT] = [50, 500]

/** `now` is the server's time in milliseconds. */
export function createReplica (now: () => number): Replica {
  const counts = createCounts(now)
  /** How many requests are open; the events that came meanwhile, after `floor`: an answer that is older has them applied again. */
  let requests = 0
  let recent: { seq: number, frame: Event }[] = []
  let floor = -1
  /** With more notifications than this, the oldest are forgotten. */
  let most = 2 * KEPT

  const isoNow = () => new Date(now()).toISOString()

  const move = (seq: number) => {
    const at = replica.at = Math.max(replica.at, seq)
    // Marks are shown until the frames have come as far as the server's answer.
    if (replica.marks.some(mark => mark.at <= at)) replica.marks = replica.marks.filter(mark => mark.at > at)
  }

  /** What was missed has come, or never will: the counts of the welcome hold. */
  const arrive = (seq: number, { replay } = replica) => {
    move(seq)
    if (replay) counts._believe(seq, replay)
    if (replay?.ahead) counts._believe(replay.ahead.seq, replay.ahead)
    replica.replay = undefined
  }

  /** Events up to `seq` may have been missed: what was fetched is fetched again, and shown as it was until then. */
  const miss = (seq: number) => {
    replica._missedAt = floor = seq
    recent = []
  }

  /** Forgets what another log said. Marks stay, but for those that name a place in it. */
  const reset = (epoch: string | undefined) => {
    replica.epoch = epoch
    replica.at = counts.at = -1
    if (replica.replay) replica.replay.ahead = undefined
    miss(0)
    counts._doubt()
    replica._entities = new Entities()
    replica._nextExpiry = Infinity
    replica.marks = replica.marks.filter(({ at, frame }) => at === Infinity && !frame.type.startsWith('inbox.'))
    for (const view of replica._views) Object.assign(view, { _bottom: Infinity, _asOf: -1, _staleAt: 0, size: 0 } satisfies Partial<View>)
  }

  /** Keeps a notification, unless it has expired: by the server's clock it may not have, so that the counts are in doubt. */
  const put = (entity: Entity, doubt?: () => void) => {
    const expires = expiryOf(entity)
    if (replica._isTimed && expires <= now()) {
      counts._expired = Math.max(counts._expired, expires)
      replica._entities.delete(entity.item.id)
      return doubt?.()
    }
    replica._entities.set(entity.item.id, entity)
    replica._nextExpiry = Math.min(replica._nextExpiry, expires)
  }

  /** Applies an event to those notifications that do not have it yet, and to the counts. */
  const apply = (frame: Event & { cursor?: string }, seq: number) => {
    const { type, payload } = frame
    const { _entities: entities } = replica
    const isCounted = replica.replay !== undefined || seq <= counts.at
    const isRecall = type === 'notification.recalled'
    const doubt = () => { if (!isCounted) counts._doubt() }
    if (!isCounted) {
      counts.at = seq
      if (!counts._tally(frame) && !isRecall) doubt()
    }
    if (type === 'notification') {
      if (!(entities.get(payload.id!)?._asOf! >= seq)) put({ item: Object.freeze({ ...payload, cursor: frame.cursor }) as InboxItem, seq, deleted: false, _asOf: seq }, doubt)
      return
    }
    if (type === 'inbox.changed') {
      replica._spread = SPREAD
      return miss(seq)
    }
    let isMissing = type === 'inbox.read_all'
    const time = isoNow()
    for (const id of payload.ids ?? (isMissing ? entities.keys() : [payload.id!])) {
      const entity = entities.get(id)
      const isKnown = entity && isCurrent(replica, entity)
      isMissing ||= !isKnown
      const next = entity && entity._asOf < seq ? after(entity, frame, time) : entity
      if (isRecall && !isCounted) {
        if (isKnown) counts._leave(entity)
        else if (counts.unread + counts.unseen > 0) doubt()
      }
      if (!next) entities.delete(id)
      else if (next !== entity) put(next, doubt)
    }
    // Of one that is being fetched, too: the page may be of before.
    if (isMissing) for (const view of replica._views) if (mayEnter(frame, view.filter)) view._staleAt = seq
  }

  /** Shortens each list to what its pages had, or the newest `KEPT`, and forgets what is in none. */
  const trim = () => {
    const kept = new Entities()
    for (const view of replica._views) {
      const list = listOf(replica, view)
      const length = Math.max(KEPT, view.size)
      if (list.length > length) view._bottom = list[length - 1]!.seq
      for (const { item: { id } } of list.slice(0, length)) kept.set(id, replica._entities.get(id)!)
    }
    replica._entities = kept
    most = 2 * Math.max(KEPT, kept.size)
  }

  /** Takes a page that is of `asOf`, with the events that came after it. */
  const takePage = (view: View, before: number | undefined, { items = [], next_before: next }: Page, asOf: number, newer: readonly Event[]) => {
    if (before !== undefined && before !== bottomOf(replica, view)) return
    const time = isoNow()
    for (const item of items) {
      const known = replica._entities.get(item.id)
      if (known && isCurrent(replica, known) && Math.max(known._asOf, replica.at) >= asOf) continue
      const taken: Entity = { item: Object.freeze(item), seq: seqOf(item.cursor), deleted: view.filter.view === 'deleted', _asOf: asOf }
      const entity = newer.reduce<Entity | undefined>((last, frame) => last && after(last, frame, time), taken)
      if (entity) put(entity)
    }
    view._bottom = next ? seqOf(next) : 0
    if (before === undefined) {
      view._asOf = Math.max(view._asOf, asOf)
      view.size = 0
    }
    view.size += items.length
  }

  const replica: Replica = {
    epoch: undefined,
    at: -1,
    _missedAt: 0,
    _entities: new Entities(),
    _counts: counts,
    _views: [],
    _whole: undefined as never,
    marks: [],
    replay: undefined,
    _nextExpiry: Infinity,
    _isTimed: false,
    _spread: 0,
    view ({ limit, ...filter }) {
      const known = replica._views.find(view => keyOf(view.filter) === keyOf(filter))
      const view = known ?? { filter, limit: PAGE, _bottom: Infinity, _asOf: -1, _staleAt: 0, size: 0, _isUsed: false, undo: [] }
      view.limit = limit ?? view.limit
      if (!known) replica._views.push(view)
      return view
    },
    frame (frame) {
      replica._sweep()
      const { type, payload } = frame
      const place = parseCursor(frame.cursor ?? '')
      if (type === 'welcome') {
        replica.replay = { unread: payload.unread_count!, unseen: payload.unseen_count!, time: now() }
        // It repeats the `since` that was given, readable or not.
        if (!place || payload.resume === 'gap') return
        if (place.epoch !== replica.epoch) reset(place.epoch)
        // What came between what is known and `seq` went elsewhere.
        if (replica.at < place.seq) miss(place.seq)
        if (payload.resume === 'none') arrive(place.seq)
        return
      }
      if (!place || type === 'ok' || type === 'error') return
      const { epoch, seq } = place
      if (type === 'gap') {
        // Another log, or this one without its end.
        if (epoch !== replica.epoch || seq < replica.at) reset(epoch)
        miss(seq)
        counts._doubt()
        return arrive(seq)
      }
      if (epoch !== (replica.epoch ??= epoch)) return
      if (type === 'caught_up') return arrive(seq)
      if (seq <= replica.at) return
      apply(frame, seq)
      if (requests > 0) recent.push({ seq, frame })
      move(seq)
      if (replica._entities.size > most) trim()
    },
    begin () {
      if (requests++ === 0) {
        floor = replica.at
        recent = []
      }
      return { epoch: replica.epoch, time: replica._isTimed ? now() : Infinity }
    },
    end ({ epoch, time }, view, before, page) {
      replica._sweep()
      requests--
      const place = page && parseCursor(page.cursor)
      if (!place) return false
      // Of another log, unless a frame has said meanwhile which one holds.
      if (place.epoch !== replica.epoch && epoch === replica.epoch) reset(place.epoch)
      const { seq } = place
      if (place.epoch !== replica.epoch || seq < floor) return false
      const said = { unread: page.unread_count, unseen: page.unseen_count, time: Math.min(time, now()) }
      const newer = recent.filter(event => event.seq > seq).map(({ frame }) => frame)
      if (replica.at < 0) replica.at = seq
      if (replica.replay) replica.replay.ahead = { seq, ...said }
      else {
        if (seq >= replica.at) counts._believe(seq, said)
        else if (!counts._isExact && replica.at >= counts.at) {
          counts._believe(replica.at, said)
          if (!newer.every(counts._tally)) counts._doubt()
        }
      }
      if (view) takePage(view, before, page, seq, newer)
      return true
    },
    _sweep () {
      if (!replica._isTimed || replica._nextExpiry > now()) return false
      replica._nextExpiry = Infinity
      for (const entity of replica._entities.values()) {
        put(entity, () => isCurrent(replica, entity) ? counts._leave(entity) : counts._doubt())
      }
      return true
    },
    _distrust () {
      for (const [id, entity] of replica._entities) replica._entities.set(id, { ...entity, _asOf: -1 })
      for (const view of replica._views) view._asOf = -1
      counts._doubt()
    },
    restore (stored) {
      const items = stored.items as InboxItem[]
      // Unless something newer is there.
      if (replica.epoch === undefined) replica.end(replica.begin(), replica._whole, undefined, { ...stored, items, next_before: stored.has_more ? items.at(-1)?.cursor : null })
    },
    empty () {
      reset(undefined)
      replica.marks = []
      replica.replay = undefined
      counts.unread = counts.unseen = 0
      for (const view of replica._views) view.undo = []
    }
  }
  replica._whole = replica.view({})
  return replica
}
