import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import process from 'node:process'
import type { Test } from 'tap'

// Below the ports that systems give to outgoing connections and to whoever listens on port 0.
const FIRST_PORT = 10_000
const LAST_PORT = 32_000

/** A port that nobody listens on, and that nobody is given who does not ask for it. */
export async function freePort (): Promise<number> {
  const port = randomInt(FIRST_PORT, LAST_PORT)
  const probe = createServer()
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return await freePort()
    throw error
  }
  await once(probe.close(), 'close')
  return port
}

export interface Server {
  child: ChildProcess
  exited: Promise<unknown>
}

// The shell between us and the server ends it when our end of its input is gone, however we end.
const GUARD = '"$@" <&- & server=$!; read _; kill -$SIGNAL $server; wait $server'

export interface ServerOptions {
  uid?: number
  gid?: number
  cwd: string
  signal: 'QUIT' | 'TERM' | 'INT'
  /** Fails until the server answers. */
  answers: () => Promise<unknown>
}

/** Runs a server that lives no longer than this process; resolves when it answers. */
export async function serve (command: string, args: string[], { signal, answers, ...options }: ServerOptions): Promise<Server> {
  const child = spawn('sh', ['-c', GUARD, 'sh', command, ...args], { ...options, env: { ...process.env, SIGNAL: signal }, stdio: ['pipe', 'ignore', 'ignore'] })
  const server = { child, exited: once(child, 'exit') }
  try {
    await eventually(async () => {
      await answers()
      // Whoever answers in the place of a server that is gone was there before it.
      if (child.exitCode !== null) throw new Error('the port is another server\'s')
    })
  } catch (error) {
    await stop(server)
    throw new Error(`${command} does not answer`, { cause: error })
  }
  return server
}

export async function stop ({ child, exited }: Server): Promise<void> {
  child.stdin!.end()
  await exited
}

/** Tries until it works or the deadline has passed. */
export async function eventually<T> (attempt: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const deadline = performance.now() + withinMs
  while (true) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise(resolve => { setTimeout(resolve, 20) })
    }
  }
}

/** Installs a package where that can be done without asking: Debian, as root. */
export function install (name: string): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  // Test files want theirs at the same time, and apt's lock on the lists does not wait.
  const get = 'apt-get -o DPkg::Lock::Timeout=120 -qq install --no-install-recommends -y "$1"'
  spawnSync('flock', ['/var/lib/apt', 'sh', '-c', `${get} || { apt-get -qq update && ${get}; }`, 'sh', name], options)
}

/** Says loudly that a suite cannot run; where everything has to run that is a failure. */
export function missing (t: Test, what: string, variable: string): void {
  const message = `${what} is not installed and ${variable} is not given`
  if (process.env.CI === 'true') t.fail(message)
  else t.test(message, { skip: true }, () => {})
}
