import { addressing, keysOfAudience, type Audience } from '../../../../../src/log/audience.ts'
import type { AcknowledgeResult, Acknowledgement, Reminded } from '../../../../../src/store/contract/demands.ts'
import type { Reported } from '../../../../../src/store/contract/reports.ts'
import type { Receipt } from '../../../../../src/store/store.ts'
import type { Content, Note } from '../../model/notes.ts'
import { Refusal } from '../../model/people.ts'
import type { Said } from '../../model/said.ts'
import { Recipients, endOf } from './recipients.ts'

/** What is asked of the readers of a notification. It outlives the notification. */
interface Owed extends NonNullable<Said['demand']> {
  id: string
  seq: number
  said: Said
  scope: string | null
  at: number
  reminded: number
  /** When there is something to do next; null for never. */
  nextAt: number | null
}

const MAX_REMINDERS = 6

/** The part of the model that is about what must be acknowledged. */
export abstract class Demands extends Recipients {
  readonly #owed: Owed[] = []

  protected override publish (note: Parameters<Recipients['publish']>[0], at: number): Receipt {
    const receipt = super.publish(note, at)
    const { said, scope } = note
    if (!said.demand) return receipt
    const owed: Owed = { ...said.demand, id: receipt.id, seq: receipt.seq, said, scope, at, reminded: 0, nextAt: null }
    this.#owed.push({ ...owed, nextAt: nextOf(owed) })
    return receipt
  }

  protected override assertDemand (id: string, { demand, by }: Said): void {
    if (!demand) return
    if (this.#owed.some(owed => owed.id === id)) throw new Refusal('BLF_ID_CONFLICT')
    if (demand.escalateTo) this.#scopeOfEscalation(by, demand.escalateTo)
  }

  /** Whether somebody has to acknowledge what is in the inbox. */
  protected isOwed (userId: string, { seq }: Note): boolean {
    return this.#owed.some(owed => owed.seq === seq) && this.acknowledgement(userId, seq) === undefined
  }

  acknowledge (userId: string, ids: string[], at: number): AcknowledgeResult {
    const inbox = new Map(this.items(userId, at).filter(({ state }) => !state.deleted).map(({ note }) => [note.id, note]))
    const result: Pick<AcknowledgeResult, 'found' | 'missing' | 'refused'> = { found: [], missing: [], refused: [] }
    const fresh: Acknowledgement[] = []
    for (const id of new Set(ids)) {
      const note = inbox.get(id)
      const owed = note && this.#owed.find(({ seq }) => seq === note.seq)
      if (!note) result.missing.push(id)
      else if (!owed) result.refused.push({ id, code: 'BLF_NOT_ACKNOWLEDGEABLE' })
      else {
        const before = this.acknowledgement(userId, note.seq)
        const first = before ?? { at, late: owed.by !== undefined && at > owed.by }
        if (!before) fresh.push({ id, ...first })
        if (!this.acknowledged.has(note.seq)) this.acknowledged.set(note.seq, new Map())
        this.acknowledged.get(note.seq)!.set(userId, first)
        result.found.push({ id, ...first })
      }
    }
    const [unread, unseen] = [this.unread(userId, at), this.unseen(userId, at)]
    if (fresh.length > 0) {
      const late = fresh.filter(({ late }) => late).map(({ id }) => id)
      this.append('notification.acknowledged', { users: [userId] }, at, { ids: fresh.map(({ id }) => id), at: new Date(at).toISOString(), late, unread_count: unread, unseen_count: unseen })
    }
    return { ...result, unread, unseen, seq: this.head, hasChanged: fresh.length > 0 }
  }

  nextDemand (now: number): number | null {
    const times = this.#owed.flatMap(({ nextAt }) => nextAt ?? [])
    return times.length === 0 ? null : Math.max(0, Math.min(...times) - now)
  }

  /** Gives all reminders, and tells of all that is over, in the order of their times. */
  remindDue (now: number): Omit<Reminded, 'more'> {
    const total = { reminders: 0, escalations: 0 }
    while (true) {
      const [owed] = this.#owed.filter(({ nextAt }) => nextAt !== null && nextAt <= now).sort((a, b) => a.nextAt! - b.nextAt! || a.seq - b.seq)
      if (!owed) return total
      const note = this.notes.get(owed.id)
      const isOver = owed.nextAt === owed.by
      if (note?.seq !== owed.seq || note.recalled) owed.nextAt = null
      // Nobody is reminded of what has expired; whom to tell is told all the same.
      else if (!isOver && endOf(note, now) <= now) owed.nextAt = owed.escalateTo ? owed.by! : null
      else if (isOver) {
        owed.nextAt = null
        if (this.#escalate(owed, note, now)) total.escalations += 1
      } else {
        total.reminders += this.#remind(owed, note, now)
        // What no node could do is left out.
        owed.reminded = Math.max(owed.reminded + 1, Math.floor((now - owed.at) / (owed.remindSeconds! * 1_000)))
        owed.nextAt = nextOf(owed)
      }
    }
  }

  /** An event for each key of the audience, to those who were first of it. */
  #remind ({ seq, by, id, reminded }: Owed, note: Note, now: number): number {
    const owing = this.expected(note).filter(({ owes }) => owes)
    const { users } = note.said.audience
    const parts = users ? [owing] : addressing(keysOfAudience(note.said.audience)).map(key => owing.filter(each => each.key === key))
    const told = parts.filter(({ length }) => length > 0)
    for (const part of told) {
      const body = { id, number: reminded + 1, ...(by === undefined ? {} : { by: new Date(by).toISOString() }) }
      this.append('notification.reminder', { users: part.map(({ user }) => user) }, now, body, { topic: note.topic, expiresAt: note.expiresAt, originSeq: seq })
    }
    return told.length
  }

  /** Whether anybody was told. */
  #escalate ({ id, seq, said, by, escalateTo }: Owed, note: Note, now: number): boolean {
    const concerned = this.expected(note).filter(({ muted, left }) => !muted && !left)
    const outstanding = concerned.filter(({ owes }) => owes).length
    const scope = outstanding > 0 && escalateTo ? this.#mayEscalate(seq, said, escalateTo) : undefined
    if (scope === undefined) return false
    const wanted = `${id}.escalation`
    const free = this.notes.has(wanted) || this.plans.has(wanted) ? `${wanted}.${seq}` : wanted
    const { topic } = note
    const title = String(note.content['title'])
    const content: Content = {
      id: free,
      title: `Not acknowledged: ${title}`,
      message: `${outstanding} of ${concerned.length} had not acknowledged it by ${new Date(by!).toISOString()}.`,
      type: 'warning',
      created_at: new Date(now).toISOString(),
      read: false,
      data: { ...(topic === null ? {} : { topic }), key: 'escalation', args: { title, outstanding, recipients: concerned.length }, notification_id: id }
    }
    const told: Said = { sender: said.sender, audience: escalateTo!, title: content['title'] as string, type: 'warning', topic, expiresAt: null, id: `of ${seq}` }
    this.publish({ id: free, said: told, scope, type: 'warning', topic, expiresAt: null, content }, now)
    return true
  }

