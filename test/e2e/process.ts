import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Test } from 'tap'

export interface End { code: number | null, signal: NodeJS.Signals | null }

export interface ProcessOptions {
  /** Its working directory. */
  folder: string
  env?: Record<string, string>
  /** What to run; the server, unless said. */
  command?: string[]
  /** Where its standard output goes; a pipe that is read, unless said. */
  stdout?: number | 'pipe'
}

export const PROJECT = join(import.meta.dirname, '../..')
const SERVER = [process.execPath, join(PROJECT, 'src/server.ts')]

/** Of the environment that the tests run in, what is no setting. */
export const bare = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }

/** A new folder, removed when the test ends. */
export async function newFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Lines as they come, all of them kept. */
export class Lines {
  readonly all: string[] = []
  readonly #closed: Promise<unknown>
  #isClosed = false
  #wake: (() => void)[] = []

  constructor (stream: Readable) {
    const reader = createInterface(stream)
    reader.on('line', line => {
      this.all.push(line)
      this.#wakeAll()
    })
    this.#closed = once(reader, 'close').then(() => {
      this.#isClosed = true
      this.#wakeAll()
    })
  }

  /** Resolves when the stream has ended: nothing more will come. */
  async ended (): Promise<string[]> {
    await this.#closed
    return this.all
  }

  /** The groups of the first line that matches; fails if the stream ends without one. */
  async match (pattern: RegExp): Promise<RegExpExecArray> {
    for (let read = 0; ;) {
      while (read < this.all.length) {
        const found = pattern.exec(this.all[read++]!)
        if (found) return found
      }
      if (this.#isClosed) throw new Error(`ended without a line like ${String(pattern)}`)
      await new Promise<void>(resolve => { this.#wake.push(resolve) })
    }
  }

  #wakeAll (): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** A process of Belfry's and those it starts, killed at the latest when the test ends. */
export class Process {
  readonly child: ChildProcess
  readonly out: Lines
  readonly err: Lines
  readonly ended: Promise<End>

  constructor (t: Test, { folder, env = {}, command: [file, ...args] = SERVER, stdout }: ProcessOptions) {
    this.child = spawn(file!, args, {
      cwd: folder,
      // A group of its own, so that nothing it started is left.
      detached: true,
      env: { ...bare, PORT: '0', ...env },
      stdio: ['ignore', stdout ?? 'pipe', 'pipe']
    })
    this.out = new Lines(stdout === undefined ? this.child.stdout! : Readable.from([]))
    this.err = new Lines(this.child.stderr!)
    this.ended = once(this.child, stdout === undefined ? 'close' : 'exit').then(([code, signal]) => ({ code, signal }) as End)
    t.teardown(async () => {
      killGroup(this.child)
      await this.ended
    })
  }

  /** Where it listens, once it does. */
  async url (): Promise<string> {
    try {
      return (await this.out.match(/"msg":"Server listening at (http:[^"]+)"/))[1]!
    } catch (error) {
      throw new Error(`it did not start: ${this.err.all.join('\n')}`, { cause: error })
    }
  }

  kill (signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal)
  }

  /** Ends it as an operator does, and says how it ended. */
  async stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<End> {
    this.kill(signal)
    return await this.ended
  }
}

export interface Running extends Process { base: string }

/** A server that listens. */
export async function serve (t: Test, options: ProcessOptions): Promise<Running> {
  const server = new Process(t, options)
  return Object.assign(server, { base: await server.url() })
}

/** Runs a server that is expected to end by itself: how, and what it said. */
export async function run (t: Test, options: ProcessOptions): Promise<End & { out: string[], err: string[] }> {
  const server = new Process(t, options)
  return { ...await server.ended, out: await server.out.ended(), err: await server.err.ended() }
}

function killGroup ({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
