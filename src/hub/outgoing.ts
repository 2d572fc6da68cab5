/** An event that is about to be written, encoded. */
export interface Outgoing {
  seq: number
  frame: Buffer
}

/** Appends to the list of a key. */
export function pushTo<K> (map: Map<K, Outgoing[]>, key: K, outgoing: Outgoing): void {
  const list = map.get(key)
  if (list) list.push(outgoing)
  else map.set(key, [outgoing])
}

/** The frames of all events in one buffer; a single frame is not copied. */
export function concatFrames (outgoing: Outgoing[]): Buffer {
  return outgoing.length === 1 ? outgoing[0]!.frame : Buffer.concat(outgoing.map(({ frame }) => frame))
}

/** The events of a cohort and of one of its connections, in log order. */
export function mergeBySeq (shared: Outgoing[], own: Outgoing[]): Outgoing[] {
  return [...shared, ...own].sort((a, b) => a.seq - b.seq)
}

/** Events, and their frames in one buffer. */
export interface Joined { events: Outgoing[], joined: Buffer }

/**
 * The events of one flush that some connections get besides those of their cohorts. Connections that get the same ones
 * are at the same node of a tree, and so share one joined buffer:
 *
 *     (none) ── 5 ── 6     members of the group of event 5 are at "5"; those who are also in the group of event 6, at "5 6"
 *        └───── 6          those who are only in the latter, at "6"
 */
export class Sequence {
  readonly #before: Sequence | undefined
  /** The last of the events; undefined at the root. */
  readonly last: Outgoing | undefined
  readonly length: number
  readonly #next = new Map<Outgoing, Sequence>()
  /** The same events with those of a cohort, by the cohort's list (the empty one is missing), and without those that are hidden. */
  readonly #merged = new Map<Outgoing[] | undefined, Map<Sequence | undefined, Joined>>()

  constructor (before?: Sequence, last?: Outgoing) {
    this.#before = before
    this.last = last
    this.length = before ? before.length + 1 : 0
  }

  /** The sequence with one more event. */
  then (outgoing: Outgoing): Sequence {
    const known = this.#next.get(outgoing)
    if (known) return known
    const next = new Sequence(this, outgoing)
    this.#next.set(outgoing, next)
    return next
  }

  get events (): Outgoing[] {
    const events: Outgoing[] = []
    for (let at: Sequence | undefined = this; at?.last; at = at.#before) events.push(at.last)
    return events.reverse()
  }

  /** The events together with those of a cohort, without the `hidden` ones, and their frames in one buffer. */
  with (shared: Outgoing[] | undefined, hidden?: Sequence): Joined {
    let byHidden = this.#merged.get(shared)
    if (!byHidden) this.#merged.set(shared, byHidden = new Map())
    const known = byHidden.get(hidden)
    if (known) return known
    const all = shared ? mergeBySeq(shared, this.events) : this.events
    const without = hidden?.events
    const events = without ? all.filter(event => !without.includes(event)) : all
    const merged = { events, joined: concatFrames(events) }
    byHidden.set(hidden, merged)
    return merged
  }
}
