import type { LogEvent } from '../../../../src/log/event.ts'
import type { Edit, EditReceipt, NotificationRecord, Receipt, Replaced } from '../../../../src/store/store.ts'
import { People, Refusal } from './people.ts'
import { isSame, isSameChain, type Said, type Sending } from './said.ts'

/** A notification, with its newest content. */
export interface Note {
  id: string
  seq: number
  said: Said
  topic: string | null
  type: string
  expiresAt: number | null
  content: Content
  recalled: boolean
}

interface Content { revision?: number, replaced_count?: number, data: object, [field: string]: unknown }
interface Namesakes { byId?: Note | undefined, byKey?: Note | undefined, byLabel?: Note | undefined }

const MAX_REVISIONS = 50

/** The part of the model that is about notifications: sends, retries, edits, chains, recalls and retention. */
export abstract class Notes extends People {
  floor = 0
  protected readonly notes = new Map<string, Note>()

  /** What is kept of all that was told, as it is read now. */
  get log (): LogEvent[] {
    return this.kept.slice(this.floor).map(({ recalled, ...event }) => event)
  }

  notify ({ said, draft }: Sending): Receipt {
    const { byId, byKey, byLabel } = this.#namesakes(said)
    const upTo = this.#formerUpTo(said.sender)
    const isRetryOf = (note: Note | undefined) => note !== undefined && note.seq > upTo && isSame(note.said, said)
    // A label is no id: what has it may be anything.
    const named = said.label === undefined ? byId ?? byKey : byKey
    if (named && !isRetryOf(named)) throw new Refusal('BLF_ID_CONFLICT')
    const earlier = named ?? (isRetryOf(byId) ? byId : byLabel)
    if (earlier) return { id: earlier.id, seq: earlier.seq, stored: false }
    const id = said.label !== undefined && byId ? draft.label!.otherId : draft.id
    const replaces = this.#replace(said, draft.at)
    const content: Content = { ...JSON.parse(draft.body), id, ...(replaces ? { replaces: replaces.id, replaced_count: replaces.count } : {}) }
    const { topic, expiresAt, type } = said
    const seq = this.append('notification', said.audience, draft.at, content, { id, topic, expiresAt })
    this.notes.set(id, { id, seq, said, topic, expiresAt, type, content, recalled: false })
    return { id, seq, stored: true, ...(replaces ? { replaces } : {}) }
  }

  isRetry (said: Said): boolean {
    const upTo = this.#formerUpTo(said.sender)
    return Object.values(this.#namesakes(said)).some((note: Note | undefined) => note !== undefined && note.seq > upTo && isSame(note.said, said))
  }

  notification (id: string): NotificationRecord | undefined {
    const note = this.notes.get(id)
    if (!note || note.recalled) return undefined
    const { seq, topic, said: { sender } } = note
    return { id, sender: seq <= this.#formerUpTo(sender) ? '' : sender, scope: null, topic, isLate: false }
  }

  edit (id: string, { fields, type, expiresAt, revision }: Edit, at: number): EditReceipt {
    const note = this.notes.get(id)
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
    const seq = this.append('notification.updated', note.said.audience, at, shown, { topic: note.topic, originSeq: note.seq })
    this.#keep(note, { expiresAt: note.expiresAt })
    this.events.at(-1)!.expiresAt = note.expiresAt
    this.kept[note.seq - 1]!.body = JSON.stringify(note.content)
    return { id, revision: current + 1, seq }
  }

  recall (id: string, at: number): void {
    const note = this.notes.get(id)
    if (!note || note.recalled) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    note.recalled = true
    this.append('notification.recalled', note.said.audience, at, { ids: [id] })
    this.#keep(note, { keys: [], body: JSON.stringify(blanked(note)), recalled: true })
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

  /** Changes what the log has of a notification and its edits. */
  #keep ({ seq }: Note, change: Partial<LogEvent> & { recalled?: boolean }): void {
    for (const event of this.kept) if (event.seq === seq || event.originSeq === seq) Object.assign(event, change)
  }

  /** Recalls what something new takes the place of: the newest of its chain that is still there. */
  #replace (said: Said, at: number): Replaced | undefined {
    const chain = [...this.notes.values()].filter(note => note.seq > this.#formerUpTo(said.sender) && isSameChain(note.said, said))
    const before = chain.filter(({ recalled }) => !recalled).at(-1)
    if (!before) return undefined
    this.recall(before.id, at)
    return { id: before.id, count: (before.content.replaced_count ?? 0) + 1 }
  }

  /** Up to where nothing that stands under a sender's name is of the one who has the id now. */
  #formerUpTo (sender: string): number {
    const person = this.person(sender.replace('user:', ''))
    return person?.removedAt ?? person?.since.direct ?? 0
  }

  /** What was stored before under the names of a send; of its key and its label, only the sender's own. */
  #namesakes ({ id, label, sender, idempotencyKey, ...rest }: Said): Namesakes {
    const own = [...this.notes.values()].filter(({ seq, said }) => said.sender === sender && seq > this.#formerUpTo(sender))
    const name = id ?? label
    return {
      byId: name === undefined ? undefined : this.notes.get(name),
      byKey: idempotencyKey === undefined ? undefined : own.find(({ said }) => said.idempotencyKey === idempotencyKey),
      byLabel: label === undefined ? undefined : own.find(({ said }) => said.label === label && isSame(said, { id, label, sender, ...rest }))
    }
  }
}

/** Recalled: nothing is left that tells of the text. */
function blanked ({ content, topic }: Note): object {
  const { title, message, data, replaces, replaced_count: count, url, ...rest } = content
  return { ...rest, title: null, message: null, data: topic === null ? {} : { topic } }
}
