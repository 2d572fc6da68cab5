import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { pinned, SERVER_CORE } from '../lib/child.ts'
import { SECRET } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'

const HERE = join(import.meta.dirname, '../../..')
const STARTS = 4

/**
 * How long a server takes from its command to listening, on a store that exists already; with the pages and without, and, given
 * `--before <folder>`, beside another checkout with its packages installed. In turns.
 */
export async function start ({ rounds, before }: Options): Promise<Section> {
  const servers = ([
    { name: 'Belfry', root: HERE, env: {} },
    { name: 'Belfry, CONSOLE=off', root: HERE, env: { CONSOLE: 'off' } },
    ...before === undefined ? [] : [{ name: 'the other checkout', root: before, env: {} }]
  ] as Started[]).map(server => ({ ...server, folder: mkdtempSync(join(tmpdir(), 'belfry-bench-')), samples: [] as Sample[] }))
  try {
    // The first start makes the store, and fills the cache of compiled code.
    for (const { root, env, folder } of servers) await run(root, folder, env)
    for (let round = 0; round < rounds * STARTS; round++) {
      for (const { root, env, folder, samples } of servers) samples.push(await run(root, folder, env))
    }
  } finally {
    for (const { folder } of servers) rmSync(folder, { recursive: true, force: true })
  }
  const of = (index: number, field: keyof Sample) => median(servers[index]!.samples.map(sample => sample[field]))
  const against = (index: number) => atMost(`time to listening, Belfry / ${servers[index]!.name}`, of(0, 'ms') / of(index, 'ms'), 1.3)
  return {
    title: 'Start',
    rows: servers.map(({ name }, index) => ({ server: name, 'ms to listening': of(index, 'ms'), 'CPU ms to listening': of(index, 'cpu') })),
    goals: servers.slice(1).map((_, index) => against(index + 1))
  }
}

/** A server to start, from the folder of its checkout. */
interface Started { name: string, root: string, env: Record<string, string> }
interface Sample { ms: number, cpu: number }

/** Starts a server, and ends it once it listens. */
async function run (root: string, folder: string, env: Record<string, string>): Promise<Sample> {
  const { command, args } = pinned(SERVER_CORE, process.execPath)
  const began = performance.now()
  const child = spawn(command, [...args, 'src/server.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(folder, 'cache'), DATABASE_URL: `sqlite:${join(folder, 'belfry.db')}`, JWT_SECRET: SECRET, ADMIN_PASSWORD: 'not-used-by-anybody', PORT: '0', ...env }
  })
  const ended = once(child, 'exit')
  let hasBegun = false
  for await (const line of createInterface(child.stdout)) {
    if (!line.includes('Server listening at')) continue
    hasBegun = true
    break
  }
  const ms = performance.now() - began
  if (!hasBegun) throw new Error(`the server of ${root} did not start`)
  const cpu = cpuOf(child.pid!)
  child.kill('SIGTERM')
  await ended
  return { ms, cpu }
}

/** Milliseconds of CPU that a process has used. */
function cpuOf (pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
