import { addressing, audienceKey, keysOfAudience, type Audience } from '../../../../../src/log/audience.ts'
import type { Acknowledgement } from '../../../../../src/store/contract/demands.ts'
import type { Receipt } from '../../../../../src/store/store.ts'
import type { Note } from '../../model/notes.ts'
import type { Person, State } from '../../model/people.ts'
import { isLate } from '../../model/said.ts'
import { Sent } from '../../model/sent.ts'

/** `since`: after which event it came into the inbox. */
export interface Item { note: Note, state: State, since: number }

/** A recipient, as of the moment of the send. */
interface Reached {
  person: Person | undefined
  isMuted: boolean
  /** The key of the audience that it was first of. */
  key: string
  /** When the "seen" cursor first passed the notification, and whether it was still there. */
  passed?: { isSeen: boolean, at: number }
}

/** What a device surely has, and what it may be said to have. */
export interface Has { surely: Set<number>, perhaps: Set<number> }

/** What must be so of a recipient; undefined if two things happened in the same millisecond, or a replay is not known: either may be said. */
export interface Expected {
  user: string
  muted: boolean
  left: boolean
  seen: boolean | undefined
  read: boolean | undefined
  acted: boolean
  delivered: boolean | undefined
  acknowledgedAt: number | null
  late: boolean
  owes: boolean
  key: string
  /** Whether somebody else, or nobody, has the id since: of what a former user did, nothing is asked. */
  isFormer: boolean
}

type Kept = Pick<Acknowledgement, 'at' | 'late'>

/** The part of the model that is about who got a notification, and what became of it. */
export abstract class Recipients extends Sent {
  readonly #reached = new Map<number, Map<string, Reached>>()
  readonly #devices = new Map<string, Map<string, Has>>()
  /** By notification and user. */
  protected readonly acknowledged = new Map<number, Map<string, Kept>>()

  /** The notifications of an inbox in any view. */
  protected abstract items (userId: string, at: number): Item[]
  /** Whether somebody, or an id that is nobody's yet, has belonged to the audience of an event from before it until now. */
  protected abstract belongs (userId: string, seq: number): boolean

