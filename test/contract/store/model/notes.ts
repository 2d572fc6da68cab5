import type { LogEvent } from '../../../../src/log/event.ts'
import type { PlanState } from '../../../../src/store/plans.ts'
import type { Draft, Edit, EditReceipt, NotificationRecord, Receipt, Replaced } from '../../../../src/store/store.ts'
import { Topics } from '../preferences/topics.ts'
import { Refusal } from './people.ts'
import { isLate, isSame, isSameChain, type Said, type Sending } from './said.ts'

interface Named {
  id: string
  /** A notification's place in the log; of a plan, the one that it was made after. */
  seq: number
  said: Said
  /** The company that all who are addressed belong to. */
  scope: string | null
  topic: string | null
  type: string
  expiresAt: number | null
}

/** A notification, with its newest content. */
export interface Note extends Named { at: number, content: Content, recalled: boolean, recalledAt: number | null }

/** What is sent later; `published` is its place in the log. */
export interface Plan extends Named {
  number: number
  state: PlanState
  sendAt: number
  madeAt: number
  endedAt: number | null
  published: number | null
  refusal: string | null
  revision: number
  content: Content | null
}

export interface Content { revision?: number, replaced_count?: number, data: object, [field: string]: unknown }
interface Namesakes { byId?: Named | undefined, byKey?: Named | undefined, byLabel?: Named | undefined }

const MAX_REVISIONS = 50

/** The part of the model that is about notifications: sends, retries, edits, chains, recalls and retention. */
export abstract class Notes extends Topics {
  override floor = 0
  protected readonly notes = new Map<string, Note>()
  protected readonly plans = new Map<string, Plan>()

  /** What is kept of all that was told, as it is read now. */
  get log (): LogEvent[] {
    return this.kept.slice(this.floor).map(({ recalled, late, ...event }) => event)
  }

  notify ({ said, draft }: Sending): Receipt {
    const scope = this.scopeOf(said)
    const match = this.match(said, draft)
    if ('earlier' in match) return { id: match.earlier.id, seq: match.earlier.seq, stored: false }
    this.assertGroups(said.audience)
    this.assertDemand(match.id, said)
    const { type, topic, expiresAt } = said
    return this.publish({ id: match.id, said, scope, type, topic, expiresAt, content: JSON.parse(draft.body) as Content }, draft.at)
  }

