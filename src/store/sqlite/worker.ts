import { parentPort, workerData } from 'node:worker_threads'
import type { Committed, Outcome, Write } from '../ops/index.ts'
import type { LogEvent } from '../../log/event.ts'
import type { Published } from '../plans.ts'
import { Writer, type WriterOptions } from './writer.ts'

export interface WorkerData { path: string, options: WriterOptions }
export type ToWorker = { writes: Write[] } | { close: true }
export type FromWorker =
  | { ready: { epoch: string } }
  | { committed: Committed }
  | { failed: { message: string, errcode: number | undefined } }
  | { closed: true }

/** Leaves out of notifications what the serving thread still has if it sent them: everything but `seq`, kind and id. */
function omitDrafts ({ outcomes, events }: Committed, writes: Write[]): Committed {
  const published = seqsOfPublished(outcomes, writes)
  const isSent = ({ kind, seq }: LogEvent) => kind === 'notification' && !published.has(seq)
  return { outcomes, events: events.map(event => isSent(event) ? { seq: event.seq, kind: event.kind, id: event.id } as LogEvent : event) }
}

/** The `seq` of notifications that come from plans: the serving thread has no drafts of them. */
function seqsOfPublished (outcomes: Outcome[], writes: Write[]): Set<number> {
  const seqs = new Set<number>()
  for (const [index, { name }] of writes.entries()) {
    const outcome = outcomes[index] as Outcome<Published>
    if (name === 'publishDue' && outcome.ok) for (const seq of outcome.value.seqs) seqs.add(seq)
  }
  return seqs
}

/** The thread that commits batches, one at a time, in the order they arrive. */
const port = parentPort!
// As JSON text: it is faster than the structured clone of many small objects.
const answer = (message: FromWorker) => port.postMessage(JSON.stringify(message))
const failed = (error: unknown) => answer({
  failed: { message: (error as Error).message, errcode: (error as { errcode?: number }).errcode }
})

try {
  const { path, options } = workerData as WorkerData
  const writer = new Writer(path, options)
  port.on('message', (text: string) => {
    try {
      const message = JSON.parse(text) as ToWorker
      if ('close' in message) {
        writer.close()
        answer({ closed: true })
        port.close()
      } else {
        answer({ committed: omitDrafts(writer.commit(message.writes), message.writes) })
      }
    } catch (error) {
      failed(error)
    }
  })
  answer({ ready: { epoch: writer.epoch } })
} catch (error) {
  failed(error)
}
