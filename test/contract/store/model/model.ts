import { audienceKey } from '../../../../src/log/audience.ts'
import { formatCursor } from '../../../../src/protocol/cursor.ts'
import type { EventKind, LogEvent } from '../../../../src/log/event.ts'
import type { Act, InboxEntry, InboxFilter, InboxPage, InboxViewName, MarkResult, MarkVerb, ReadAllResult, StateResult } from '../../../../src/store/store.ts'
import type { Note } from './notes.ts'
import { Refusal, type Person, type State } from './people.ts'
import { isLate } from './said.ts'
import { Demands } from '../receipts/model/demands.ts'
import type { Item } from '../receipts/model/recipients.ts'

/**
 * The store as its contract tells it, without any cleverness: audiences as they were said, a state
 * for every notification in every inbox, everything searched from the start.
 */
export class Model extends Demands {
  readonly epoch: string

  constructor (epoch: string) {
    super()
    this.epoch = epoch
  }

  mark (userId: string, verb: MarkVerb, ids: string[], since: number | undefined, at: number): MarkResult {
    const inbox = new Map(this.items(userId, at).map(item => [item.note.id, item]))
    const result: Pick<MarkResult, 'found' | 'overtaken' | 'missing' | 'refused'> = { found: [], overtaken: [], missing: [], refused: [] }
    const changed: string[] = []
    for (const id of new Set(ids)) {
      const item = inbox.get(id)
      const changes = CHANGES[verb]
      if (item && since !== undefined && item.state.changed[changes] > since && (changes === 'deleted' || !item.state.deleted)) {
        result.overtaken.push(id)
        result.found.push({ id, readAt: item.state.readAt, archived: item.state.archived })
        continue
      }
      if (!item || item.state.deleted !== (verb === 'restore')) {
        result.missing.push(id)
        continue
      }
      if ((verb === 'delete' || verb === 'archive') && this.isOwed(userId, item.note)) {
        result.refused.push({ id, code: 'BLF_ACKNOWLEDGE_REQUIRED' })
        continue
      }
      const { state } = item
      const before = JSON.stringify(state)
      if (verb === 'read') state.readAt ??= at
      if (verb === 'unread') state.readAt = null
      if (verb === 'delete' || verb === 'restore') state.deleted = verb === 'delete'
      if (verb === 'archive' || verb === 'unarchive') state.archived = verb === 'archive'
      if (state.readAt !== null) state.wasRead = true
      if (JSON.stringify(state) !== before) {
        changed.push(id)
        this.#keep(userId, item, changes)
      }
      result.found.push({ id, readAt: state.readAt, archived: state.archived })
    }
    const [unread, unseen] = this.#counts(userId, at)
    if (changed.length > 0) {
      const archived = verb === 'restore' ? { archived: changed.filter(id => inbox.get(id)!.state.archived) } : {}
      this.append(KINDS[verb], { users: [userId] }, at, { ids: changed, ...archived, unread_count: unread, unseen_count: unseen })
    }
    return { ...result, unread, unseen, seq: this.head, hasChanged: changed.length > 0 }
  }

  see (userId: string, seq: number, at: number): StateResult {
    if (seq > this.head) throw new Refusal('BLF_BAD_CURSOR')
    const person = this.person(userId)
    const hasChanged = person !== undefined && person.removedAt === null && seq > person.seen
    if (hasChanged) {
      this.noteSeen(userId, seq, at)
      Object.assign(person, { seen: seq, seenAt: this.head + 1 })
    }
    const [unread, unseen] = this.#counts(userId, at)
    if (hasChanged) this.append('inbox.seen', { users: [userId] }, at, { cursor: formatCursor(this.epoch, seq), unseen_count: unseen, unread_count: unread })
    return { unseen, unread, seq: this.head, hasChanged }
  }

  act (userId: string, id: string, action: string, at: number): Act {
    const item = this.#item(userId, id, at)
    if (!item) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    const { actions = [] } = item.note.content as { actions?: { id: string }[] }
    const { acts } = this.person(userId)!
    const first = acts.get(id)
    if (first?.action !== action && !actions.some(known => known.id === action)) throw new Refusal('BLF_ACTION_NOT_FOUND')
    const [unread, unseen] = this.#counts(userId, at)
    if (first) return { id, ...first, unread, unseen, seq: this.head, hasChanged: false }
    acts.set(id, { action, at })
    this.append('notification.acted', { users: [userId] }, at, { id, action, at: new Date(at).toISOString(), unread_count: unread, unseen_count: unseen })
    return { id, action, at, unread, unseen, seq: this.head, hasChanged: true }
  }

