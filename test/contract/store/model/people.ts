import { keysOfAudience, type Audience } from '../../../../src/log/audience.ts'
import type { EventKind, LogEvent } from '../../../../src/log/event.ts'
import type { Claims, NewUserRecord, UserChangeRecord, UserFilter, UserRecord } from '../../../../src/store/store.ts'

/** What a model's write fails with. */
export class Refusal extends Error {
  readonly code: string
  constructor (code: string) { super(code); this.code = code }
}

export interface Person {
  record: UserRecord
  since: { created: number, role: number, company: number, direct: number }
  claimsIat: number
  /** The `seq` of the removal. */
  removedAt: number | null
  /** Of the notifications of its inbox: when each was read, or that it was deleted. */
  states: Map<string, State>
  /** What was marked as read by one event (`at`) up to a place. */
  readAlls: { upTo: number, topic: string | null, at: number }[]
  /** The action of each notification that was chosen first. */
  acts: Map<string, { action: string, at: number }>
  /** The "seen" cursor, and the event that moved it. */
  seen: number
  seenAt: number
}

/** `seq`: of the newest mark. A mark covers only what was in the inbox when it was made. `changed`: the event that changed each state last. */
export interface State { readAt: number | null, /** Whether it was read once, whatever it is now. */ wasRead?: boolean, archived: boolean, deleted: boolean, seq: number, changed: { read: number, archived: number, deleted: number } }
/** An event as it is kept: edits and recalls change what stands in the log. */
export interface KeptEvent extends LogEvent { recalled?: boolean, /** A notification that is also for late joiners. */ late?: boolean }

const isPlatformAdmin = ({ role, company }: Pick<UserRecord, 'role' | 'company'>) => role === 'admin' && company === null

/** The part of the model that is about users, and the log that everything is told in. */
export abstract class People {
  /** Every event as it was told. */
  readonly events: LogEvent[] = []
  /** Every event as the log has it now. */
  protected readonly kept: KeptEvent[] = []
  protected readonly audiences = new Map<number, Audience>()
  readonly #people = new Map<string, Person>()

  get head (): number { return this.events.length }

  /** How many notifications a user has not read. */
  protected abstract unread (userId: string, now: number): number
  /** How many active ones the user has not seen. */
  protected abstract unseen (userId: string, now: number): number
  /** Ends memberships of other companies' groups, or of all. */
  protected abstract leaveGroups (userId: string, company: string | null | undefined): void

  createUser (user: NewUserRecord, at: number): UserRecord {
    const { id, username, role, company } = user
    this.#refuseTaken(username, id)
    const former = this.#people.get(id)
    if (former?.removedAt === null) throw new Refusal('BLF_USER_EXISTS')
    return this.#newcomer({ id, username, role, company, createdAt: at, ...tokensOf(former) }, former, newestBefore(at))
  }

  changeUser (id: string, change: UserChangeRecord, at: number): UserRecord {
    const person = this.#present(id)
    const { username = person.record.username, role = person.record.role, company = person.record.company } = change
    if (person.record.company !== null && company === null && person.record.role === 'admin' && change.role === undefined) throw new Refusal('BLF_ROLE_NEEDED')
    if (username !== null && username !== person.record.username) this.#refuseTaken(username, person.record.id)
    if (!isPlatformAdmin({ role, company })) this.#refuseLastAdmin(person)
    const isStatement = change.role !== undefined || change.company !== undefined
    const before = person.record
    const after = this.#move(person, { username, role, company }, isStatement ? Math.max(person.claimsIat, newestBefore(at)) : person.claimsIat, at)
    if (role !== before.role || company !== before.company) this.appendChanged([id], at)
    return after
  }

  removeUser (id: string, at: number): void {
    const person = this.#present(id)
    this.#refuseLastAdmin(person)
    person.removedAt = this.append('user.updated', null, at, { id })
    this.leaveGroups(id, undefined)
    person.record = { ...person.record, tokensAfter: Math.max(person.claimsIat, newestBefore(at)) }
  }

