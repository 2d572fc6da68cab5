import type { Random } from '../../random.ts'
import type { Watch, Weather } from '../../services/proxy.ts'
import { within } from '../../within.ts'
import { killHolders } from './holders.ts'
import type { ClusterWorld } from './world.ts'

/** Something goes wrong for a while, and is mended; throws if what must go on did not. */
export type Fault = (world: ClusterWorld, seconds: number) => Promise<void>

export const pass = (seconds: number) => new Promise<void>(resolve => { setTimeout(resolve, seconds * 1000) })

type Way = 'toPostgres' | 'toRedis'

/** The ways of all nodes, or of some, to a server in this weather. */
async function spoil ({ cluster: { nodes } }: ClusterWorld, way: Way, weather: Weather, seconds: number, which = nodes): Promise<void> {
  for (const node of which) {
    node[way].weather = weather
    if (weather === 'refuse') node[way].cut()
  }
  await pass(seconds)
  for (const node of which) node[way].weather = 'fair'
}

/** What is allowed to fail are requests: sockets stay. */
async function withSocketsOpen (world: ClusterWorld, work: () => Promise<void>): Promise<void> {
  const ended = await world.endedDuring(work)
  if (ended > 0) throw new Error(`${ended} sockets were closed`)
}

/** Publishing goes on, and all of it succeeds. */
async function withSendsTaken (world: ClusterWorld, work: () => Promise<void>): Promise<void> {
  const tries = () => [...world.journal.publications.values()].flatMap(({ outcomes }) => outcomes)
  const unknown = () => tries().filter(({ status }) => status === 'unknown' || status === 'refused').length
  const before = unknown()
  await work()
  await within(world.accepted(20), 'sends to go on')
  if (unknown() > before) throw new Error(`${unknown() - before} sends failed`)
}

async function stopAndStart (world: ClusterWorld, name: 'postgres' | 'redis', seconds: number): Promise<void> {
  const { instance } = world.cluster.servers[name]
  if (!instance) return await spoil(world, name === 'postgres' ? 'toPostgres' : 'toRedis', 'refuse', seconds)
  await instance.stop()
  await pass(seconds)
  await instance.start()
}

/** Connections that break as a COMMIT is on its way: some before it arrives, some before its answer does. */
function breaking ({ oneIn, pick }: Random): Watch {
  return sent => sent.includes('COMMIT\0') && oneIn(20) ? pick(['cut', 'cut-answer'] as const) : 'pass'
}

export const faults = {
  'postgres-stopped': (world, seconds) => withSocketsOpen(world, () => stopAndStart(world, 'postgres', seconds)),
  'postgres-slow': (world, seconds) => withSocketsOpen(world, () => spoil(world, 'toPostgres', { lateMs: 400 }, seconds)),
  'postgres-blackhole': (world, seconds) => withSocketsOpen(world, () => spoil(world, 'toPostgres', 'blackhole', seconds)),
  async 'commits-cut' (world, seconds) {
    for (const { toPostgres } of world.cluster.nodes) toPostgres.watch = breaking(world.random)
    await pass(seconds)
    for (const { toPostgres } of world.cluster.nodes) toPostgres.watch = () => 'pass'
  },
  'redis-killed': (world, seconds) => withSendsTaken(world, () => withSocketsOpen(world, () => stopAndStart(world, 'redis', seconds))),
  'redis-flapping': (world, seconds) => withSendsTaken(world, () => withSocketsOpen(world, async () => {
    for (let count = 0; count < 5; count++) {
      await spoil(world, 'toRedis', 'refuse', seconds / 10)
      await pass(seconds / 10)
    }
  })),
  'redis-blackhole': (world, seconds) => withSendsTaken(world, () => withSocketsOpen(world, () => spoil(world, 'toRedis', 'blackhole', seconds))),
  async 'redis-never' (world, seconds) {
    const [node] = world.cluster.nodes
    node!.toRedis.weather = 'refuse'
    await world.cluster.endNode(node!, 'kill')
    await world.cluster.startNode(node!)
    await pass(seconds)
    node!.toRedis.weather = 'fair'
  },
  async 'node-killed' (world, seconds) {
    const node = world.random.pick(world.cluster.nodes)
    world.kills += 1
    await world.cluster.endNode(node, 'kill')
    await pass(seconds / 2)
    await world.cluster.startNode(node)
  },
  /** Of a reminder, and of a plan. */
  'holder-killed': world => killHolders(world, world.cluster),
  async 'node-suspended' (world, seconds) {
    const node = world.random.pick(world.cluster.nodes)
    const back = world.cluster.leaveOut(node)
    node.suspend()
    await pass(seconds)
    node.resume()
    back()
  },
  async 'cut-off' (world, seconds) {
    const [a, b] = world.cluster.nodes
    const back = world.cluster.leaveOut(b!)
    await withSocketsOpen(world, async () => {
      await Promise.all([spoil(world, 'toRedis', 'blackhole', seconds, [a!]), spoil(world, 'toPostgres', 'refuse', seconds, [b!])])
    })
    back()
  },
  async 'rolling-restart' (world, seconds) {
    for (const node of world.cluster.nodes) {
      const exit = await world.cluster.endNode(node, 'stop')
      if (exit !== 0) throw new Error(`a node ended with ${exit}`)
      await world.cluster.startNode(node)
      await pass(seconds / 10)
    }
  }
} satisfies Record<string, Fault>

export type FaultName = keyof typeof faults

/** How long each of them lasts when there is time. */
export const seconds: Record<FaultName, number> = {
  'postgres-stopped': 10,
  'postgres-slow': 5,
  'postgres-blackhole': 10,
  'commits-cut': 10,
  'redis-killed': 10,
  'redis-flapping': 10,
  'redis-blackhole': 10,
  'redis-never': 5,
  'node-killed': 5,
  'holder-killed': 0,
  'node-suspended': 30,
  'cut-off': 10,
  'rolling-restart': 10
}
