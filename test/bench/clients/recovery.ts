import { setTimeout as pause } from 'node:timers/promises'
import { Load } from '../lib/child.ts'
import { mint } from '../lib/peers.ts'
import { atMost, type Row, type Section } from '../lib/report.ts'
import { percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { JoinArgs, Progress, Verdict } from './crowd.ts'
import { kinds, type Kind, type Place } from './places.ts'

const PROCESSES = 2
/** Between two notifications to everybody. */
const PAUSE_MS = 200
const POLL_MS = 50
const PATIENCE_MS = 120_000

const ends = { 'kill -9': 'SIGKILL', 'SIGTERM, which drains': 'SIGTERM' } as const

/** Milliseconds from the signal: to when a server answers, to when each client was connected again, and to when it had caught up. */
interface Recovery { answers: number, back: number[], caughtUp: number[], sent: number }

/**
 * How long until the last client has caught up after its server is gone, while notifications are sent all the time. Fails if
 * any of them is lost, doubled or out of order.
 */
export async function recovery ({ subscribers, isQuick }: Options): Promise<Section> {
  const rows: Row[] = []
  const results: { kind: Kind, how: string, afterAnswers: number }[] = []
  for (const kind of kinds.filter(({ isHere, needsServices }) => isHere && !(isQuick && needsServices))) {
    for (const [how, signal] of Object.entries(ends)) {
      const { answers, back, caughtUp, sent } = await run(kind, signal, subscribers)
      const last = caughtUp.at(-1)! / 1000
      results.push({ kind, how, afterAnswers: last - answers / 1000 })
      rows.push({
        'what ends': kind.name,
        how,
        'a server answers after, s': answers / 1000,
        'first back, s': back[0]! / 1000,
        'half caught up, s': percentile(caughtUp, 50) / 1000,
        'last caught up, s': last,
        sent,
        'lost, doubled, misordered': '0, 0, 0'
      })
    }
  }
  return {
    title: `From the end of a server to the last of ${subscribers} clients caught up`,
    rows,
    goals: results.filter(({ how }) => how === 'kill -9').map(({ kind, afterAnswers }) => atMost(`${kind.name}: kill -9, from when a server answers to the last, s`, afterAnswers, kind.bound))
  }
}

async function run (kind: Kind, signal: NodeJS.Signals, count: number): Promise<Recovery> {
  const crowds = await Promise.all(Array.from({ length: PROCESSES }, async () => await Load.start('clients/crowd.ts')))
  const publisher = await Load.start('clients/crowd.ts')
  let place: Place | undefined
  try {
    place = await kind.open()
    const { base, first } = place
    const tokens = Array.from({ length: count }, (_, index) => mint({ sub: `user-${index}`, role: 'user', company: `company-${index % 50}` }))
    await Promise.all(crowds.map(async (crowd, index) => await crowd.ask('join', { base, tokens: tokens.filter((_, at) => at % PROCESSES === index) } satisfies JoinArgs)))
    await place.joined()
    await publisher.ask('send', { base, token: mint({ sub: 'root', role: 'admin' }), pauseMs: PAUSE_MS })
    await pause(5 * PAUSE_MS)
    await Promise.all(crowds.map(async crowd => await crowd.ask('watch')))
    const at = performance.timeOrigin + performance.now()
    first.process.kill(signal)
    const isThere = await place.afterEnd()
    const answers = isThere ? 0 : performance.timeOrigin + performance.now() - at
    const { backAt, caughtUpAt } = await settled(crowds, count)
    const sent = await publisher.ask<string[]>('stopSending')
    await holdAll(crowds, sent.at(-1)!, count)
    for (const crowd of crowds) assertWhole(await crowd.ask<Verdict>('judge', sent))
    const since = (times: number[]) => times.map(time => time - at).sort((a, b) => a - b)
    return { answers, back: since(backAt), caughtUp: since(caughtUpAt), sent: sent.length }
  } finally {
    await Promise.all([...crowds, publisher].map(async load => await load.stop()))
    await place?.end()
  }
}

/** When each client came back and had caught up, once all have. */
async function settled (crowds: Load[], count: number): Promise<{ backAt: number[], caughtUpAt: number[] }> {
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    const all = await Promise.all(crowds.map(async crowd => await crowd.ask<Progress>('progress')))
    const [backAt, caughtUpAt] = [all.flatMap(({ backAt }) => backAt), all.flatMap(({ caughtUpAt }) => caughtUpAt)].map(times => times.filter(time => time !== undefined)) as [number[], number[]]
    if (backAt.length + caughtUpAt.length === 2 * count) return { backAt, caughtUpAt }
    await pause(POLL_MS)
  }
  throw new Error('not all clients came back')
}

/** Waits until every client has this notification, the last one. */
async function holdAll (crowds: Load[], id: string, count: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    const holders = await Promise.all(crowds.map(async crowd => await crowd.ask<number>('holders', id)))
    if (holders.reduce((sum, some) => sum + some, 0) === count) return
    await pause(POLL_MS)
  }
  throw new Error('not all clients got the last notification')
}

function assertWhole ({ lost, doubled, misordered, gaps, ended }: Verdict): void {
  if (lost + doubled + misordered + gaps + ended.length > 0) throw new Error(`lost ${lost}, doubled ${doubled}, misordered ${misordered}, gaps ${gaps}, ended: ${ended.join()}`)
}
