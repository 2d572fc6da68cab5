import { setTimeout as pause } from 'node:timers/promises'
import { Load } from '../lib/child.ts'
import { belfry, ROOT, wsLoop } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'
import { subscribeAll } from './fan-out.ts'

const BEHIND = 100
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
    const server = await wsLoop.start()
    const load = await Load.start()
    // As warm as the other, whose sockets were open before.
    await subscribeAll(wsLoop, server, load, sockets)
    await load.ask('close')
    await pause(SETTLE_MS)
    bare.push(await subscribeAll(wsLoop, server, load, sockets))
    await Promise.all([server.stop(), load.stop()])
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

async function comeBack (sockets: number): Promise<{ seconds: number, rss: number }> {
  const server = await belfry.start()
  const load = await Load.start()
  try {
    // They were there before the events: who is new has nothing to resume.
    const headers = Array.from({ length: sockets }, (_, index) => belfry.headers(index))
    const open = (path: string, greetings: number) => load.ask<number>('open', { port: server.port, path, headers, greetings } satisfies OpenArgs)
    await open(belfry.path, 1)
    await load.ask('close')
    await pause(SETTLE_MS)
    const inbox = await (await fetch(`http://127.0.0.1:${server.port}/api/notifications/me`, { headers: ROOT })).json() as { cursor: string }
    for (let sent = 0; sent < BEHIND;) {
      const { publishes } = await load.ask<PublishResult>('publish', { port: server.port, requests: [belfry.request], outstanding: 1, seconds: 0.001, perPublish: 0 })
      sent += publishes
    }
    // Welcome, what was missed, caught_up.
    const seconds = await open(`${belfry.path}?since=${inbox.cursor}`, BEHIND + 2)
    return { seconds, rss: server.rss() / MIB }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
