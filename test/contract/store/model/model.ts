import { keysOfAudience, type Audience } from '../../../../src/log/audience.ts'
import { formatCursor } from '../../../../src/protocol/cursor.ts'
import type { EventKind, LogEvent } from '../../../../src/log/event.ts'
import type { Claims, Draft, InboxFilter, InboxView, MarkResult, MarkVerb, NewUserRecord, ReadAllResult, Receipt, UserChangeRecord, UserRecord } from '../../../../src/store/store.ts'

/** What a model's write fails with. */
export class Refusal extends Error {
  readonly code: string
  constructor (code: string) { super(code); this.code = code }
}

interface Note { seq: number, draft: Draft, audience: Audience, recalled: boolean }
interface Person {
  record: UserRecord
  since: { created: number, role: number, company: number, direct: number }
  claimsIat: number
  /** The `seq` of the removal. */
  removedAt: number | null
  /** Of the notifications of its inbox: when each was read, or that it was deleted. */
  states: Map<string, { readAt: number | null, deleted: boolean }>
}

const isPlatformAdmin = ({ role, company }: Pick<UserRecord, 'role' | 'company'>) => role === 'admin' && company === null

/**
 * The store as its contract tells it, without any cleverness: audiences as they were said, a state
 * for every notification in every inbox, everything searched from the start.
 */
export class Model {
  readonly epoch: string
  readonly events: LogEvent[] = []
  readonly #audiences = new Map<number, Audience>()
  readonly #notes = new Map<string, Note>()
  readonly #people = new Map<string, Person>()

  constructor (epoch: string) { this.epoch = epoch }

  get head (): number { return this.events.length }

