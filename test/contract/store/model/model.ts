import { formatCursor } from '../../../../src/protocol/cursor.ts'
import type { Audience } from '../../../../src/log/audience.ts'
import type { LogEvent } from '../../../../src/log/event.ts'
import type { Draft, InboxFilter, InboxView, MarkResult, MarkVerb, NotificationRecord, ReadAllResult, Receipt } from '../../../../src/store/store.ts'
import { People, Refusal, type Person } from './people.ts'

interface Note { id: string, seq: number, draft: Draft, body: string, audience: Audience, recalled: boolean }

/**
 * The store as its contract tells it, without any cleverness: audiences as they were said, a state
 * for every notification in every inbox, everything searched from the start.
 */
export class Model extends People {
  readonly epoch: string
  floor = 0
  readonly #notes = new Map<string, Note>()

  constructor (epoch: string) {
    super()
    this.epoch = epoch
  }

  /** What is kept of all that was told. */
  /** As it is read now: what was recalled has neither text nor readers. */
  get log (): LogEvent[] {
    const recalled = new Map([...this.#notes.values()].filter(({ recalled }) => recalled).map(({ seq, body }) => [seq, blanked(body)]))
    return this.events.slice(this.floor).map(event => recalled.has(event.seq) ? { ...event, keys: [], body: recalled.get(event.seq)! } : event)
  }

  notify (draft: Draft, audience: Audience): Receipt {
    const { sender, digest, topic, at, expiresAt, label } = draft
    const { byId, byKey, byLabel } = this.#namesakes(draft)
    const named = label ? byKey : byId ?? byKey
    if (named && (named.draft.digest !== digest || named.seq <= this.#formerUpTo(sender))) throw new Refusal('BLF_ID_CONFLICT')
    const earlier = named ?? (byId?.draft.digest === digest && byId.seq > this.#formerUpTo(sender) ? byId : byLabel)
    if (earlier) return { id: earlier.id, seq: earlier.seq, stored: false }
    const id = label && byId ? label.otherId : draft.id
    const body = id === draft.id ? draft.body : JSON.stringify({ ...JSON.parse(draft.body), id })
    const seq = this.append('notification', audience, at, body, { id, topic, expiresAt })
    this.#notes.set(id, { id, seq, draft, body, audience, recalled: false })
    return { id, seq, stored: true }
  }

  isRetry (draft: Draft): boolean {
    const upTo = this.#formerUpTo(draft.sender)
    return Object.values(this.#namesakes(draft)).some(note => note && note.seq > upTo && note.draft.digest === draft.digest)
  }

  notification (id: string): NotificationRecord | undefined {
    const note = this.#notes.get(id)
    if (!note || note.recalled) return undefined
    const { sender, scope, topic } = note.draft
    return { id, sender: note.seq <= this.#formerUpTo(sender) ? '' : sender, scope, topic }
  }

  /** Takes away what is older, as if it had never been: only the floor, and what was told of it, are left. */
  retain (since: number, limit: number): number {
    const gone = this.log.filter(({ at }) => at < since).slice(0, limit)
    this.floor = gone.at(-1)?.seq ?? this.floor
    for (const { id } of gone) {
      if (id === null) continue
      this.#notes.delete(id)
      this.forget(id)
    }
    return gone.length
  }

  recall (id: string, at: number): void {
    const note = this.#notes.get(id)
    if (!note || note.recalled) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    note.recalled = true
    this.append('notification.recalled', note.audience, at, { ids: [id] })
  }

  mark (userId: string, verb: MarkVerb, ids: string[], at: number): MarkResult {
    const inbox = new Map(this.#inbox(userId, at).map(entry => [entry.note.id, entry]))
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
    const unread = this.unread(userId, at)
    if (changed.length > 0) this.append(kind, { users: [userId] }, at, { ids: changed, unread_count: unread })
    return { ...result, unread, seq: this.head, hasChanged: changed.length > 0 }
  }

  readAll (userId: string, upTo: number | null, topic: string | null, at: number): ReadAllResult {
    const seq = Math.min(upTo ?? this.head, this.head)
    const covered = this.#inbox(userId, at).filter(({ note, state }) => {
      return note.seq <= seq && state.readAt === null && (topic === null || note.draft.topic === topic)
    })
    for (const { state } of covered) state.readAt = at
    const unread = this.unread(userId, at)
    if (covered.length > 0) {
      const before = formatCursor(this.epoch, covered.at(-1)!.note.seq)
      this.append('inbox.read_all', { users: [userId] }, at, { before, ...(topic === null ? {} : { topic }), unread_count: unread })
    }
    return { count: covered.length, unread, seq: this.head, hasChanged: covered.length > 0 }
  }

  inbox (userId: string, { limit, before = Infinity, unread, topic, type }: InboxFilter, now: number): InboxView {
    const inbox = this.#inbox(userId, now).reverse()
    const found = inbox.filter(({ note: { seq, draft }, state }) => {
      return seq < before && (unread === undefined || unread === (state.readAt === null)) &&
        (topic === undefined || draft.topic === topic) && (type === undefined || draft.type === type)
    })
    return {
      entries: found.slice(0, limit).map(({ note, state }) => ({ seq: note.seq, body: note.body, readAt: state.readAt })),
      more: found.length > limit,
      unread: this.unread(userId, now),
      seq: this.head
    }
  }

  replay (userId: string, after: number, upTo: number, limit: number, now: number, topics?: string[]): LogEvent[] | undefined {
    if (after < this.floor) return undefined
    const person = this.person(userId)
    if (!person || person.removedAt !== null) return []
    return this.events.filter(event => {
      const note = event.id === null ? undefined : this.#notes.get(event.id)
      const isOfTopic = !topics || event.kind !== 'notification' || event.topic === null || topics.includes(event.topic)
      return event.seq > after && event.seq <= upTo && isOfTopic && this.#sees(person, event.seq) && (!note || isAlive(note, now))
    }).slice(0, limit)
  }

  protected unread (userId: string, now: number): number {
    return this.#inbox(userId, now).filter(({ state }) => state.readAt === null).length
  }

  /** Up to where nothing that stands under a sender's name is of the one who has the id now. */
  #formerUpTo (sender: string): number {
    const person = this.person(sender.replace('user:', ''))
    return person?.removedAt ?? person?.since.direct ?? 0
  }

  /** What was stored before under the names of a draft; of its key and its label, only the sender's own. */
  #namesakes ({ id, sender, idempotencyKey, label, digest, isNew }: Draft): { byId?: Note | undefined, byKey?: Note | undefined, byLabel?: Note | undefined } {
    if (isNew) return {}
    const own = [...this.#notes.values()].filter(({ seq, draft }) => draft.sender === sender && seq > this.#formerUpTo(sender))
    return {
      byId: this.#notes.get(id),
      byKey: own.find(({ draft }) => idempotencyKey !== null && draft.idempotencyKey === idempotencyKey),
      byLabel: own.find(({ draft }) => label && draft.label?.text === label.text && draft.digest === digest)
    }
  }

  /** The notifications in an inbox, oldest first, with the state that marks change. */
  #inbox (userId: string, now: number) {
    const person = this.person(userId)
    if (!person || person.removedAt !== null) return []
    const seen = [...this.#notes.values()].filter(note => isAlive(note, now) && this.#sees(person, note.seq))
    return seen.map(note => {
      const state = person.states.get(note.id) ?? { readAt: null, deleted: false }
      person.states.set(note.id, state)
      return { note, state }
    }).filter(({ state }) => !state.deleted)
  }

  #sees ({ record, since }: Person, seq: number): boolean {
    const { users, companies, roles } = this.audiences.get(seq) ?? { users: [] }
    if (users) return users.includes(record.id) && seq > since.direct
    if (companies && !(record.company !== null && companies.includes(record.company) && seq > since.company)) return false
    if (roles && !(roles.includes(record.role) && seq > since.role)) return false
    return seq > since.created
  }
}

function isAlive ({ recalled, draft: { expiresAt } }: Note, now: number): boolean {
  return !recalled && (expiresAt === null || expiresAt > now)
}

function blanked (body: string): string {
  const { id, type, read, data: { topic } } = JSON.parse(body)
  return JSON.stringify({ id, type, read, title: null, message: null, data: { topic } })
}
