import { Load, Server } from '../lib/child.ts'
import { atLeast, atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { AdapterName } from './adapters.ts'
import type { Applied, OpenArgs } from './load.ts'
import { sizes } from './sizes.ts'

const NAMES: Record<AdapterName, string> = {
  bare: 'bare WebSocket, `JSON.parse`',
  belfry: 'Belfry',
  inbox: 'Belfry with an inbox',
  centrifuge: 'centrifuge',
  socketIo: 'socket.io-client',
  partysocket: 'partysocket, `JSON.parse`'
}
const names = Object.keys(NAMES) as AdapterName[]

/** Frames for each second that is measured: about as many as a client takes. */
const PER_SECOND = 25_000

interface Sample { perSecond: number, cpu: number }

/**
 * The client beside others: what it adds to a page, and how many notifications a second reach a listener in Node, from a
 * server that sends them prebuilt. Each sample is a process of its own, turn and turn about.
 */
export async function clients ({ seconds, rounds, isQuick }: Options): Promise<Section> {
  const frames = Math.round(seconds * PER_SECOND)
  const own = new Map<AdapterName, Sample[]>(names.map(name => [name, []]))
  const withWs = new Map<AdapterName, Sample[]>(names.map(name => [name, []]))
  const server = await Server.startNode('feed.ts')
  const base = `http://127.0.0.1:${server.port}`
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        own.get(name)!.push(await feed(name, base, frames, false))
        if (!isQuick) withWs.get(name)!.push(await feed(name, base, frames, true))
      }
    }
  } finally {
    await server.stop()
  }
  const of = (samples: Map<AdapterName, Sample[]>, name: AdapterName, field: keyof Sample) => median(samples.get(name)!.map(sample => sample[field]))
  const size = await sizes()
  const kB = (bytes: number | undefined) => bytes === undefined ? '' : bytes / 1000
  const ratio = (name: AdapterName) => of(own, 'belfry', 'cpu') / of(own, name, 'cpu')
  return {
    title: `Clients, notifications of about 310 bytes, ${frames} to one`,
    rows: [
      ...names.map(name => ({
        client: NAMES[name],
        'kB min+gzip': kB(size[name]),
        'Node\'s WebSocket: frames/s': of(own, name, 'perSecond'),
        'CPU µs/frame': of(own, name, 'cpu'),
        ...(isQuick ? {} : { '`ws`: frames/s': of(withWs, name, 'perSecond'), 'CPU µs/frame ': of(withWs, name, 'cpu') })
      })),
      { client: 'Belfry, all that a page is served', 'kB min+gzip': kB(size.all) },
      { client: 'and what it loads on demand', 'kB min+gzip': kB(size.onDemand) }
    ],
    goals: [
      atMost('without inboxes, kB min+gzip', size.belfry! / 1000, 9),
      atMost('all in, kB min+gzip', (size.all! + size.onDemand!) / 1000, 14),
      atLeast('frames a second', of(own, 'belfry', 'perSecond'), 50_000),
      atLeast('frames a second, with an inbox', of(own, 'inbox', 'perSecond'), 50_000),
      atMost('CPU a frame, Belfry / centrifuge', ratio('centrifuge'), 1),
      atMost('CPU a frame, Belfry / socket.io-client', ratio('socketIo'), 1)
    ]
  }
}

async function feed (name: AdapterName, base: string, frames: number, useWs: boolean): Promise<Sample> {
  const load = await Load.start('clients/load.ts')
  try {
    await load.ask('open', { name, base, count: 1, useWs } satisfies OpenArgs)
    // A first run that does not count: compilers warm up.
    await load.ask('apply', { base, count: Math.ceil(frames / 4) })
    const { seconds, cpu } = await load.ask<Applied>('apply', { base, count: frames })
    return { perSecond: frames / seconds, cpu: cpu / frames * 1e6 }
  } finally {
    await load.stop()
  }
}
