import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'

const TICKS_PER_SECOND = 100
const TASKSET = '/usr/bin/taskset'

/** A process of the benchmark: started on a core of its own where the system allows, spoken to by messages. */
export class Child {
  readonly process: ChildProcess
  #calls = 0

  private constructor (child: ChildProcess) {
    this.process = child
  }

  /** Starts a module and waits until it says it is ready. */
  static async start<Ready> (module: string, options: { core: number, env?: Record<string, string>, cwd?: string, args?: string[] }): Promise<{ child: Child, ready: Ready }> {
    const canPin = availableParallelism() > options.core && existsSync(TASKSET)
    const child = fork(new URL(`../${module}`, import.meta.url), options.args ?? [], {
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(canPin ? { execPath: TASKSET, execArgv: ['-c', String(options.core), process.execPath] } : {}),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    const failed = once(child, 'exit').then(([code]) => { throw new Error(`${module} exited with ${String(code)}`) })
    const [message] = await Promise.race([once(child, 'message'), failed]) as [{ ready: Ready }]
    failed.catch(() => {})
    return { child: new Child(child), ready: message.ready }
  }

  /** Asks the process to do something and waits for the result. */
  async ask<T> (name: string, args: unknown = {}): Promise<T> {
    const id = ++this.#calls
    this.process.send({ id, name, args })
    while (true) {
      const [message] = await once(this.process, 'message') as [{ id: number, result?: T, error?: string }]
      if (message.id !== id) continue
      if (message.error !== undefined) throw new Error(message.error)
      return message.result as T
    }
  }

  /** CPU seconds the whole process (all of its threads) has used. */
  cpu (): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  /** Resident memory, bytes. */
  rss (): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))![1]) * 1024
  }

  async stop (): Promise<void> {
    const exited = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exited
  }
}

/** The other end: answers what a Child asks. */
export function serve (handlers: Record<string, (args: never) => unknown>, ready: unknown): void {
  process.on('message', async ({ id, name, args }: { id: number, name: string, args: unknown }) => {
    try {
      process.send!({ id, result: await handlers[name]!(args as never) })
    } catch (error) {
      process.send!({ id, error: String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send!({ ready })
}
