import { setTimeout as pause } from 'node:timers/promises'
import { Load } from '../lib/child.ts'
import { belfry, wsLoop, type Peer } from '../lib/peers.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import { subscribeAll } from './fan-out.ts'

const KIB = 1024
const SETTLE_MS = 3_000
const REOPENED = 5

/** Opening sockets, keeping them, and what they cost while nothing happens. */
export async function connections ({ rounds, sockets, seconds }: Options): Promise<Section> {
  const peers = [belfry, wsLoop]
  const results = peers.map(() => [] as { upgrades: number, memory: number, idle: number }[])
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of peers.entries()) results[index]!.push(await run(peer, sockets, seconds * 8))
  }
  const of = (index: number, field: 'upgrades' | 'memory' | 'idle') => median(results[index]!.map(result => result[field]))
  return {
    title: `${sockets} sockets`,
    rows: peers.map(({ name }, index) => ({
      server: name, 'upgrades/s': of(index, 'upgrades'), 'KiB/socket': of(index, 'memory'), 'idle, % of a core': of(index, 'idle')
    })),
    goals: [
      atLeast('upgrades a second with a JWT, Belfry / bare `ws`', of(0, 'upgrades') / of(1, 'upgrades'), 0.8),
      atMost('memory of an open socket, KiB', of(0, 'memory'), 8),
      atMost('idle with heartbeats, % of a core', of(0, 'idle'), 1)
    ]
  }
}

async function run (peer: Peer, sockets: number, idleSeconds: number) {
  const server = await peer.start()
  const load = await Load.start()
  try {
    // Compilers and pools are warm before anything is measured.
    await subscribeAll(peer, server, load, Math.ceil(sockets / 20))
    await load.ask('close')
    await pause(SETTLE_MS)
    const before = server.rss()
    await subscribeAll(peer, server, load, sockets)
    // Garbage of the upgrades is not what an open socket costs.
    await pause(SETTLE_MS)
    const memory = (server.rss() - before) / sockets / KIB
    const cpu = server.cpu()
    await pause(idleSeconds * 1_000)
    const idle = (server.cpu() - cpu) / idleSeconds * 100
    // Upgrades of users that are known: the first sight of one is a write. Several times, as compilers go on for long.
    const upgrades: number[] = []
    for (let time = 0; time < REOPENED; time++) {
      await load.ask('close')
      await pause(SETTLE_MS)
      upgrades.push(sockets / await subscribeAll(peer, server, load, sockets))
    }
    return { upgrades: median(upgrades), memory, idle }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
