import { setTimeout as pause } from 'node:timers/promises'
import { Load, type Server } from '../lib/child.ts'
import { belfry, ROOT } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import { subscribeAll } from '../scenarios/fan-out.ts'

const SETTLE_MS = 3_000

/** What it costs the server that somebody looks at the console's overview, while very many sockets are open and idle. In turns with nobody looking. */
export async function overview ({ rounds, sockets, seconds }: Options): Promise<Section> {
  const server = await belfry.start()
  const load = await Load.start()
  const unwatched: number[] = []
  const watched: number[] = []
  try {
    await subscribeAll(belfry, server, load, sockets)
    await pause(SETTLE_MS)
    for (let round = 0; round < rounds * 2; round++) {
      unwatched.push(await shareOf(server, seconds * 2))
      const samples = await watch(server.port, async () => {
        // To begin costs more, once: users are counted then.
        await pause(SETTLE_MS)
        watched.push(await shareOf(server, seconds * 2))
      })
      if (samples < Math.floor(seconds)) throw new Error(`${samples} samples came in ${seconds} s`)
    }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
  const [before, during] = [median(unwatched), median(watched)]
  return {
    title: `The overview while ${sockets.toLocaleString('en-US')} sockets are idle`,
    rows: [{ what: 'nobody looks', '% of a core': before }, { what: 'one console', '% of a core': during }],
    goals: [atMost('what the overview costs, % of a core', Math.max(0, during - before), 1)]
  }
}

/** The part of a core that the server uses, in per cent. */
async function shareOf (server: Server, seconds: number): Promise<number> {
  const [cpu, start] = [server.cpu(), performance.now()]
  await pause(seconds * 1_000)
  return (server.cpu() - cpu) / (performance.now() - start) * 100_000
}

/** Does something while the stream of the overview is open; how many samples came. */
async function watch (port: number, during: () => Promise<void>): Promise<number> {
  const ended = new AbortController()
  const { body, status } = await fetch(`http://127.0.0.1:${port}/sse/overview`, { headers: ROOT, signal: ended.signal })
  if (status !== 200) throw new Error(`the overview answered ${status}`)
  let samples = 0
  const reading = (async () => {
    for await (const text of body!.pipeThrough(new TextDecoderStream())) samples += text.match(/^event: /gm)?.length ?? 0
  })().catch(() => {})
  await during()
  ended.abort()
  await reading
  return samples
}
