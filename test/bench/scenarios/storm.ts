import { setTimeout as pause } from 'node:timers/promises'
import { Load, type Server } from '../lib/child.ts'
import { belfry, ROOT, wsLoop, type Peer } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'

const BEHIND = 100
/** A storm meets a server that is up for long, and compilers go on for long: several, and their median. */
const STORMS = 5
/** Upgrades under way at a time: "all at once", as far as a listening socket's queue takes them. */
const AT_ONCE = 1_000
/** Until a server is done with the sockets that were closed. */
const SETTLE_MS = 2_000
const MIB = 1024 * 1024

/** Everybody comes back at once, each some events behind. */
export async function storm ({ rounds, sockets }: Options): Promise<Section> {
  const caughtUp: number[] = []
  const memory: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round++) {
    const result = await comeBack(sockets)
    caughtUp.push(result.seconds)
    memory.push(result.rss)
    bare.push(await upgradeBare(sockets))
  }
  return {
    title: `${sockets} sockets come back, each ${BEHIND} events behind`,
    rows: [
      { server: belfry.name, 'seconds until all have caught up': median(caughtUp), 'RSS MiB after it': median(memory) },
      { server: `${wsLoop.name}, bare upgrades`, 'seconds until all have caught up': median(bare) }
    ],
    goals: [atMost('time, Belfry / bare `ws` upgrades', median(caughtUp) / median(bare), 2)]
  }
}

/** The median of what several storms take, seconds. */
async function storms (load: Load, open: () => Promise<number>): Promise<number> {
  const seconds: number[] = []
  for (let storm = 0; storm < STORMS; storm++) {
    await load.ask('close')
    await pause(SETTLE_MS)
    seconds.push(await open())
  }
  return median(seconds)
}

/** Opens every socket of a peer. */
function opener ({ headers: headersOf }: Peer, { port }: Server, load: Load, sockets: number) {
  const headers = Array.from({ length: sockets }, (_, index) => headersOf(index))
  return (path: string, greetings: number) => load.ask<number>('open', { port, path, headers, greetings, atOnce: AT_ONCE } satisfies OpenArgs)
}

async function comeBack (sockets: number): Promise<{ seconds: number, rss: number }> {
  const server = await belfry.start()
  const load = await Load.start()
  try {
    // They were there before the events: who is new has nothing to resume.
    const open = opener(belfry, server, load, sockets)
    await open(belfry.path, 1)
    const inbox = await (await fetch(`http://127.0.0.1:${server.port}/api/notifications/me`, { headers: ROOT })).json() as { cursor: string }
    await load.ask('close')
    await pause(SETTLE_MS)
    for (let sent = 0; sent < BEHIND;) {
      const { publishes } = await load.ask<PublishResult>('publish', { port: server.port, requests: [belfry.request], outstanding: 1, seconds: 0.001, perPublish: 0 })
      sent += publishes
    }
    // Welcome, what was missed, caught_up.
    const seconds = await storms(load, () => open(`${belfry.path}?since=${inbox.cursor}`, BEHIND + 2))
    return { seconds, rss: server.rss() / MIB }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

async function upgradeBare (sockets: number): Promise<number> {
  const server = await wsLoop.start()
  const load = await Load.start()
  try {
    const open = opener(wsLoop, server, load, sockets)
    await open(wsLoop.path, wsLoop.greetings)
    return await storms(load, () => open(wsLoop.path, wsLoop.greetings))
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
