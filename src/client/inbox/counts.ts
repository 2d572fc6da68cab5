import { isActive, isUnread, type Entity, type Event } from './entity.ts'

/** A count that was made this close to an expiry, in milliseconds, may or may not have what expired in it. */
const DOUBT = 2000

/** Events that change counts. Unless they say them, the counts have to be asked for. */
const COUNTED = /^notification\.(un)?(read|archived|deleted|restored|recalled)$|^inbox\.(read_all|changed)$/

/** Counts that the server said, of a moment in milliseconds. */
export interface Said { unread: number, unseen: number, time: number }

/** How many are unread and unseen by what the server said; marks on their way are not in it. */
export interface Counts extends Said {
  /** The `seq` where they hold. */
  at: number
  /** When the last one left the inbox that no event told of, in milliseconds. */
  _expired: number
  /** Whether they are the server's at `at`, or have to be asked for. */
  readonly _isExact: boolean
  /** Something happened whose effect is not known. */
  _doubt (): void
  /** Counts an event: it says the counts, adds one, or changes none. Returns whether they are known after it. */
  _tally (event: Event): boolean
  /** A notification leaves without an event that says the counts. */
  _leave (entity: Entity): void
  /** Takes counts that the server said, unless they are older than what is known. */
  _believe (seq: number, said: Said): void
}

export function createCounts (now: () => number): Counts {
  let areKnown = false
  const counts: Counts = {
    unread: 0,
    unseen: 0,
    at: -1,
    time: -Infinity,
    _expired: -Infinity,
    get _isExact () { return areKnown && Math.abs(counts.time - counts._expired) >= DOUBT },
    _doubt () { areKnown = false },
    _tally ({ type, payload: { unread_count: unread, unseen_count: unseen } }) {
      const isNew = type === 'notification'
      counts.unread = unread ?? counts.unread + Number(isNew)
      counts.unseen = unseen ?? counts.unseen + Number(isNew)
      if (unread === undefined || unseen === undefined) return !COUNTED.test(type)
      counts.time = now()
      areKnown = true
      return true
    },
    _leave (entity) {
      if (isUnread(entity)) counts.unread = Math.max(0, counts.unread - 1)
      // Which ones are unseen is not known, unless none is.
      if (isActive(entity) && counts.unseen > 0) areKnown = false
    },
    _believe (seq, said) {
      // Of the same place, those of the later moment hold: what has expired since is no event.
      if (seq < counts.at || (seq === counts.at && counts._isExact && said.time <= counts.time)) return
      Object.assign(counts, said, { at: seq })
      areKnown = true
    }
  }
  return counts
}
