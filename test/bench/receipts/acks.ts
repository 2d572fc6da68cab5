import { setTimeout as pause } from 'node:timers/promises'
import { Load, type Server } from '../lib/child.ts'
import { belfry, ROOT } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { AckArgs, OpenArgs } from '../load.ts'
import type { Options } from '../options.ts'

/** How often each device says what it has: as our client does. */
const EVERY_SECONDS = 5
const SETTLE_MS = 3_000

interface Sample { cpu: number, commits: number, acks: number }

/** Very many devices that say what they have, again and again: what that costs the server, and how many commits it makes of it. */
export async function acks ({ rounds, sockets, seconds, isQuick }: Options): Promise<Section> {
  const samples: Sample[] = []
  const every = isQuick ? 0.5 : EVERY_SECONDS
  for (let round = 0; round < rounds; round++) samples.push(await run(sockets, every, Math.max(2 * every, seconds * 5)))
  const of = (field: keyof Sample) => median(samples.map(sample => sample[field]))
  return {
    title: `${sockets} devices that acknowledge every ${every} s`,
    rows: [
      { server: belfry.name, 'acks/s': of('acks'), 'CPU beyond idle, % of a core': of('cpu'), 'commits/s': of('commits') },
      { server: 'goal', 'acks/s': sockets / every, 'CPU beyond idle, % of a core': 3, 'commits/s': 50 }
    ],
    goals: [atMost('CPU for acks, % of a core', of('cpu'), 3), atMost('commits a second', of('commits'), 50)]
  }
}

async function run (sockets: number, every: number, seconds: number): Promise<Sample> {
  const server = await belfry.start()
  const load = await Load.start()
  try {
    const headers = Array.from({ length: sockets }, (_, index) => belfry.headers(index))
    await load.ask('open', { port: server.port, path: `${belfry.path}?device=phone`, headers, greetings: belfry.greetings } satisfies OpenArgs)
    const acknowledge = async (over: number) => {
      const { cursor } = JSON.parse(await (await fetch(`http://127.0.0.1:${server.port}/api/notifications/send`, { method: 'POST', headers: { ...ROOT, 'content-type': 'application/json' }, body: JSON.stringify({ title: 'A benchmark', message: 'x', priority: 'info', topic: 'bench' }) })).text()) as { cursor: string }
      return await load.ask<number>('ack', { cursor, seconds: over } satisfies AckArgs)
    }
    // The first of each is written at once, and compilers are warm after it.
    await acknowledge(every)
    await acknowledge(every)
    await pause(SETTLE_MS)
    const idle = await cpuOf(server, async () => { await pause(every * 1_000) }) / every
    const [commits, start] = [await commitsOf(server), performance.now()]
    let count = 0
    const cpu = await cpuOf(server, async () => { for (let left = seconds; left > 0; left -= every) count += await acknowledge(every) })
    const took = (performance.now() - start) / 1_000
    return { cpu: Math.max(0.01, (cpu / took - idle) * 100), commits: (await commitsOf(server) - commits) / took, acks: count / took }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

async function cpuOf (server: Server, work: () => Promise<void>): Promise<number> {
  const before = server.cpu()
  await work()
  return server.cpu() - before
}

async function commitsOf (server: Server): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: ROOT })).text()
  return Number(/^belfry_store_commit_seconds_count (\d+)$/m.exec(text)![1])
}
