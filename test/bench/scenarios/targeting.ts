import { Load } from '../lib/child.ts'
import { bearer, belfry, body, ROOT } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'

const COMPANIES = 50
const ROLES = ['admin', 'user', 'guest']
const OUTSTANDING = 16

/** A broadcast to one company costs what its sockets cost, however many others are open. */
export async function targeting ({ seconds, rounds, sockets }: Options): Promise<Section> {
  const ofCompany = sockets / COMPANIES
  const request = post('/api/notifications/send', ROOT, { ...body, audience: { companies: ['company-0'] } })
  const crowded: number[] = []
  const alone: number[] = []
  for (let round = 0; round < rounds; round++) {
    crowded.push(await cpuOfBroadcast(sockets, index => `company-${index % COMPANIES}`, request, ofCompany, seconds))
    alone.push(await cpuOfBroadcast(ofCompany, () => 'company-0', request, ofCompany, seconds))
  }
  return {
    title: `A broadcast to a company of ${ofCompany}`,
    rows: [
      { 'sockets open': sockets, 'CPU µs/broadcast': median(crowded) },
      { 'sockets open': ofCompany, 'CPU µs/broadcast': median(alone) }
    ],
    goals: [atMost(`CPU of a broadcast with ${sockets} open / with ${ofCompany}`, median(crowded) / median(alone), 1.2)]
  }
}

async function cpuOfBroadcast (count: number, companyOf: (index: number) => string, request: string, reached: number, seconds: number): Promise<number> {
  const server = await belfry.start()
  const load = await Load.start()
  try {
    const headers = Array.from({ length: count }, (_, index) => bearer({
      sub: `user-${index}`, role: ROLES[Math.floor(index / COMPANIES) % ROLES.length]!, company: companyOf(index)
    }))
    await load.ask<number>('open', { port: server.port, path: belfry.path, headers, greetings: 1 } satisfies OpenArgs)
    const publish = (seconds: number) => load.ask<PublishResult>('publish', {
      port: server.port, requests: [request], outstanding: OUTSTANDING, seconds, perPublish: reached
    })
    await publish(seconds / 2)
    const before = server.cpu()
    const { publishes } = await publish(seconds)
    return (server.cpu() - before) / publishes * 1e6
  } finally {
    await Promise.all([server.stop(), load.stop()])
  }
}
