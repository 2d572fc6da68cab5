import { Load, type Server } from '../lib/child.ts'
import { bearer, belfry, body, ROOT } from '../lib/peers.ts'
import { post } from '../lib/raw-http.ts'
import { atMost, type Section } from '../lib/report.ts'
import { median } from '../lib/statistics.ts'
import type { Options } from '../options.ts'
import type { OpenArgs, PublishResult } from '../load.ts'

const COMPANIES = 10
const GROUPS = 200
const GROUPS_EACH = 5

const targets = {
  company: { companies: ['company-0'] },
  group: { groups: ['group-0'] }
}
type Target = keyof typeof targets

/** A tenth of the sockets are in a company, another tenth, of all companies, in a group; every user is in five groups. */
export async function groups ({ seconds, rounds, sockets }: Options): Promise<Section> {
  const reached = sockets / COMPANIES
  const costs: Record<Target, { single: number[], many: number[] }> = { company: { single: [], many: [] }, group: { single: [], many: [] } }
  for (let round = 0; round < rounds; round++) {
    const server = await belfry.start()
    const load = await Load.start()
    try {
      const headers = Array.from({ length: sockets }, (_, index) => bearer({ sub: `user-${index}`, role: 'user', company: `company-${index % COMPANIES}` }))
      await load.ask<number>('open', { port: server.port, path: belfry.path, headers, greetings: 1 } satisfies OpenArgs)
      await fillGroups(server, sockets)
      const cost = (target: Target, verb: 'fanOut' | 'publish', seconds: number) => costOf(server, load, target, verb, { reached, seconds })
      for (const target of Object.keys(targets) as Target[]) await cost(target, 'publish', seconds / 2)
      for (const target of Object.keys(targets) as Target[]) {
        costs[target].single.push(await cost(target, 'fanOut', seconds))
        costs[target].many.push(await cost(target, 'publish', seconds))
      }
    } finally {
      await Promise.all([server.stop(), load.stop()])
    }
  }
  const ratio = (how: 'single' | 'many') => median(costs.group[how]) / median(costs.company[how])
  return {
    title: `A send to ${reached} of ${sockets} sockets, each user in ${GROUPS_EACH} of ${GROUPS} groups`,
    rows: (Object.keys(targets) as Target[]).map(target => ({
      'sent to a': target, 'one at a time: CPU µs/delivery': median(costs[target].single), '64 outstanding: CPU µs/delivery': median(costs[target].many)
    })),
    goals: [
      atMost('one at a time, CPU per delivery, to a group / to a company', ratio('single'), 1.2),
      atMost('64 outstanding, CPU per delivery, to a group / to a company', ratio('many'), 1.5)
    ]
  }
}

/** Global groups: the first has a tenth of the users, from every company; each user is in four or five of the others. */
async function fillGroups ({ port }: Server, users: number): Promise<void> {
  const members = new Map<number, string[]>()
  for (let index = 0; index < users; index++) {
    const isInFirst = Math.floor(index / COMPANIES) % COMPANIES === index % COMPANIES
    for (let nth = isInFirst ? 1 : 0; nth < GROUPS_EACH; nth++) {
      const group = 1 + (index * 7 + nth * 41) % (GROUPS - 1)
      members.set(group, [...members.get(group) ?? [], `user-${index}`])
    }
    if (isInFirst) members.set(0, [...members.get(0) ?? [], `user-${index}`])
  }
  for (const [group, ids] of members) {
    await put(port, `/api/groups/group-${group}`, {})
    for (let first = 0; first < ids.length; first += 1_000) await put(port, `/api/groups/group-${group}/members`, { add: ids.slice(first, first + 1_000) })
  }
}

async function put (port: number, path: string, json: object): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'PUT', headers: { ...ROOT, 'content-type': 'application/json' }, body: JSON.stringify(json) })
  if (status >= 300) throw new Error(`${path} answered ${status}`)
}

async function costOf (server: Server, load: Load, target: Target, verb: 'fanOut' | 'publish', { reached, seconds }: { reached: number, seconds: number }): Promise<number> {
  const request = post('/api/notifications/send', ROOT, { ...body, audience: targets[target] })
  const before = server.cpu()
  const { deliveries } = await load.ask<PublishResult>(verb, { port: server.port, requests: [request], outstanding: 64, seconds, perPublish: reached })
  return (server.cpu() - before) / deliveries * 1e6
}
