import { keysOfAudience } from '../../../../src/log/audience.ts'
import type { SentFilter, SentRecord, SentView } from '../../../../src/store/sent.ts'
import type { Note } from './notes.ts'
import { Plans } from './plans.ts'

/** The part of the model that is about what was sent, as its senders see it. */
export abstract class Sent extends Plans {
  listSent ({ limit, reach, before = Infinity, q = '', topic, type, sender, from = -Infinity, to = Infinity }: SentFilter): SentView {
    const found = [...this.notes.values()].reverse().filter(note => {
      const title = String(note.content['title'] ?? '').toLowerCase()
      const isReached = reach === null || this.ownerOf(note) === reach.owner || (reach.company !== null && note.scope === reach.company)
      return isReached && note.seq < before && (note.recalled ? q === '' : title.startsWith(q.toLowerCase())) && (topic === undefined || note.topic === topic) &&
        (type === undefined || note.type === type) && (sender === undefined || note.said.sender === sender) && note.at >= from && note.at <= to
    })
    const records = found.slice(0, limit).map(note => this.#toRecord(note))
    return { records, nextBefore: found.length > limit ? records.at(-1)!.seq : null }
  }

  sentNotification (id: string): SentRecord | undefined {
    const note = this.notes.get(id)
    return note && this.#toRecord(note)
  }

  #toRecord (note: Note): SentRecord {
    const { id, seq, scope, type, topic, at, expiresAt, recalledAt, said: { sender, audience } } = note
    const owner = this.ownerOf(note)
    return { id, seq, owner, sender, scope, type, topic, keys: keysOfAudience(audience), at, expiresAt, recalledAt, body: this.kept[seq - 1]!.body }
  }
}