  /** The scope of an escalation; undefined if its sender may no longer address both audiences. */
  #mayEscalate (seq: number, said: Said, escalateTo: Audience): string | null | undefined {
    if (seq <= this.formerUpTo(said.sender)) return undefined
    try {
      this.scopeOf(said)
      return this.#scopeOfEscalation(said.by, escalateTo)
    } catch {
      return undefined
    }
  }

  #scopeOfEscalation (by: string | undefined, audience: Audience): string | null {
    const scope = this.scopeOf({ by, audience } as Said)
    this.assertGroups(audience)
    return scope
  }

  reported (id: string): Reported | undefined {
    const note = this.notes.get(id)
    if (note) return { id, seq: note.seq, owner: this.ownerOf(note), scope: note.scope, keys: keysOfAudience(note.said.audience), isGone: false }
    const owed = this.#owed.find(owed => owed.id === id)
    return owed && { id, seq: owed.seq, owner: this.ownerOf({ ...owed, topic: null, type: '', expiresAt: null }), scope: owed.scope, keys: [], isGone: true }
  }

  /** Who acknowledged it, also when it is gone. */
  acknowledgers (id: string): { userId: string, at: number, late: boolean }[] {
    const { seq = 0 } = this.#owed.find(owed => owed.id === id) ?? {}
    return [...this.acknowledged.get(seq) ?? []].sort(([a], [b]) => a < b ? -1 : 1).map(([userId, { at, late }]) => ({ userId, at, late }))
  }

  /** Forgets what was asked of notifications that were sent before, and are gone. */
  forgetDemands (before: number): void {
    for (const owed of this.#owed.filter(({ at, seq }) => at < before && seq <= this.floor)) {
      this.#owed.splice(this.#owed.indexOf(owed), 1)
      this.acknowledged.delete(owed.seq)
    }
  }
}

/** The next reminder, unless it is due first; then whom to tell, if anybody. */
function nextOf ({ at, by = Infinity, remindSeconds, reminders = MAX_REMINDERS, reminded, escalateTo }: Owed): number | null {
  const next = remindSeconds !== undefined && reminded < reminders ? at + (reminded + 1) * remindSeconds * 1_000 : Infinity
  if (next < by) return next
  return escalateTo ? by : null
}