  isRetry (said: Said): boolean {
    return Object.values(this.#namesakes(said)).some((named: Named | undefined) => this.#isRetryOf(said, named))
  }

  notification (id: string): NotificationRecord | undefined {
    const note = this.notes.get(id)
    if (!note || note.recalled) return undefined
    const { topic, scope } = note
    return { id, sender: this.ownerOf(note), scope, topic, isLate: isLate(note.said) }
  }

  edit (id: string, { fields, type, expiresAt, revision }: Edit, at: number, by?: string): EditReceipt {
    const note = this.notes.get(id)
    this.assertOwner(by, note?.recalled ? undefined : note)
    if (!note || note.recalled) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    if (note.expiresAt !== null && note.expiresAt <= at) throw new Refusal('BLF_NOT_EDITABLE')
    const { revision: current = 1 } = note.content
    if (revision !== undefined && revision !== current) throw new Refusal('BLF_REVISION')
    if (current === MAX_REVISIONS) throw new Refusal('BLF_REVISIONS_FULL')
    const data = { ...(fields['data'] ?? note.content.data), ...(note.topic === null ? {} : { topic: note.topic }) }
    const content = { ...note.content, ...fields, data, revision: current + 1, updated_at: new Date(at).toISOString() }
    note.content = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null)) as Content
    note.type = type ?? note.type
    if (expiresAt !== undefined) note.expiresAt = expiresAt
    const { read, ...shown } = note.content
    const seq = this.#follow('notification.updated', note, shown, at)
    this.#keep(note, { expiresAt: note.expiresAt })
    this.events.at(-1)!.expiresAt = note.expiresAt
    this.kept[note.seq - 1]!.body = JSON.stringify(note.content)
    return { id, revision: current + 1, seq }
  }

  recall (id: string, at: number, by?: string): void {
    const note = this.notes.get(id)
    this.assertOwner(by, note?.recalled ? undefined : note)
    if (!note || note.recalled) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    note.recalled = true
    note.recalledAt = at
    this.#keep(note, { keys: [], body: JSON.stringify(blanked(note)), recalled: true })
    this.#follow('notification.recalled', note, { ids: [id] }, at)
  }

  /** Takes away what is older, as if it had never been: only the floor, and what was told of it, are left. */
  retain (since: number, limit: number): number {
    const gone = this.log.filter(({ at }) => at < since).slice(0, limit)
    this.floor = gone.at(-1)?.seq ?? this.floor
    for (const { id } of gone) {
      if (id === null) continue
      this.notes.delete(id)
      this.forget(id)
    }
    return gone.length
  }

  /** Refuses what must be acknowledged if acknowledgements are kept under its id, or its sender may not address whom it escalates to. */
  protected abstract assertDemand (id: string, said: Said): void

  /** Tells of an edit or a recall: to whoever has the notification. */
  #follow (kind: 'notification.updated' | 'notification.recalled', { said, seq, topic }: Note, body: object, at: number): number {
    const [audience, late] = isLate(said) ? [this.standing(said.audience, seq), { isLate: true }] : [said.audience, {}]
    return this.append(kind, audience, at, body, { topic, originSeq: seq, ...late })
  }

  /** Changes what the log has of a notification and its edits. */
  #keep ({ seq }: Note, change: Partial<LogEvent> & { recalled?: boolean }): void {
    for (const event of this.kept) if (event.seq === seq || event.originSeq === seq) Object.assign(event, change)
  }

  /** Recalls what something new takes the place of: the newest of its chain that is still there. */
  #replace (said: Said, at: number): Replaced | undefined {
    const chain = [...this.notes.values()].filter(note => note.seq > this.formerUpTo(said.sender) && isSameChain(note.said, said))
    const before = chain.filter(({ recalled }) => !recalled).at(-1)
    if (!before) return undefined
    this.recall(before.id, at)
    return { id: before.id, count: (before.content.replaced_count ?? 0) + 1 }
  }

  /** What a send is a retry of, or the id that it gets. */
  protected match (said: Said, draft: Draft): { earlier: Named } | { id: string } {
    const { byId, byKey, byLabel } = this.#namesakes(said)
    // A label is no id: what has it may be anything.
    const named = said.label === undefined ? byId ?? byKey : byKey
    if (named && !this.#isRetryOf(said, named)) throw new Refusal('BLF_ID_CONFLICT')
    const earlier = named ?? (this.#isRetryOf(said, byId) ? byId : byLabel)
    if (earlier) return { earlier }
    return { id: said.label !== undefined && byId ? draft.label!.otherId : draft.id }
  }

  /** Puts a notification into the log, in the place of the one that it replaces. */
  protected publish ({ content, ...note }: Omit<Note, 'seq' | 'at' | 'recalled' | 'recalledAt'>, at: number): Receipt {
    const { id, said, topic, expiresAt } = note
    const replaces = this.#replace(said, at)
    const stored: Content = { ...content, id, ...(replaces ? { replaces: replaces.id, replaced_count: replaces.count } : {}) }
    const seq = this.append('notification', said.audience, at, stored, { id, topic, expiresAt })
    this.kept[seq - 1]!.late = isLate(said)
    this.noteMoment(seq)
    this.notes.set(id, { ...note, seq, at, content: stored, recalled: false, recalledAt: null })
    return { id, seq, stored: true, ...(replaces ? { replaces } : {}) }
  }

  /** The company that a send's whole audience is in, null if it is wider. Admins of a company send within it, platform admins anywhere. */
  protected scopeOf ({ by, audience: { users, companies, groups, company = null, not } }: Said): string | null {
    if (by === undefined) return null
    const actor = this.user(by)
    if (!actor) throw new Refusal('BLF_UNAUTHENTICATED')
    const isPlatformAdmin = actor.role === 'admin' && actor.company === null
    const named = users?.filter(id => !not?.users.includes(id)).map(id => this.user(id)?.company ?? null)
    const targets = groups ? [company] : companies
    if (isPlatformAdmin) return targets && new Set(targets).size === 1 ? targets[0]! : null
    const within = targets ?? named
    if (actor.role !== 'admin' || !within?.every(company => company !== null && company === actor.company)) throw new Refusal('BLF_FORBIDDEN')
    return within.length > 0 ? actor.company : null
  }

  /** Who sent it, admins of the company that it went to and to nobody else, and platform admins. */
  protected assertOwner (by: string | undefined, named: Named | undefined): void {
    if (by === undefined) return
    const actor = this.user(by)
    if (!actor) throw new Refusal('BLF_UNAUTHENTICATED')
    if (actor.role === 'admin' && actor.company === null) return
    const isOwn = named !== undefined && this.ownerOf(named) === `user:${by}`
    const isOfCompany = named !== undefined && actor.role === 'admin' && named.scope === actor.company
    if (!isOwn && !isOfCompany) throw new Refusal('BLF_FORBIDDEN')
  }

  /** Up to where nothing that stands under a sender's name is of the one who has the id now; -1 if nobody else had it. */
  protected formerUpTo (sender: string): number {
    const person = this.person(sender.replace('user:', ''))
    return person?.removedAt ?? (person?.since.direct || -1)
  }

  protected ownerOf ({ seq, said: { sender } }: Named): string {
    return seq <= this.formerUpTo(sender) ? '' : sender
  }

  #isRetryOf (said: Said, named: Named | undefined): boolean {
    return named !== undefined && named.seq > this.formerUpTo(said.sender) && isSame(named.said, said)
  }

  /** What was stored before under the names of a send; of its key and its label, only the sender's own. */
  #namesakes ({ id, label, sender, idempotencyKey, ...rest }: Said): Namesakes {
    // A plan keeps its names, whatever becomes of it, also when what was published is gone.
    const all: Named[] = [...this.notes.values(), ...this.plans.values()]
    const own = all.filter(({ seq, said }) => said.sender === sender && seq > this.formerUpTo(sender))
    const name = id ?? label
    return {
      byId: name === undefined ? undefined : this.notes.get(name) ?? this.plans.get(name),
      byKey: idempotencyKey === undefined ? undefined : own.find(({ said }) => said.idempotencyKey === idempotencyKey),
      byLabel: label === undefined ? undefined : own.find(({ said }) => said.label === label && isSame(said, { id, label, sender, ...rest }))
    }
  }
}

/** Recalled: nothing is left that tells of the text. */
function blanked ({ content, topic }: Note): object {
  const { title, message, data, replaces, replaced_count: count, url, actions, acknowledge, ...rest } = content
  return { ...rest, title: null, message: null, data: topic === null ? {} : { topic } }
}
