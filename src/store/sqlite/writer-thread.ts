import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Committed, Write } from '../ops/index.ts'
import { expand } from './committed.ts'
import type { FromWorker, ToWorker, WorkerData } from './worker.ts'
import type { WriterOptions } from './writer.ts'

const STOPPED: FromWorker = { failed: { message: 'the writer has stopped', errcode: undefined } }

/** The serving thread's handle of a writer in a worker thread. */
export class WriterThread {
  readonly epoch: string
  readonly #worker: Worker
  #isDead = false
  #waiting: ((message: FromWorker) => void)[] = []

  /** Rejects if the writer cannot open the file. */
  static async open (path: string, options: WriterOptions): Promise<WriterThread> {
    // Without the process's preloads (--import): the worker needs none, and they slow its start.
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { path, options } satisfies WorkerData, execArgv: [] })
    const [text] = await once(worker, 'message') as [string]
    const message = JSON.parse(text) as FromWorker
    if ('ready' in message) return new WriterThread(worker, message.ready.epoch)
    await worker.terminate()
    throw toError(message)
  }

  private constructor (worker: Worker, epoch: string) {
    this.#worker = worker
    this.epoch = epoch
    worker.on('message', (text: string) => this.#waiting.shift()?.(JSON.parse(text)))
    // The outcome of a commit is lost with its worker: waiting writes were not acknowledged, so they fail.
    const fail = (error: Error) => {
      this.#isDead = true
      const waiting = this.#waiting
      this.#waiting = []
      for (const settle of waiting) settle({ failed: { message: error.message, errcode: undefined } })
    }
    worker.on('error', fail)
    worker.on('exit', () => fail(toError(STOPPED)))
  }

  async commit (writes: Write[]): Promise<Committed> {
    const message = await this.#ask({ writes })
    if ('committed' in message) return expand(message.committed, writes)
    throw toError(message)
  }

  /** Throws if the writer has stopped; it is not restarted before the server is. */
  assertAlive (): void {
    if (this.#isDead) throw toError(STOPPED)
  }

  async close (): Promise<void> {
    if (this.#isDead) return
    const exited = once(this.#worker, 'exit')
    await this.#ask({ close: true })
    await exited
  }

  #ask (message: ToWorker): Promise<FromWorker> {
    if (this.#isDead) return Promise.resolve(STOPPED)
    const { promise, resolve } = Promise.withResolvers<FromWorker>()
    this.#waiting.push(resolve)
    this.#worker.postMessage(JSON.stringify(message))
    return promise
  }
}

function toError (message: FromWorker): Error {
  const { message: text, errcode } = 'failed' in message ? message.failed : { message: 'unexpected answer', errcode: undefined }
  return Object.assign(new Error(text), { errcode })
}
