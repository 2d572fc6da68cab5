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
  const results = peers.map(() => [] as Result[])
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of peers.entries()) results[index]!.push(await run(peer, sockets, seconds * 8))
  }
  const of = (index: number, field: keyof Result) => median(results[index]!.map(result => result[field]))
  return {
    title: `${sockets} sockets`,
    rows: peers.map(({ name }, index) => ({
      server: name,
      'upgrades/s': of(index, 'upgrades'),
      'CPU µs/upgrade': of(index, 'cpu'),
      'load\'s own core': of(index, 'loadCpu'),
      'KiB/socket': of(index, 'memory'),
      'idle, % of a core': of(index, 'idle')
    })),
    goals: [
      atLeast('upgrades a second with a JWT, Belfry / bare `ws`', of(0, 'upgrades') / of(1, 'upgrades'), 0.8),
      atMost('memory of an open socket, KiB', of(0, 'memory'), 8),
      atMost('idle with heartbeats, % of a core', of(0, 'idle'), 1)
    ]
  }
}

interface Result { upgrades: number, cpu: number, loadCpu: number, memory: number, idle: number }

async function run (peer: Peer, sockets: number, idleSeconds: number): Promise<Result> {
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
    const reopened: { upgrades: number, cpu: number, loadCpu: number }[] = []
    for (let time = 0; time < REOPENED; time++) {
      await load.ask('close')
      await pause(SETTLE_MS)
      const [serverBefore, loadBefore] = [server.cpu(), load.cpu()]
      const seconds = await subscribeAll(peer, server, load, sockets)
      reopened.push({
        upgrades: sockets / seconds, cpu: (server.cpu() - serverBefore) / sockets * 1e6, loadCpu: (load.cpu() - loadBefore) / seconds
      })
    }
    const of = (field: 'upgrades' | 'cpu' | 'loadCpu') => median(reopened.map(result => result[field]))
    return { upgrades: of('upgrades'), cpu: of('cpu'), loadCpu: of('loadCpu'), memory, idle }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