  protected override publish (note: Parameters<Sent['publish']>[0], at: number): Receipt {
    const receipt = super.publish(note, at)
    const { said: { audience }, topic } = note
    const keys = addressing(keysOfAudience(audience))
    this.#reached.set(receipt.seq, new Map(this.#addressees(audience).map(user => {
      const person = this.user(user) && this.person(user)
      return [user, { person, isMuted: this.isMuted(person, topic, receipt.seq), key: keys.find(key => this.#holds(user, key, audience))! }]
    })))
    return receipt
  }

  /** A "seen" cursor has moved: whatever it passes for the first time is seen, if it is still there. */
  protected noteSeen (userId: string, cursor: number, at: number): void {
    for (const note of this.notes.values()) {
      const reached = this.#reached.get(note.seq)!.get(userId)
      if (!reached || reached.passed || note.seq > cursor) continue
      reached.passed = { isSeen: this.belongs(userId, note.seq) && endOf(note, at) > at, at }
    }
  }

  protected acknowledgement (userId: string, seq: number): Kept | undefined {
    return this.acknowledged.get(seq)?.get(userId)
  }

  note (id: string): Note | undefined { return this.notes.get(id) }

  /** What must be so of each recipient of a notification. */
  expected (note: Note): Expected[] {
    const end = endOf(note, Infinity)
    return [...this.#reached.get(note.seq)!].map(([user, { isMuted, person: then, passed, key }]) => {
      const now = this.person(user)
      // What was sent to an id that was nobody's is for whoever has it first.
      const person = then ?? (now && now.since.created > note.seq && now.since.direct < note.seq ? now : undefined)
      const { readAt = null, wasRead = false } = person?.states.get(note.id) ?? {}
      const devices = [...this.#devices.get(user)?.values() ?? []]
      const left = !this.belongs(user, note.seq)
      const seen = !isMuted && passed?.at === end ? undefined : !isMuted && passed?.isSeen === true
      const read = !isMuted && readAt === end ? undefined : !isMuted && readAt !== null
      const { at: acknowledgedAt = null, late = false } = this.acknowledgement(user, note.seq) ?? {}
      const acted = person?.acts.has(note.id) ?? false
      const isGot = !isMuted && (seen || read || wasRead || acted || acknowledgedAt !== null || devices.some(({ surely }) => surely.has(note.seq)))
      const mayBeGot = !isMuted && (seen === undefined || read === undefined || devices.some(({ perhaps }) => perhaps.has(note.seq)))
      return {
        user,
        muted: isMuted,
        left,
        seen,
        read,
        acted,
        delivered: isGot ? true : mayBeGot ? undefined : false,
        acknowledgedAt,
        late,
        owes: acknowledgedAt === null && !isMuted && !left,
        key,
        isFormer: person ? person.removedAt !== null || now !== person : (now?.since.direct ?? 0) > note.seq
      }
    })
  }

  /** What somebody has now who joined its audience after it was sent, or again; undefined for everybody else. */
  joinedLate (note: Note, user: string, at: number): Item | undefined {
    return isLate(note.said) ? this.items(user, at).find(item => item.note === note && item.since >= note.seq) : undefined
  }

  isRecipient ({ seq }: Note, user: string): boolean { return this.#reached.get(seq)!.has(user) }

  /**
   * A device says that it has what came after one place, up to another. Of what was replayed to it, up to `upTo`, it can have no more than
   * the replay had.
   */
  deliver (userId: string, device: string, { low, high }: { low: number, high: number }, replayed?: { upTo: number, seqs: Set<number> }): void {
    const devices = this.#devices.get(userId) ?? new Map<string, Has>()
    this.#devices.set(userId, devices)
    const { surely, perhaps } = devices.get(device) ?? { surely: new Set(), perhaps: new Set() }
    devices.set(device, { surely, perhaps })
    for (let seq = low + 1; seq <= high; seq++) {
      const isReplayed = replayed !== undefined && seq <= replayed.upTo
      // Of what was muted, a device may say that it has it: nobody says so of its user.
      const isWithheld = isReplayed && this.#reached.get(seq)?.get(userId)?.isMuted === false && !replayed.seqs.has(seq)
      if (!isReplayed) surely.add(seq)
      if (!isWithheld) perhaps.add(seq)
    }
  }

  devicesOf (userId: string): Map<string, Has> { return this.#devices.get(userId) ?? new Map() }

  /** Who is in an audience now: also ids that are nobody's yet, of users and of members of groups. */
  #addressees ({ users, companies, roles, groups, company = null, not }: Audience): string[] {
    const ids = users ?? groups?.flatMap(group => this.members({ company, group }).map(({ userId }) => userId)) ??
      this.users().filter(user => (!companies || companies.includes(user.company!)) && (!roles || roles.includes(user.role))).map(({ id }) => id)
    return [...new Set(ids)].filter(id => !not?.users.includes(id))
  }

  #holds (userId: string, key: string, { groups, company = null }: Audience): boolean {
    if (groups) return groups.some(group => audienceKey.group({ company, group }) === key && this.members({ company, group }).some(member => member.userId === userId))
    const { role = '', company: own = null } = this.user(userId) ?? {}
    const keys = [audienceKey.all, audienceKey.user(userId), audienceKey.role(role), ...(own === null ? [] : [audienceKey.company(own), audienceKey.companyRole(own, role)])]
    return keys.includes(key)
  }
}

/** When it ended, or will; `Infinity` for never. */
export function endOf ({ recalledAt, expiresAt }: Note, now: number): number {
  return Math.min(recalledAt ?? Infinity, expiresAt !== null && expiresAt <= now ? expiresAt : Infinity)
}
