import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { within } from '../within.ts'
import { SECRET } from './people.ts'

const ROOT = join(import.meta.dirname, '../..')
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const leave = (signal: NodeJS.Signals) => {
  process.stderr.write(`ended by ${signal}\n`)
  process.exit(1)
}
/** How long anything may take before it counts as hanging. */
export const DEADLINE_MS = 30_000

export interface ServerOptions {
  env?: Record<string, string>
  /** What to run instead of the server. */
  entry?: string[]
}

/** A real server process on a store of its own, which is killed, stopped and started again. */
export class ServerProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'belfry-chaos-'))
  #options: ServerOptions
  #child: ChildProcess | undefined
  #up = Promise.withResolvers<string>()
  #isWanted = false
  #port: number | undefined
  /** Whose connections it has closed as slow, once for each, when it is gone. */
  readonly #overloaded: string[] = []
  /** What it logged as an error, the newest last. */
  readonly complaints: string[] = []

  constructor (options: ServerOptions = {}) {
    this.#options = options
    process.once('exit', this.#abandon)
    for (const signal of SIGNALS) process.once(signal, leave)
    // Nobody waits for it before it was started once.
    this.#up.promise.catch(() => {})
  }

  /** The address it listens on, once it does; waits through a restart. */
  up (): Promise<string> {
    return this.#up.promise
  }

  /** Where it listens; undefined while it does not. */
  get port (): number | undefined {
    return this.#port
  }

  /** Its memory, bytes. */
  get resident (): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child!.pid}/status`, 'utf8'))?.[1]) * 1024
  }

  /** Sets more of its environment, from its next start on. */
  use (env: Record<string, string>): void {
    this.#options = { ...this.#options, env: { ...this.#options.env, ...env } }
  }

  /** Starts it; resolves when it listens. */
  async start (): Promise<string> {
    const { env = {}, entry = ['src/server.ts'] } = this.#options
    const child = spawn(process.execPath, entry, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(this.#folder, 'cache'),
        DATABASE_URL: `sqlite:${join(this.#folder, 'belfry.db')}`,
        JWT_SECRET: SECRET,
        ADMIN_PASSWORD: 'not-used-by-anybody',
        PORT: '0',
        RATE_LIMIT: '0',
        LOGIN_RATE_LIMIT: '0',
        MAX_CONNECTIONS_PER_USER: '10000',
        DRAIN_SECONDS: '2',
        ...env
      }
    })
    this.#child = child
    this.#isWanted = true
    child.once('exit', (code, signal) => {
      if (this.#isWanted && child === this.#child) this.#fail(new Error(`the server ended by itself (${code ?? signal}): ${this.complaints.join('\n')}`))
    })
    this.#listen(child)
    return await within(this.#up.promise, 'the server to listen')
  }

  /** `kill -9`. */
  async kill (): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to end; how it did: its exit code. */
  async stop (): Promise<number | null> {
    return await this.#end('SIGTERM')
  }

  /** Stops it in the middle of whatever it does, as a machine that hangs, or lets it go on. */
  /** How many connections of a user it has closed as slow, and is done with. */
  overloadsOf (user: string): number {
    return this.#overloaded.filter(line => line.includes(`"user:${user}"`)).length
  }

  suspend (): void { this.#child!.kill('SIGSTOP') }
  resume (): void { this.#child!.kill('SIGCONT') }
  /** For an `entry` that knows what it means. */
  signal (): void { this.#child!.kill('SIGUSR2') }

  /** Ends it and removes its folder. */
  async dispose (): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.kill()
    process.off('exit', this.#abandon)
    for (const signal of SIGNALS) process.off(signal, leave)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** When this process ends first, it leaves nothing behind. */
  readonly #abandon = () => {
    this.#child?.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Whoever waits for it, or will, hears of it. */
  #fail (error: Error): void {
    this.#up.reject(error)
    this.#up = Promise.withResolvers<string>()
    this.#up.promise.catch(() => {})
    this.#up.reject(error)
  }

  async #end (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child!
    this.#isWanted = false
    this.#port = undefined
    this.#up = Promise.withResolvers<string>()
    this.#up.promise.catch(() => {})
    const exit = once(child, 'exit') as Promise<[number | null]>
    child.kill(signal)
    const [code] = await within(exit, `the server to end after ${signal}`)
    return code
  }

  #listen (child: ChildProcess): void {
    const { resolve } = this.#up
    let head: string | undefined = ''
    let rest = ''
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      if (/"level":[56]0/.test(chunk)) this.#complain(chunk)
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop()!
      this.#overloaded.push(...lines.filter(line => line.includes('"code":1013')))
      if (head === undefined) return
      head += chunk
      const address = /Server listening at (http:[^"]+)/.exec(head)?.[1]
      if (address === undefined) return
      head = undefined
      this.#port = Number(new URL(address).port)
      resolve(address)
    })
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => { this.complaints.push(chunk) })
  }

  #complain (chunk: string): void {
    if (this.complaints.length > 100) this.complaints.shift()
    this.complaints.push(...chunk.split('\n').filter(line => /"level":[56]0/.test(line)))
  }
}
