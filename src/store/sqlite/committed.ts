import type { LogEvent } from '../../log/event.ts'
import type { Committed, Outcome, Write } from '../ops/index.ts'
import type { Draft, Receipt } from '../store.ts'

/**
 * A commit's result as the writer's thread answers it. Of a send that stored its draft as it is, only the `seq`: the
 * serving thread still has the draft, and makes the receipt and the event from it.
 */
export interface CompactCommitted { outcomes: (Outcome | number)[], events: LogEvent[] }

/** Leaves out what `expand` restores. */
export function compact ({ outcomes, events }: Committed, writes: Write[]): CompactCommitted {
  const sent = new Set<number>()
  const compacted = outcomes.map((outcome, index) => {
    const seq = seqOfDraft(outcome as Outcome<Receipt>, writes[index]!)
    if (seq === undefined) return outcome
    sent.add(seq)
    return seq
  })
  return { outcomes: compacted, events: sent.size === events.length ? [] : events.filter(({ seq }) => !sent.has(seq)) }
}

/** The `seq` of the draft that a write stored as it is; undefined if it did something else. */
function seqOfDraft (outcome: Outcome<Receipt>, write: Write): number | undefined {
  if (write.name !== 'notify' || !outcome.ok) return undefined
  const { stored, id, seq, replaces } = outcome.value
  return stored && replaces === undefined && id === write.args[0].id ? seq : undefined
}

export function expand ({ outcomes, events }: CompactCommitted, writes: Write[]): Committed {
  const sent: LogEvent[] = []
  const expanded = outcomes.map((outcome, index) => {
    if (typeof outcome !== 'number') return outcome
    const [draft] = writes[index]!.args as [Draft]
    sent.push(eventOf(draft, outcome))
    return { ok: true as const, value: { id: draft.id, seq: outcome, stored: true } }
  })
  // Writes take their `seq`s in order, so either list is in order.
  return { outcomes: expanded, events: events.length === 0 ? sent : [...events, ...sent].sort((a, b) => a.seq - b.seq) }
}

function eventOf ({ id, keys, topic, at, expiresAt, body }: Draft, seq: number): LogEvent {
  return { seq, kind: 'notification', id, keys, topic, at, expiresAt, body }
}
