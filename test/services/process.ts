import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import process from 'node:process'
import type { Test } from 'tap'

/** A port that was free a moment ago. */
export async function freePort (): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

export interface Server {
  child: ChildProcess
  exited: Promise<unknown>
}

// The shell between us and the server ends it when our end of its input is gone, however we end.
const GUARD = '"$@" <&- & server=$!; read _; kill -$SIGNAL $server; wait $server'

export interface ServerOptions { uid?: number, gid?: number, cwd: string, signal: 'QUIT' | 'TERM' | 'INT' }

/** Runs a server that lives no longer than this process. */
export function serve (command: string, args: string[], { signal, ...options }: ServerOptions): Server {
  const child = spawn('sh', ['-c', GUARD, 'sh', command, ...args], { ...options, env: { ...process.env, SIGNAL: signal }, stdio: ['pipe', 'ignore', 'ignore'] })
  return { child, exited: once(child, 'exit') }
}

export async function stop ({ child, exited }: Server): Promise<void> {
  child.stdin!.end()
  await exited
}

/** Tries until it works or the deadline has passed. */
export async function eventually<T> (attempt: () => Promise<T>, withinMs = 20_000): Promise<T> {
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