  /** What a token says of role and company. */
  protected claim ({ id, role, company, iat }: Claims, at: number): { user: UserRecord, hasMoved: boolean } {
    const person = this.#people.get(id)
    if (person && iat <= person.record.tokensAfter) throw new Refusal('BLF_UNAUTHENTICATED')
    if (person && person.removedAt === null) {
      const hasMoved = iat > person.claimsIat && (role !== person.record.role || company !== person.record.company)
      person.claimsIat = Math.max(iat, person.claimsIat)
      return { user: hasMoved ? this.#move(person, { username: person.record.username, role, company }, iat, at) : person.record, hasMoved }
    }
    const username = this.#all().some(({ record }) => record.username === id) ? null : id
    return { user: this.#newcomer({ id, username, role, company, createdAt: at, ...tokensOf(person) }, person, iat), hasMoved: false }
  }

  /** What `applyClaims` would resolve with; undefined for a user that it would move. */
  previewClaims ({ id, role, company, iat }: Claims, at: number): UserRecord | undefined {
    const person = this.#people.get(id)
    if (person && iat <= person.record.tokensAfter) throw new Refusal('BLF_UNAUTHENTICATED')
    if (!person || person.removedAt !== null) return { id, username: null, role, company, createdAt: at, ...tokensOf(person) }
    return iat > person.claimsIat && (role !== person.record.role || company !== person.record.company) ? undefined : person.record
  }

  user (id: string): UserRecord | undefined { return this.#all().find(({ record }) => record.id === id)?.record }
  users ({ after = '', limit = Infinity, company, role, q = '' }: Partial<UserFilter> = {}): UserRecord[] {
    const all = this.#all().map(({ record }) => record).sort((a, b) => a.id < b.id ? -1 : 1)
    return all.filter(user => {
      return user.id > after && (company ?? user.company) === user.company && (role ?? user.role) === user.role && (user.id.startsWith(q) || user.username?.startsWith(q))
    }).slice(0, limit)
  }

  /** How many of these ids name nobody who was there when the event `before` came. */
  countUnknown (ids: string[], before = Infinity): number {
    return [...new Set(ids)].filter(id => !this.#all().some(({ record, since }) => record.id === id && since.created < before)).length
  }

  countAudience ({ users, companies, roles, not }: Audience): number {
    const isExcluded = (id: string) => not?.users.includes(id) ?? false
    if (users) return new Set(users.filter(id => !isExcluded(id))).size
    return this.users().filter(({ id, role, company }) => {
      return (companies?.includes(company!) ?? true) && (roles?.includes(role) ?? true) && !isExcluded(id)
    }).length
  }

  /** Forgets whatever anybody did to a notification: its id may come again. */
  protected forget (id: string): void {
    for (const { states, acts } of this.#people.values()) {
      states.delete(id)
      acts.delete(id)
    }
  }

  /** The user of an id, or who had it last. */
  protected person (id: string): Person | undefined { return this.#people.get(id) }

  protected append (kind: EventKind, audience: Audience | null, at: number, body: string | object, more: Partial<LogEvent> = {}): number {
    const seq = this.head + 1
    if (audience) this.audiences.set(seq, audience)
    const keys = audience ? keysOfAudience(audience) : []
    const event = { seq, kind, id: null, keys, topic: null, at, expiresAt: null, body: typeof body === 'string' ? body : JSON.stringify(body), ...more }
    this.events.push(event)
    this.kept.push({ ...event })
    return seq
  }

  #newcomer (record: UserRecord, former: Person | undefined, claimsIat: number): UserRecord {
    const { id, role, company, createdAt } = record
    const seq = this.append('user.updated', null, createdAt, { id, role, company })
    // Who was a member of a foreign group before being anybody is none.
    this.leaveGroups(id, company)
    this.#people.set(id, {
      record, since: { created: seq, role: seq, company: seq, direct: former?.removedAt ?? 0 }, claimsIat, removedAt: null, states: new Map(), readAlls: [], acts: new Map(), seen: 0, seenAt: 0
    })
    return record
  }

  #move (person: Person, to: Pick<UserRecord, 'username' | 'role' | 'company'>, claimsIat: number, at: number): UserRecord {
    const { record, since } = person
    const seq = this.append('user.updated', null, at, { id: record.id, role: to.role, company: to.company })
    if (to.role !== record.role) since.role = seq
    if (to.company !== record.company) since.company = seq
    person.record = { ...record, ...to }
    person.claimsIat = claimsIat
    this.leaveGroups(record.id, to.company)
    return person.record
  }

  /** Tells users that their inboxes have other notifications; a single one, how many. */
  protected appendChanged (users: string[], at: number): void {
    if (users.length === 0) return
    const [only] = users
    const counts = users.length === 1 && this.user(only!) ? { unread_count: this.unread(only!, at), unseen_count: this.unseen(only!, at) } : {}
    this.append('inbox.changed', { users }, at, { reason: 'membership', ...counts })
  }

  #all (): Person[] { return [...this.#people.values()].filter(({ removedAt }) => removedAt === null) }

  #present (id: string): Person {
    const person = this.#people.get(id)
    if (!person || person.removedAt !== null) throw new Refusal('BLF_USER_NOT_FOUND')
    return person
  }

  /** A name that is another user's id would name two people. */
  #refuseTaken (username: string, id: string): void {
    if (this.#all().some(({ record }) => record.username === username || (record.id === username && record.id !== id))) throw new Refusal('BLF_USERNAME_TAKEN')
  }

  #refuseLastAdmin ({ record }: Person): void {
    if (isPlatformAdmin(record) && this.#all().filter(other => isPlatformAdmin(other.record)).length === 1) throw new Refusal('BLF_LAST_ADMIN')
  }
}

/** Up to when tokens are of somebody who had the id before. */
const tokensOf = (former: Person | undefined) => ({ tokensAfter: former?.record.tokensAfter ?? 0 })
/** The newest `iat` that is older than what we do at a moment: clocks may differ by a minute. */
const newestBefore = (at: number) => Math.ceil(at / 1000) + 60