  notify (draft: Draft, audience: Audience): Receipt {
    const { id, sender, idempotencyKey, digest, topic, at, expiresAt, body } = draft
    const person = this.#people.get(sender.replace('user:', ''))
    const since = person?.removedAt ?? person?.since.direct ?? 0
    const earlier = this.#notes.get(id) ?? [...this.#notes.values()].find(note => {
      return idempotencyKey !== null && note.draft.sender === sender && note.draft.idempotencyKey === idempotencyKey && note.seq > since
    })
    if (earlier && (earlier.draft.digest !== digest || earlier.seq <= since)) throw new Refusal('BLF_ID_CONFLICT')
    if (earlier) return { id: earlier.draft.id, seq: earlier.seq, stored: false }
    const seq = this.#append('notification', audience, at, body, { id, topic, expiresAt })
    this.#notes.set(id, { seq, draft, audience, recalled: false })
    return { id, seq, stored: true }
  }

  recall (id: string, at: number): void {
    const note = this.#notes.get(id)
    if (!note || note.recalled) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    note.recalled = true
    this.#append('notification.recalled', note.audience, at, { ids: [id] })
  }

  mark (userId: string, verb: MarkVerb, ids: string[], at: number): MarkResult {
    const inbox = new Map(this.#inbox(userId, at).map(entry => [entry.note.draft.id, entry]))
    const result: Pick<MarkResult, 'found' | 'missing'> = { found: [], missing: [] }
    const changed: string[] = []
    for (const id of new Set(ids)) {
      const entry = inbox.get(id)
      if (!entry) {
        result.missing.push(id)
        continue
      }
      const { state } = entry
      if (verb === 'delete' || (state.readAt === null) === (verb === 'read')) changed.push(id)
      if (verb === 'read') state.readAt ??= at
      if (verb === 'unread') state.readAt = null
      if (verb === 'delete') state.deleted = true
      result.found.push({ id, readAt: state.readAt })
    }
    const kind = verb === 'delete' ? 'notification.deleted' : `notification.${verb}` as const
    const unread = this.#unread(userId, at)
    if (changed.length > 0) this.#append(kind, { users: [userId] }, at, { ids: changed, unread_count: unread })
    return { ...result, unread, seq: this.head, hasChanged: changed.length > 0 }
  }

  readAll (userId: string, upTo: number | null, topic: string | null, at: number): ReadAllResult {
    const seq = Math.min(upTo ?? this.head, this.head)
    const covered = this.#inbox(userId, at).filter(({ note, state }) => {
      return note.seq <= seq && state.readAt === null && (topic === null || note.draft.topic === topic)
    })
    for (const { state } of covered) state.readAt = at
    const unread = this.#unread(userId, at)
    if (covered.length > 0) {
      const before = formatCursor(this.epoch, covered.at(-1)!.note.seq)
      this.#append('inbox.read_all', { users: [userId] }, at, { before, ...(topic === null ? {} : { topic }), unread_count: unread })
    }
    return { count: covered.length, unread, seq: this.head, hasChanged: covered.length > 0 }
  }

  createUser (user: NewUserRecord, at: number): UserRecord {
    const { id, username, role, company } = user
    this.#refuseTaken(username)
    const former = this.#people.get(id)
    if (former?.removedAt === null) throw new Refusal('BLF_USER_EXISTS')
    return this.#newcomer({ id, username, role, company, createdAt: at, ...tokensOf(former) }, former, newestBefore(at))
  }

  changeUser (id: string, change: UserChangeRecord, at: number): UserRecord {
    const person = this.#present(id)
    const { username = person.record.username, role = person.record.role, company = person.record.company } = change
    if (person.record.company !== null && company === null && person.record.role === 'admin' && change.role === undefined) throw new Refusal('BLF_ROLE_NEEDED')
    if (username !== null && username !== person.record.username) this.#refuseTaken(username)
    if (!isPlatformAdmin({ role, company })) this.#refuseLastAdmin(person)
    const isStatement = change.role !== undefined || change.company !== undefined
    return this.#move(person, { username, role, company }, isStatement ? Math.max(person.claimsIat, newestBefore(at)) : person.claimsIat, at)
  }

  removeUser (id: string, at: number): void {
    const person = this.#present(id)
    this.#refuseLastAdmin(person)
    person.removedAt = this.#append('user.updated', null, at, { id })
    person.record = { ...person.record, tokensAfter: Math.max(person.claimsIat, newestBefore(at)) }
  }

  seeUser ({ id, role, company, iat }: Claims, at: number): UserRecord {
    const person = this.#people.get(id)
    if (person && iat <= person.record.tokensAfter) throw new Refusal('BLF_UNAUTHENTICATED')
    if (person && person.removedAt === null) {
      if (iat <= person.claimsIat) return person.record
      person.claimsIat = iat
      if (role === person.record.role && company === person.record.company) return person.record
      return this.#move(person, { username: person.record.username, role, company }, iat, at)
    }
    const username = this.#all().some(({ record }) => record.username === id) ? null : id
    return this.#newcomer({ id, username, role, company, createdAt: at, ...tokensOf(person) }, person, iat)
  }

  inbox (userId: string, { limit, before = Infinity, unread, topic, type }: InboxFilter, now: number): InboxView {
    const inbox = this.#inbox(userId, now).reverse()
    const found = inbox.filter(({ note: { seq, draft }, state }) => {
      return seq < before && (unread === undefined || unread === (state.readAt === null)) &&
        (topic === undefined || draft.topic === topic) && (type === undefined || draft.type === type)
    })
    return {
      entries: found.slice(0, limit).map(({ note, state }) => ({ seq: note.seq, body: note.draft.body, readAt: state.readAt })),
      more: found.length > limit,
      unread: this.#unread(userId, now),
      seq: this.head
    }
  }

  replay (userId: string, after: number, upTo: number, limit: number, now: number): LogEvent[] {
    const person = this.#people.get(userId)
    if (!person || person.removedAt !== null) return []
    return this.events.filter(event => {
      const note = event.id === null ? undefined : this.#notes.get(event.id)
      return event.seq > after && event.seq <= upTo && this.#sees(person, event.seq) && (!note || isAlive(note, now))
    }).slice(0, limit)
  }

  user (id: string): UserRecord | undefined { return this.#all().find(({ record }) => record.id === id)?.record }
  users (): UserRecord[] { return this.#all().map(({ record }) => record).sort((a, b) => a.id < b.id ? -1 : 1) }
  countAudience ({ users, companies, roles }: Audience): number {
    if (users) return new Set(users).size
    return this.users().filter(({ role, company }) => (companies?.includes(company!) ?? true) && (roles?.includes(role) ?? true)).length
  }

  #unread (userId: string, now: number): number {
    return this.#inbox(userId, now).filter(({ state }) => state.readAt === null).length
  }

  /** The notifications in an inbox, oldest first, with the state that marks change. */
  #inbox (userId: string, now: number) {
    const person = this.#people.get(userId)
    if (!person || person.removedAt !== null) return []
    const seen = [...this.#notes.values()].filter(note => isAlive(note, now) && this.#sees(person, note.seq))
    return seen.map(note => {
      const state = person.states.get(note.draft.id) ?? { readAt: null, deleted: false }
      person.states.set(note.draft.id, state)
      return { note, state }
    }).filter(({ state }) => !state.deleted)
  }

  #sees ({ record, since }: Person, seq: number): boolean {
    const { users, companies, roles } = this.#audiences.get(seq) ?? { users: [] }
    if (users) return users.includes(record.id) && seq > since.direct
    if (companies && !(record.company !== null && companies.includes(record.company) && seq > since.company)) return false
    if (roles && !(roles.includes(record.role) && seq > since.role)) return false
    return seq > since.created
  }

  #append (kind: EventKind, audience: Audience | null, at: number, body: string | object, more: Partial<LogEvent> = {}): number {
    const seq = this.head + 1
    if (audience) this.#audiences.set(seq, audience)
    const keys = audience ? keysOfAudience(audience) : []
    this.events.push({
      seq, kind, id: null, keys, topic: null, at, expiresAt: null, body: typeof body === 'string' ? body : JSON.stringify(body), ...more
    })
    return seq
  }

  #newcomer (record: UserRecord, former: Person | undefined, claimsIat: number): UserRecord {
    const { id, role, company, createdAt } = record
    const seq = this.#append('user.updated', null, createdAt, { id, role, company })
    this.#people.set(id, {
      record, since: { created: seq, role: seq, company: seq, direct: former?.removedAt ?? 0 }, claimsIat, removedAt: null, states: new Map()
    })
    return record
  }

  #move (person: Person, to: Pick<UserRecord, 'username' | 'role' | 'company'>, claimsIat: number, at: number): UserRecord {
    const { record, since } = person
    const seq = this.#append('user.updated', null, at, { id: record.id, role: to.role, company: to.company })
    if (to.role !== record.role) since.role = seq
    if (to.company !== record.company) since.company = seq
    person.record = { ...record, ...to }
    person.claimsIat = claimsIat
    if (to.role !== record.role || to.company !== record.company) {
      this.#append('inbox.changed', { users: [record.id] }, at, { reason: 'membership', unread_count: this.#unread(record.id, at) })
    }
    return person.record
  }

  #all (): Person[] { return [...this.#people.values()].filter(({ removedAt }) => removedAt === null) }

  #present (id: string): Person {
    const person = this.#people.get(id)
    if (!person || person.removedAt !== null) throw new Refusal('BLF_USER_NOT_FOUND')
    return person
  }

  #refuseTaken (username: string): void {
    if (this.#all().some(({ record }) => record.username === username)) throw new Refusal('BLF_USERNAME_TAKEN')
  }

  #refuseLastAdmin ({ record }: Person): void {
    if (isPlatformAdmin(record) && this.#all().filter(other => isPlatformAdmin(other.record)).length === 1) throw new Refusal('BLF_LAST_ADMIN')
  }
}

/** Up to when tokens are of somebody who had the id before. */
const tokensOf = (former: Person | undefined) => ({ tokensAfter: former?.record.tokensAfter ?? 0 })
/** The newest `iat` that is older than what we do at a moment: clocks may differ by a minute. */
const newestBefore = (at: number) => Math.ceil(at / 1000) + 60

function isAlive ({ recalled, draft: { expiresAt } }: Note, now: number): boolean {
  return !recalled && (expiresAt === null || expiresAt > now)
}
