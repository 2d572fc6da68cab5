import { setTimeout as sleep } from 'node:timers/promises'
import { parseCursor } from '../../../src/protocol/cursor.ts'
import type { Plan } from '../../../schemas/sending/scheduled.ts'
import { Load } from '../lib/child.ts'
import { belfry, body, ROOT } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import { percentile } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { PublishResult } from '../load.ts'

interface PlanPage { items: Plan[], next_before: string | null }

const CONNECTIONS = 32
const BATCH = 500
const PAGE = 200
/** What `MEASURED` plans are due in: the pace is the same for fewer. */
const MINUTE_MS = 60_000
const MEASURED = 100_000

interface Sample { before: number, beside: number, late50: number, late99: number, misordered: number }

/** Plans that become due at the pace of 100,000 a minute, and all at one moment, with sends beside them. */
export async function schedule ({ seconds, plans }: Options): Promise<Section> {
  const spreadMs = plans / MEASURED * MINUTE_MS
  const cases = [{ name: `due within ${spreadMs / 1000} s`, spread: spreadMs }, { name: 'due at one moment', spread: 0 }]
  const samples: Sample[] = []
  for (const { spread } of cases) samples.push(await run(plans, spread, Math.max(seconds, spreadMs / 1000)))
  return {
    title: `${plans.toLocaleString('en-US')} scheduled notifications, sends from ${CONNECTIONS} connections beside them`,
    rows: cases.map(({ name }, index) => {
      const { before, beside, late50, late99, misordered } = samples[index]!
      return { plans: name, 'sends/s before': before, 'sends/s beside': beside, 'lateness p50 ms': late50, 'lateness p99 ms': late99, misordered }
    }),
    goals: [atMost(`sends a second before / beside plans ${cases[0]!.name}`, samples[0]!.before / samples[0]!.beside, 1.5)]
  }
}

async function run (count: number, spreadMs: number, seconds: number): Promise<Sample> {
  const server = await belfry.start({ MAX_SCHEDULED: String(count) })
  const load = await Load.start()
  const base = `http://127.0.0.1:${server.port}`
  try {
    const sendsPerSecond = async () => {
      const { publishes, seconds: took } = await load.ask<PublishResult>('publish', { port: server.port, requests: [belfry.request], outstanding: CONNECTIONS, seconds, perPublish: 0 })
      return publishes / took
    }
    await sendsPerSecond()
    const before = await sendsPerSecond()
    // Planning takes a fraction of a millisecond each.
    const start = Date.now() + 2_000 + count
    await plan(base, count, index => new Date(start + Math.floor(index / count * spreadMs)).toISOString())
    await sleep(start - Date.now())
    const beside = await sendsPerSecond()
    const sent = await sentPlans(base, count)
    return { before, beside, ...latenessOf(sent), misordered: misorderedOf(sent) }
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}

async function plan (base: string, count: number, timeOf: (index: number) => string): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, count - from) }, (_, offset) => ({ ...body, id: `plan-${from + offset}`, send_at: timeOf(from + offset) }))
    const response = await fetch(`${base}/api/notifications/batch`, { method: 'POST', headers: { ...ROOT, 'content-type': 'application/json' }, body: JSON.stringify({ items }) })
    const answer = await response.json() as { items: { send_at?: string }[] }
    if (!answer.items.every(item => item.send_at)) throw new Error(`a plan was refused: ${JSON.stringify(answer).slice(0, 500)}`)
  }
}

/** All plans, once they are sent. */
async function sentPlans (base: string, count: number): Promise<Plan[]> {
  const page = async (query: string) => await (await fetch(`${base}/api/scheduled?${query}`, { headers: ROOT })).json() as PlanPage
  while ((await page('state=planned&limit=1')).items.length > 0) await sleep(100)
  const sent: Plan[] = []
  let before: string | null = ''
  while (before !== null) {
    const { items, next_before: next }: PlanPage = await page(`state=sent&limit=${PAGE}${before && `&before=${before}`}`)
    sent.push(...items)
    before = next
  }
  if (sent.length !== count) throw new Error(`${sent.length} of ${count} plans were sent`)
  // The newest plan comes first.
  return sent.reverse()
}

function latenessOf (sent: Plan[]): { late50: number, late99: number } {
  const lateness = sent.map(({ send_at: sendAt, ended_at: endedAt }) => Date.parse(endedAt!) - Date.parse(sendAt))
  return { late50: percentile(lateness, 50), late99: percentile(lateness, 99) }
}

/** How many were published after one that was due later, or was due together with them and planned later. */
function misorderedOf (sent: Plan[]): number {
  const seqs = sent.map(({ cursor }) => parseCursor(cursor!)!.seq)
  return seqs.filter((seq, index) => index > 0 && seq < seqs[index - 1]!).length
}
