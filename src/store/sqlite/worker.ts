import { parentPort, workerData } from 'node:worker_threads'
import type { Write } from '../ops/index.ts'
import { compact, type CompactCommitted } from './committed.ts'
import { Writer, type WriterOptions } from './writer.ts'

export interface WorkerData { path: string, options: WriterOptions }
export type ToWorker = { writes: Write[] } | { close: true }
export type FromWorker =
  | { ready: { epoch: string } }
  | { committed: CompactCommitted }
  | { failed: { message: string, errcode: number | undefined } }
  | { closed: true }

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
        answer({ committed: compact(writer.commit(message.writes), message.writes) })
      }
    } catch (error) {
      failed(error)
    }
  })
  answer({ ready: { epoch: writer.epoch } })
} catch (error) {
  failed(error)
}
