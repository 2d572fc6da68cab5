import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Bus } from '../../src/bus/bus.ts'
import { Exchange } from '../../src/bus/memory.ts'
import { openBus } from '../../src/bus/open.ts'
import { RedisBus } from '../../src/bus/redis.ts'
import { busContract, hear, hint } from '../contract/bus.ts'
import { Proxy } from '../services/proxy.ts'
import { redis } from '../services/redis.ts'

busContract(t, {
  name: 'memory',
  open: async t => {
    const exchange = new Exchange()
    return {
      join: async epoch => {
        const bus = exchange.join(epoch)
        t.teardown(() => bus.close())
        return bus
      }
    }
  }
})

t.test('a node without Redis is by itself', async t => {
  const bus = openBus(undefined, 'epoch001')
  t.ok(bus.isUp)
  bus.publish(hint(1))
  await bus.close()
})

/** Resolves when the bus is up, or down. */
async function when (bus: Bus, isUp: boolean): Promise<void> {
  if (bus.isUp === isUp) return
  const { promise, resolve } = Promise.withResolvers<void>()
  bus.onChange(is => { if (is === isUp) resolve() })
  await promise
}

function join (t: Test, url: string, epoch = 'epoch001'): RedisBus {
  const bus = new RedisBus(url, epoch, { heartbeatMs: 100 })
  t.teardown(() => bus.close())
  return bus
}

const server = await redis(t)

if (server) {
  busContract(t, {
    name: 'redis://',
    open: async t => ({
      join: async epoch => {
        const bus = join(t, server.url, epoch)
        await when(bus, true)
        return bus
      }
    })
  })

  t.test('large events stay at home', async t => {
    const [a, b] = [join(t, server.url), join(t, server.url)]
    await Promise.all([when(a, true), when(b, true)])
    const ear = hear(b)
    const large = hint(1)
    large.events![0]!.body = JSON.stringify('x'.repeat(70_000))
    a.publish(large)
    t.same((await ear.until(heard => heard.length > 0)).map(({ from, to, events }) => ({ from, to, events })), [{ from: 1, to: 1, events: undefined }])
  })

  t.test('what is no hint is not passed on', async t => {
    const bus = join(t, server.url)
    await when(bus, true)
    const ear = hear(bus)
    const stranger = new Redis(server.url)
    t.teardown(() => stranger.disconnect())
    const whole = { v: 1, node: 'x', epoch: 'epoch001', from: 1, to: 1 }
    for (const text of [
      '', 'null', '[]', '7', '{"v":1}', ...[{ v: 2 }, { epoch: 1 }, { from: 0 }, { from: 2 }, { from: '1' }, { to: 1.5 }, { to: null }, { node: null }, { epoch: 'epoch002' }]
        .map(change => JSON.stringify({ ...whole, ...change }))
    ]) await stranger.publish('belfry:log:epoch001', text)
    for (const events of [{}, [null], [{}], [{ ...hint(2).events![0] }], hint(1, 2).events]) {
      await stranger.publish('belfry:log:epoch001', JSON.stringify({ ...whole, events }))
    }
    await stranger.publish('belfry:log:epoch001', JSON.stringify({ ...whole, from: 3, to: 3 }))
    const heard = await ear.until(heard => heard.some(({ from }) => from === 3))
    t.same(heard.map(({ from, events }) => [from, events]), [...Array(5).fill([1, undefined]), [3, undefined]], 'events that are not whole are left out')
  })
}

if (server?.instance) {
  const { instance } = server

  t.test('Redis stops and comes back, or answers nothing: sends go on, and it heals by itself', async t => {
    const proxy = await Proxy.before(t, instance.port)
    const [a, b] = [join(t, proxy.via(instance.url)), join(t, instance.url)]
    await Promise.all([when(a, true), when(b, true)])
    for (const [spoil, mend] of [
      [() => { proxy.weather = 'blackhole' }, () => { proxy.weather = 'fair' }],
      [() => { proxy.weather = 'refuse'; proxy.cut() }, () => { proxy.weather = 'fair' }],
      [() => instance.stop(), () => instance.start()]
    ] as const) {
      await spoil()
      await when(a, false)
      for (let seq = 1; seq <= 5_000; seq++) a.publish(hint(seq))
      await mend()
      await Promise.all([when(a, true), when(b, true)])
      const ear = hear(b)
      a.publish(hint(10_000))
      await ear.until(heard => heard.some(({ from }) => from === 10_000))
      t.pass('it heals')
    }
  })

  t.test('a Redis that is not there at the start is found when it comes', async t => {
    await instance.stop()
    const bus = join(t, instance.url)
    bus.publish(hint(1))
    t.notOk(bus.isUp)
    await instance.start()
    await when(bus, true)
    t.ok(bus.isUp)
  })

  t.test('the URL\'s password is used', async t => {
    const guarded = await redis(t, ['--requirepass', 'open sesame'])
    const url = guarded!.url.replace('//', `//:${encodeURIComponent('open sesame')}@`)
    const [a, b] = [join(t, url), join(t, url)]
    await Promise.all([when(a, true), when(b, true)])
    const ear = hear(b)
    a.publish(hint(1))
    t.equal((await ear.until(heard => heard.length > 0)).length, 1)
    const refused = join(t, guarded!.url)
    t.notOk(refused.isUp)
  })
}
