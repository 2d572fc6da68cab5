import { setTimeout as pause } from 'node:timers/promises'
import { Load, type Server } from '../lib/child.ts'
import { belfry, netAnswers, ROOT, wsAnswers, type Peer } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { AckArgs, OpenArgs } from '../load.ts'
import type { Options } from '../options.ts'

/** How often each device says what it has: as our client does. */
const EVERY_SECONDS = 5
const SETTLE_MS = 3_000
/** What devices say to a server that has no log: as long as a cursor of Belfry's. */
const NO_CURSOR = 'k3v9x0qa.2s1'

interface Sample { cpu: number, commits: number, acks: number }

/**
 * Very many devices that say what they have, again and again: what that costs the server, and how many commits it makes of it. Beside
 * it servers that only answer: what they use, the operating system, Node.js and `ws` use at any server.
 */
export async function acks ({ rounds, sockets, seconds, isQuick }: Options): Promise<Section> {
  const every = isQuick ? 0.5 : EVERY_SECONDS
  const peers = [belfry, wsAnswers, netAnswers]
  const samples = peers.map((): Sample[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of peers.entries()) samples[index]!.push(await run(peer, sockets, every, Math.max(2 * every, seconds * 5)))
  }
  const of = (index: number, field: keyof Sample) => median(samples[index]!.map(sample => sample[field]))
  return {
    title: `${sockets} devices that acknowledge every ${every} s`,
    rows: [
      ...peers.map(({ name }, index) => ({ server: name, 'acks/s': of(index, 'acks'), 'CPU beyond what is sent, % of a core': of(index, 'cpu'), 'commits/s': of(index, 'commits') })),
      { server: 'goal', 'acks/s': sockets / every, 'CPU beyond what is sent, % of a core': 3, 'commits/s': 50 }
    ],
    goals: [atMost('CPU for acks, % of a core', of(0, 'cpu'), 3), atMost('commits a second', of(0, 'commits'), 50)]
  }
}

async function run (peer: Peer, sockets: number, every: number, seconds: number): Promise<Sample> {
  const server = await peer.start()
  const load = await Load.start()
  try {
    const headers = Array.from({ length: sockets }, (_, index) => peer.headers(index))
    await load.ask('open', { port: server.port, path: `${peer.path}?device=phone`, headers, greetings: peer.greetings } satisfies OpenArgs)
    /** Sends something to all of them, which they acknowledge over `every` seconds, or not. */
    const cycle = async (isAcking: boolean) => {
      const start = performance.now()
      const cursor = peer === belfry ? await send(server) : NO_CURSOR
      if (isAcking) await load.ask<number>('ack', { cursor, seconds: every } satisfies AckArgs)
      await pause(Math.max(0, every * 1_000 - (performance.now() - start)))
    }
    // The first of each is written at once, and compilers are warm after it.
    for (let count = 0; count < 2; count++) await cycle(true)
    const measure = async (isAcking: boolean) => {
      await cycle(isAcking)
      await pause(isAcking ? 0 : SETTLE_MS)
      const [cpu, commits, start] = [server.cpu(), await commitsOf(peer, server), performance.now()]
      for (let left = seconds; left > 0; left -= every) await cycle(isAcking)
      const took = (performance.now() - start) / 1_000
      return { cpu: (server.cpu() - cpu) / took, commits: (await commitsOf(peer, server) - commits) / took }
    }
    // Then as much is sent, and nothing acknowledged.
    const [acked, sent] = [await measure(true), await measure(false)]
    const rate = (name: 'cpu' | 'commits') => acked[name] - sent[name]
    return { cpu: Math.max(0.01, rate('cpu') * 100), commits: rate('commits'), acks: sockets / every }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

/** Sends something to everybody; resolves with its cursor. */
async function send (server: Server): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/api/notifications/send`, { method: 'POST', headers: { ...ROOT, 'content-type': 'application/json' }, body: JSON.stringify({ title: 'A benchmark', message: 'x', priority: 'info', topic: 'bench' }) })
  return (await answer.json() as { cursor: string }).cursor
}

async function commitsOf (peer: Peer, server: Server): Promise<number> {
  if (peer !== belfry) return 0
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: ROOT })).text()
  return Number(/^belfry_store_commit_seconds_count (\d+)$/m.exec(text)![1])
}
