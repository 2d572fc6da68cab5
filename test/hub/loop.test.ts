import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { Hub } from '../../src/hub/hub.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { openStore } from '../../src/store/open.ts'
import { draft, upTo } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { build, listen, people, subscribe } from '../helper.ts'
import { LoopProbe } from '../loop-probe.ts'
import { notification, recorded } from './recording.ts'

const EVENTS = 2_000
const REPLAYS = 6
/** What a turn may do of a replay: a page for each of those that read at the same time. */
const MOST_IN_ONE_TURN = 4 * 64

test('a replay of many events is done in many turns of the event loop, a page or a few in each', async t => {
  const url = `sqlite:${join(folder(t), 'belfry.db')}`
  const store = await openStore(url)
  await store.applyClaims({ id: 'bob', role: 'user', company: 'company_a', iat: 1 })
  await Promise.all(upTo(EVENTS).map(number => store.notify(draft({ all: true }, { id: `n-${number}`, at: Date.now() }))))
  await store.close()

  const app = await build(t, { DATABASE_URL: url })
  const base = await listen(app)
  const probe = new LoopProbe()
  let encoded = 0
  const { frames } = app.hub
  const of = frames.of.bind(frames)
  frames.of = (...args) => {
    probe.count()
    encoded += 1
    return of(...args)
  }
  const since = formatCursor(app.store.epoch, 1)
  const { longestMs, mostInOneTurn, turns } = await probe.watch(async () => {
    const sockets = await Promise.all(upTo(REPLAYS).map(() => subscribe(t, base, people.bob, `?since=${since}`)))
    for (const socket of sockets) t.match(await socket.next('caught_up'), { payload: { count: EVENTS } })
  })
  t.equal(encoded, REPLAYS * EVENTS)
  t.ok(mostInOneTurn > 0 && mostInOneTurn <= MOST_IN_ONE_TURN, `${mostInOneTurn} events in one turn`)
  t.comment(`${turns} turns, the longest ${longestMs.toFixed(1)} ms`)
})

test('a fan-out of a turn\'s events is one write a connection, however many events', async t => {
  const hub = new Hub({ epoch: 'k3v9x0qa', seq: 0 })
  const probe = new LoopProbe()
  const connections = upTo(50).map(number => recorded({ id: `user-${number}`, role: 'user', company: 'a' }))
  for (const { connection, wire } of connections) {
    hub.register(connection)
    hub.goLive(connection, 0)
    const write = wire.write.bind(wire)
    wire.write = frames => {
      probe.count()
      write(frames)
    }
  }
  const { longestMs, mostInOneTurn } = await probe.watch(async () => {
    for (let seq = 1; seq <= EVENTS; seq++) hub.publish([notification(seq)])
    await nextTurn()
    await nextTurn()
  })
  t.equal(mostInOneTurn, connections.length)
  for (const { seen } of connections) t.equal(seen().length, EVENTS)
  t.comment(`the longest turn ${longestMs.toFixed(1)} ms`)
})

test('the probe sees a turn that does much, and how long it was', async t => {
  const probe = new LoopProbe()
  const report = await probe.watch(async () => {
    for (const work of [1, 7, 3]) {
      for (let count = 0; count < work; count++) probe.count()
      await nextTurn()
    }
    const end = performance.now() + 20
    while (performance.now() < end);
    await nextTurn()
    await nextTurn()
  })
  t.equal(report.mostInOneTurn, 7)
  t.ok(report.longestMs >= 20)
  t.ok(report.turns >= 4)
})
