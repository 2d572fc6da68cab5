import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TICKS_PER_SECOND = 100
const TASKSET = '/usr/bin/taskset'
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** Some packages look for parts of Node that are experimental, of which it would tell in the middle of the tables. */
const QUIET = { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' }

/** Whether servers and load get a core each: not with `--unpinned`, where the system says who runs where. */
export const canPin = availableParallelism() > LOAD_CORE && existsSync(TASKSET) && !process.argv.includes('--unpinned')

/** The command that runs another one on one core, where the system has such a thing. */
export function pinned (core: number, command: string): { command: string, args: string[] } {
  return canPin ? { command: TASKSET, args: ['-c', String(core), command] } : { command, args: [] }
}

export function pathTo (module: string): string {
  return fileURLToPath(new URL(`../${module}`, import.meta.url))
}

/** What the system says of a process. */
class Watched {
  readonly process: ChildProcess

  constructor (child: ChildProcess) {
    this.process = child
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

  /** Resolves when the process has ended, however it did. */
  async ended (): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
  }

  async stop (): Promise<void> {
    const ended = this.ended()
    this.process.kill('SIGTERM')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(timer)
  }
}

/** A server under measurement: says where it listens in the first line it prints. */
export class Server extends Watched {
  readonly port: number
  readonly #lines: Interface

  private constructor (child: ChildProcess, port: number, lines: Interface) {
    super(child)
    this.port = port
    this.#lines = lines
  }

  static async start (command: string, args: string[], env: Record<string, string> = {}): Promise<Server> {
    const run = pinned(SERVER_CORE, command)
    const child = spawn(run.command, [...run.args, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    const failed = once(child, 'exit').then(([code]) => { throw new Error(`${args.join(' ')} exited with ${String(code)}`) })
    const lines = createInterface(child.stdout!)
    const [line] = await Promise.race([once(lines, 'line'), failed]) as [string]
    failed.catch(() => {})
    return new Server(child, (JSON.parse(line) as { port: number }).port, lines)
  }

  /** Starts a server of Node.js as Belfry is started: with no more threads than there are processors for. */
  static async startNode (module: string, env?: Record<string, string>): Promise<Server> {
    return await Server.start(process.execPath, ['--v8-pool-size=0', pathTo(`servers/${module}`)], env)
  }

  /** The longest turn of Belfry's event loop since this was last asked for, at the most, and the most CPU of one, milliseconds; the first time, it begins to measure. */
  async longestTurn (): Promise<{ turnMs: number, cpuMs: number }> {
    const { promise, resolve } = Promise.withResolvers<{ turnMs: number, cpuMs: number }>()
    const onLine = (line: string) => { if (line.startsWith('{"turnMs":')) resolve(JSON.parse(line) as { turnMs: number, cpuMs: number }) }
    this.#lines.on('line', onLine)
    this.process.kill('SIGUSR2')
    const turn = await promise
    this.#lines.off('line', onLine)
    return turn
  }
}

/** A load process: asked by messages. */
export class Load extends Watched {
  #calls = 0

  static async start (module = 'load.ts'): Promise<Load> {
    const run = pinned(LOAD_CORE, process.execPath)
    const child = fork(pathTo(module), [], { execPath: run.command, execArgv: run.args, serialization: 'advanced', env: { ...process.env, ...QUIET } })
    await once(child, 'message')
    return new Load(child)
  }

  /** Asks the process to do something and waits for the result. */
  async ask<T> (name: string, args: unknown = {}): Promise<T> {
    const id = ++this.#calls
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // Its own listener: answers to several calls may come in one turn.
    const onMessage = (message: { id: number, result?: T, error?: string }) => {
      if (message.id !== id) return
      this.process.off('message', onMessage)
      if (message.error !== undefined) reject(new Error(message.error))
      else resolve(message.result as T)
    }
    this.process.on('message', onMessage)
    this.process.send({ id, name, args })
    return await promise
  }
}
