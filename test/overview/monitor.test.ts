import { setTimeout as pause } from 'node:timers/promises'
import { test, type Test } from 'tap'
import type { Overview } from '../../schemas/overview.ts'
import { Exchange } from '../../src/bus/memory.ts'
import { NodeSampler } from '../../src/overview/node.ts'
import { OverviewMonitor } from '../../src/overview/overview.ts'
import { until, within } from '../within.ts'

const PACES = { sample: 20, first: 10, peers: 40, lease: 100, silent: 80, patience: 10, store: 50 }
const AT = '2026-01-31T08:00:00.000Z'

/** A node on an exchange, whose numbers a test sets, and how often it has been measured. */
function join (t: Test, exchange: Exchange, id: string, paces: Partial<typeof PACES> = {}) {
  const bus = exchange.join('epoch001')
  const is = { sockets: 1, sends: 0, measured: 0, isFull: false, store: async () => {} }
  const sampler = new NodeSampler(id, AT, {
    sockets: () => { is.measured += 1; return is.sockets },
    streams: () => 0,
    lagMs: () => 0.5,
    flushP99: () => null,
    commitP99: () => id === 'a' ? 3 : null,
    degraded: () => is.isFull ? ['store_full'] : [],
    sends: () => is.sends,
    deliveries: () => 0,
    slowCloses: () => 0
  })
  const store = {
    engine: 'sqlite' as const,
    floor: async () => { await is.store(); return 2 },
    bytes: async () => 4096,
    countNotifications: async (after: number, upTo: number) => upTo - after,
    countUsers: async () => ({ count: 7, last: null })
  }
  const monitor = new OverviewMonitor({ version: '1.0.0', startedAt: AT, store, bus, isShared: true, sampler, head: () => 12, paces: { ...PACES, ...paces } })
  t.teardown(() => monitor.close())
  return { monitor, is, bus }
}

const ids = ({ nodes }: Overview) => nodes.map(({ id }) => id)

test('one question finds all nodes, and adds them up', async t => {
  const exchange = new Exchange()
  // A process that stands still for longer than these would take the other node for gone.
  const paces = { lease: 60_000, silent: 60_000 }
  const [a, b] = [join(t, exchange, 'a', paces), join(t, exchange, 'b', paces)]
  b.is.sockets = 5
  b.is.isFull = true
  const overview = await a.monitor.read()
  // How late the event loop is, is the machine's affair.
  for (const node of overview.nodes) node.loop_ms_p99 = 0
  t.strictSame(overview, {
    version: '1.0.0',
    started_at: AT,
    nodes: [['a', 1], ['b', 5]].map(([id, sockets]) => ({ id, started_at: AT, sockets, streams: 0, lag_ms: 0.5, flush_ms_p99: null, loop_ms_p99: 0 })),
    users: 7,
    notifications: 10,
    log: { head: 12, floor: 2 },
    store: { engine: 'sqlite', commit_ms_p99: 3, bytes: 4096 },
    bus: 'up',
    degraded: ['store_full'],
    rates: { sends: 0, deliveries: 0, slow_closes: 0 }
  })
})

test('watchers are told again and again, all the same, and a node that falls silent is gone', async t => {
  const exchange = new Exchange()
  const [a, b] = [join(t, exchange, 'a'), join(t, exchange, 'b')]
  const seen: Overview[][] = [[], []]
  const leave = seen.map(list => a.monitor.watch(overview => list.push(overview)))
  await until('both nodes', () => seen[0]!.some(overview => ids(overview).join() === 'a,b'))
  b.is.sends += 1000
  await until('the sends of the other node', () => seen[0]!.some(({ rates }) => rates.sends > 0))
  t.ok(seen[0]!.every((overview, index) => overview === seen[1]![index]), 'one overview for all')
  b.is.sends = 1000
  await b.bus.close()
  await until('it to be gone', () => ids(seen[0]!.at(-1)!).join() === 'a')
  leave[0]!()
  const before = seen[0]!.length
  const other = seen[1]!.length
  await until('more for the other watcher', () => seen[1]!.length > other + 1)
  t.equal(seen[0]!.length, before, 'who left is told nothing')
})

test('when nobody watches, no node measures itself', async t => {
  const exchange = new Exchange()
  const [a, b] = [join(t, exchange, 'a'), join(t, exchange, 'b')]
  await pause(60)
  t.equal(a.is.measured + b.is.measured, 0, 'from the start')
  const leave = a.monitor.watch(() => {})
  await until('both to measure', () => a.is.measured > 1 && b.is.measured > 1)
  leave()
  await pause(4 * PACES.lease)
  const measured = a.is.measured + b.is.measured
  await pause(80)
  t.equal(a.is.measured + b.is.measured, measured, 'some time after the last one has left')
  t.same(ids(await a.monitor.read()), ['a', 'b'], 'and they begin again')
})

test('a store that is away, or hangs, keeps nobody waiting', async t => {
  const { monitor, is } = join(t, new Exchange(), 'a')
  is.store = async () => { throw new Error('away') }
  t.match(await within(monitor.read(), 'an answer'), { degraded: ['store'], users: null, notifications: null, store: { bytes: null } })
  is.store = async () => {}
  await until('the store', async () => (await monitor.read()).degraded.length === 0)
  is.store = () => new Promise(() => {})
  await until('it to be missed', async () => (await monitor.read()).degraded.includes('store'))
  t.match(await monitor.read(), { users: 7, notifications: 10 }, 'what was known stays')
})