  readAll (userId: string, upTo: number | null, topic: string | null, since: number | undefined, at: number): ReadAllResult {
    const seq = Math.min(upTo ?? this.head, this.head)
    const readAlls = this.person(userId)?.readAlls ?? []
    const isOvertaken = since !== undefined && readAlls.some(one => one.at > since && one.upTo >= seq && (one.topic === null || one.topic === topic))
    const covered = this.#inbox(userId, at).filter(({ note, state }) => {
      return !isOvertaken && note.seq <= seq && state.readAt === null && (topic === null || note.topic === topic)
    })
    for (const item of covered) {
      Object.assign(item.state, { readAt: at, wasRead: true })
      this.#keep(userId, item, 'read')
    }
    if (covered.length > 0) readAlls.push({ upTo: seq, topic, at: this.head + 1 })
    const [unread, unseen] = this.#counts(userId, at)
    if (covered.length > 0) {
      const before = formatCursor(this.epoch, covered.at(-1)!.note.seq)
      this.append('inbox.read_all', { users: [userId] }, at, { before, ...(topic === null ? {} : { topic }), unread_count: unread, unseen_count: unseen })
    }
    return { count: covered.length, unread, unseen, seq: this.head, hasChanged: covered.length > 0 }
  }

  inbox (userId: string, { limit, before = Infinity, view = 'active', unread, topic, type }: InboxFilter, now: number): InboxPage {
    const inbox = this.items(userId, now).filter(({ state }) => viewOf(state) === view).reverse()
    const found = inbox.filter(({ note, state }) => {
      return note.seq < before && (unread === undefined || unread === (state.readAt === null)) &&
        (topic === undefined || note.topic === topic) && (type === undefined || note.type === type)
    })
    return {
      entries: found.slice(0, limit).map(item => this.#toEntry(userId, item)),
      more: found.length > limit,
      unread: this.unread(userId, now),
      unseen: this.unseen(userId, now),
      seq: this.head
    }
  }

  item (userId: string, id: string, now: number): InboxEntry | undefined {
    const item = this.#item(userId, id, now)
    return item && this.#toEntry(userId, item)
  }

  replay (userId: string, after: number, upTo: number, now: number, topics?: string[]): LogEvent[] | undefined {
    if (after < this.floor) return undefined
    const person = this.person(userId)
    if (!person || person.removedAt !== null) return []
    return this.log.filter(event => {
      const { seq, topic, expiresAt } = event
      return seq > after && seq <= upTo && (!topics || topic === null || topics.includes(topic)) &&
        this.#sees(person, event) && !this.kept[seq - 1]!.recalled && (expiresAt === null || expiresAt > now)
    })
  }

  protected unread (userId: string, now: number): number {
    return this.#inbox(userId, now).filter(({ state }) => state.readAt === null).length
  }

  protected unseen (userId: string, now: number): number {
    const { seen, seenAt } = this.person(userId) ?? { seen: 0, seenAt: 0 }
    return this.#inbox(userId, now).filter(({ note, since }) => note.seq > seen || since >= seenAt).length
  }

  #counts (userId: string, now: number): [unread: number, unseen: number] {
    return [this.unread(userId, now), this.unseen(userId, now)]
  }

  /** The active notifications of an inbox, oldest first. */
  #inbox (userId: string, now: number): Item[] {
    return this.items(userId, now).filter(({ state }) => viewOf(state) === 'active')
  }

  /** The notifications that a user can see in any view, oldest first, with the state that marks change. */
  protected items (userId: string, now: number): Item[] {
    const person = this.person(userId)
    if (!person || person.removedAt !== null) return []
    return [...this.notes.values()].filter(note => isAlive(note, now)).flatMap(note => {
      const since = this.#since(person, note.seq)
      if (since === undefined || (since >= note.seq && !isLate(note.said)) || this.isMuted(person, note.topic, note.seq)) return []
      const known = person.states.get(note.id)
      const state = known && known.seq > since ? known : { readAt: null, archived: false, deleted: false, seq: Infinity, changed: { read: 0, archived: 0, deleted: 0 } }
      return [{ note, state, since }]
    })
  }

  /** One that was not deleted from an inbox. */
  #item (userId: string, id: string, now: number): Item | undefined {
    return this.items(userId, now).find(({ note, state }) => note.id === id && !state.deleted)
  }

  #toEntry (userId: string, { note: { id, seq, content }, state: { readAt, archived } }: Item): InboxEntry {
    const acted = this.person(userId)!.acts.get(id) ?? null
    return { seq, body: JSON.stringify(content), readAt, archived, acted, acknowledgedAt: this.acknowledgement(userId, seq)?.at ?? null, key: this.#keyOf(userId, seq) }
  }

  /** The audience key under which a notification is in an inbox; of several groups, whichever. */
  #keyOf (userId: string, seq: number): string {
    const { role, company: own } = this.person(userId)!.record
    const { users, companies, roles, groups, company = null } = this.audiences.get(seq)!
    if (users) return audienceKey.user(userId)
    if (groups) return groups.map(group => audienceKey.group({ company, group })).sort().join()
    if (companies && roles) return audienceKey.companyRole(own!, role)
    return companies ? audienceKey.company(own!) : roles ? audienceKey.role(role) : audienceKey.all
  }

  /** Keeps the state of what is marked: the event of the mark is the next one. */
  #keep (userId: string, { note, state }: Item, changes: keyof State['changed']): void {
    state.seq = state.changed[changes] = this.head + 1
    this.person(userId)!.states.set(note.id, state)
  }

  /** After which event somebody belongs to the audience of an event; undefined for who does not. */
  #since ({ record, since }: Person, seq: number): number | undefined {
    const { users, companies, roles, groups, company = null, not } = this.standing(this.audiences.get(seq) ?? { users: [] }, seq)
    if (not?.users.includes(record.id)) return undefined
    if (users) return users.includes(record.id) ? since.direct : undefined
    if (groups) return this.memberSince(record.id, groups.map(group => ({ company, group })))
    if (companies && !(record.company !== null && companies.includes(record.company))) return undefined
    if (roles && !roles.includes(record.role)) return undefined
    return Math.max(since.created, companies ? since.company : 0, roles ? since.role : 0)
  }

  protected belongs (userId: string, seq: number): boolean {
    const person = this.person(userId)
    if (person?.removedAt === null) return (this.#since(person, seq) ?? Infinity) < seq
    // What was sent to an id that was nobody's is for whoever has it next.
    if (person && person.removedAt! > seq) return false
    const { users, groups = [], company = null } = this.standing(this.audiences.get(seq)!, seq)
    return users !== undefined || (this.memberSince(userId, groups.map(group => ({ company, group }))) ?? Infinity) < seq
  }

  /** An edit or a recall is for whoever has the original; one for late joiners, for whoever joins. A reminder is for some of them. */
  #sees (person: Person, { seq, kind, originSeq = seq, isLate, topic }: LogEvent): boolean {
    if (this.isMuted(person, topic, originSeq)) return false
    const since = this.#since(person, kind === 'notification.reminder' ? seq : originSeq)
    if (since === undefined) return false
    return this.kept[seq - 1]!.late || since < (isLate ? seq : originSeq)
  }
}

const KINDS: Record<MarkVerb, EventKind> = {
  read: 'notification.read',
  unread: 'notification.unread',
  delete: 'notification.deleted',
  archive: 'notification.archived',
  unarchive: 'notification.unarchived',
  restore: 'notification.restored'
}

const CHANGES: Record<MarkVerb, keyof State['changed']> = { read: 'read', unread: 'read', delete: 'deleted', archive: 'archived', unarchive: 'archived', restore: 'deleted' }

function viewOf ({ archived, deleted }: State): InboxViewName {
  return deleted ? 'deleted' : archived ? 'archived' : 'active'
}

function isAlive ({ recalled, expiresAt }: Note, now: number): boolean {
  return !recalled && (expiresAt === null || expiresAt > now)
}
