import type { Audience } from '../../../src/log/audience.ts'
import type { Journal, Move } from '../journal.ts'
import type { Member } from '../people.ts'
import { Mutes } from '../receipts/checker/mutes.ts'
import { placeOf } from './truth.ts'

/** An event whose place in the log is known to be after `low`, and not after `high`, and that happened between two moments, in milliseconds since 1970. */
interface Bound { low: number, high: number, askedAt: number, doneAt: number }
/** While somebody was of a company or a group. */
interface Interval { from: Bound, to: Bound }

const BEGINNING: Bound = { low: -1, high: -1, askedAt: -1, doneAt: -1 }
const NEVER: Bound = { low: Infinity, high: Infinity, askedAt: Infinity, doneAt: Infinity }
const ALWAYS: Interval = { from: BEGINNING, to: NEVER }

/** Without a topic, whether it was muted does not matter. */
interface Placed { audience: Audience, lateJoiners?: boolean | undefined, topic?: string }

/** Who belonged to which audience when, as far as the answers to moves tell. */
export class Belonging {
  readonly #members: Map<string, Member>
  readonly #moves: Move[]
  readonly #mutes: Mutes
  readonly #intervals = new Map<string, Interval[]>()

  constructor ({ members, moves, mutes }: Pick<Journal, 'members' | 'moves' | 'mutes'>) {
    this.#mutes = new Mutes(mutes)
    this.#members = new Map(members.map(member => [member.id, member]))
    this.#moves = moves
  }

  /** Whether somebody must have what was sent at a place: has belonged to its audience from before that until another place, and had it not muted at its own. */
  mustHave (user: string, publication: Placed, seq: number, until: number, own = seq): boolean {
    return this.#mustBeHeard(user, publication, own) && this.#spans(user, publication).some(({ from, to }) => from.high <= seq && to.low >= until)
  }

  /** Whether somebody may have what was sent at a place, as one who still belongs to its audience at another place. */
  mayHave (user: string, publication: Placed, seq: number, at: number): boolean {
    const first = publication.lateJoiners ? at : seq
    return this.#mayBeHeard(user, publication, seq) && this.#spans(user, publication).some(({ from, to }) => from.low < first && (to === NEVER || to.high > at))
  }

  /** Whether somebody must be told of what was sent at a place by a connection that was past it at this moment: whenever it was read for it, they belonged to its audience, and had it not muted at its place. */
  mustHear (user: string, publication: Placed, seq: number, pastAt: number): boolean {
    return this.#mustBeHeard(user, publication, seq) && this.#spans(user, publication).some(({ from, to }) => from.high <= seq && to.askedAt >= pastAt)
  }

  /** Whether a replay may have what was sent at a place: for somebody who belonged to its audience between the moments when the connection was asked for and when it came. */
  mayReplay (user: string, publication: Placed, seq: number, [openedAt, cameAt]: [number, number]): boolean {
    return this.#mayBeHeard(user, publication, seq) && this.#spans(user, publication).some(({ from, to }) => (publication.lateJoiners ? from.askedAt <= cameAt : from.low < seq) && to.doneAt >= openedAt)
  }

  /** Whether somebody may have had what was sent at a place at any time since. */
  mayHaveHad (user: string, publication: Placed, seq: number): boolean {
    return this.#mayBeHeard(user, publication, seq) && this.#spans(user, publication).some(({ from, to }) => (publication.lateJoiners || from.low < seq) && to.high > seq)
  }

  /** Whether somebody may have belonged to the audience of what was sent at a place from then on (of what is for late joiners: since before `joinedBy`), at least until this moment, in milliseconds since 1970. */
  mayBelongSince (user: string, publication: Placed, seq: number, at: number, joinedBy: number): boolean {
    return this.#spans(user, publication).some(({ from, to }) => (publication.lateJoiners ? from.askedAt <= joinedBy : from.low < seq) && to.doneAt >= at)
  }

  /** Whether what is for late joiners may have come into somebody's inbox anew between two moments, in milliseconds since 1970: unread, whatever they did to it before. */
  mayComeAnew (user: string, publication: Placed, since: number, until: number): boolean {
    return publication.lateJoiners === true && this.#spans(user, publication).some(({ from }) => from.doneAt >= since && from.askedAt <= until)
  }

  #mustBeHeard (user: string, { topic }: Placed, seq: number): boolean {
    return topic === undefined || !this.#mutes.mayBe(user, topic, seq)
  }

  #mayBeHeard (user: string, { topic }: Placed, seq: number): boolean {
    return topic === undefined || !this.#mutes.mustBe(user, topic, seq)
  }

  /** Said anew, without the audience keys that the server decides by. */
  #spans (user: string, { audience: { users, companies, roles, groups, not } }: Placed): Interval[] {
    const { id, role } = this.#members.get(user)!
    if (not?.users.includes(id)) return []
    if (groups) return groups.flatMap(group => this.#intervalsOf(id, 'group', group))
    if (users) return users.includes(id) ? [ALWAYS] : []
    if (roles && !roles.includes(role)) return []
    return companies ? companies.flatMap(company => this.#intervalsOf(id, 'company', company)) : [ALWAYS]
  }

  #intervalsOf (user: string, kind: 'group' | 'company', name: string): Interval[] {
    const key = JSON.stringify([user, kind, name])
    const known = this.#intervals.get(key)
    if (known) return known
    const { company, groups } = this.#members.get(user)!
    const intervals = (kind === 'group' ? groups.includes(name) : company === name) ? [{ ...ALWAYS }] : []
    for (const move of this.#moves.filter(move => move.user === user)) {
      const isIn = intervals.at(-1)?.to === NEVER
      const willBe = kind === 'group' ? (move.group === name ? move.isMember : isIn) : (move.company === undefined ? isIn : move.company === name)
      const bound = { low: placeOf(move.after), high: placeOf(move.until), askedAt: move.askedAt, doneAt: move.doneAt }
      if (willBe && !isIn) intervals.push({ from: bound, to: NEVER })
      if (!willBe && isIn) intervals.at(-1)!.to = bound
    }
    this.#intervals.set(key, intervals)
    return intervals
  }
}
