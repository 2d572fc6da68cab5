import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../services/process.ts'
import { Load, Server } from '../lib/child.ts'
import { atMost, type Section } from '../lib/report.ts'
import { percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { AdapterName } from './adapters.ts'
import type { OpenArgs } from './load.ts'
import { plot } from './plot.ts'

const CLIENTS = { belfry: 'Belfry', centrifuge: 'centrifuge', socketIo: 'socket.io-client', partysocket: 'partysocket' } satisfies Partial<Record<AdapterName, string>>

/** Each bar of the plot, milliseconds. */
const BIN_MS = 250
/** For how long a connection is up before it is lost: partysocket takes a shorter one for a failure. */
const UP_MS = 6_000
/** The longest that somebody may take. */
const PATIENCE_MS = 60_000
const POLL_MS = 100

/** Milliseconds from the loss at which each client was back. */
interface Returns { name: AdapterName, atOnce: number[], afterOutage: number[] }

/**
 * How many clients come back at a time, with the defaults of each: every connection is lost while another server answers at
 * once, and the only server is killed and away for a while. What a server sees of it is how many come at the same time.
 */
export async function reconnect ({ seconds, subscribers, plotFile }: Options): Promise<Section> {
  const awayMs = seconds * 1250
  const results: Returns[] = []
  for (const name of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) results.push(await measure(name, subscribers, awayMs))
  if (plotFile) {
    writeFileSync(plotFile, plot({
      title: `When ${subscribers.toLocaleString('en-US')} clients come back`,
      columns: ['Another server answers at once', `The server is away for ${awayMs / 1000} s (shaded)`],
      rows: results.map(({ name, atOnce, afterOutage }) => ({ name: CLIENTS[name as keyof typeof CLIENTS], values: [binned(atOnce), binned(afterOutage)] })),
      binMs: BIN_MS,
      away: [0, awayMs]
    }))
  }
  const peak = (times: number[]) => Math.max(...binned(times))
  const last = (times: number[]) => Math.max(...times) / 1000
  const belfry = results[0]!
  return {
    title: `Reconnecting, ${subscribers} clients`,
    rows: results.map(({ name, atOnce, afterOutage }) => ({
      client: CLIENTS[name as keyof typeof CLIENTS],
      'another server at once: half are back, s': percentile(atOnce, 50) / 1000,
      'the last, s': last(atOnce),
      [`most in ${BIN_MS} ms`]: peak(atOnce),
      [`away for ${awayMs / 1000} s: half are back after, s`]: (percentile(afterOutage, 50) - awayMs) / 1000,
      'the last, s ': last(afterOutage) - awayMs / 1000,
      [`most in ${BIN_MS} ms `]: peak(afterOutage)
    })),
    goals: [
      atMost('another server at once: the last is back, Belfry / centrifuge', last(belfry.atOnce) / last(results[1]!.atOnce), 1),
      atMost(`away for ${awayMs / 1000} s, most in ${BIN_MS} ms, of all`, peak(belfry.afterOutage) / subscribers, 0.1)
    ]
  }
}

async function measure (name: AdapterName, count: number, awayMs: number): Promise<Returns> {
  const env = { PORT: String(await freePort()) }
  const start = async () => await Server.startNode('feed.ts', env)
  let server = await start()
  const load = await Load.start('clients/load.ts')
  const base = `http://127.0.0.1:${env.PORT}`
  try {
    await load.ask('open', { name, base, count, useWs: true } satisfies OpenArgs)
    await pause(UP_MS)
    await load.ask('watch')
    const cutAt = now()
    await fetch(`${base}/cut`, { method: 'POST' })
    const atOnce = await returned(load, count)
    await pause(UP_MS)
    await load.ask('watch')
    const killedAt = now()
    server.process.kill('SIGKILL')
    await pause(awayMs)
    server = await start()
    const afterOutage = await returned(load, count)
    return { name, atOnce: atOnce.map(at => at - cutAt), afterOutage: afterOutage.map(at => at - killedAt) }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

const now = () => performance.timeOrigin + performance.now()

/** When each came back, once all have. */
async function returned (load: Load, count: number): Promise<number[]> {
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    const times = await load.ask<number[]>('returns')
    if (times.length >= count) return times
    await pause(POLL_MS)
  }
  throw new Error(`not all of ${count} clients came back`)
}

/** How many there are in each bin. */
function binned (times: number[]): number[] {
  const bins = new Array<number>(Math.floor(Math.max(...times) / BIN_MS) + 1).fill(0)
  for (const time of times) bins[Math.max(0, Math.floor(time / BIN_MS))]! += 1
  return bins
}
