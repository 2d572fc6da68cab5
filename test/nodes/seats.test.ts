import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { RedisLimits } from '../../src/limits/redis.ts'
import { PREFIX } from '../../src/redis.ts'
import { Proxy } from '../services/proxy.ts'
import { eventually } from '../services/process.ts'
import { redis } from '../services/redis.ts'

const server = await redis(t)
/** Said often, and believed for longer than any test takes. */
const alive = { beatMs: 20, expiryMs: 300_000 }
let epochs = 0

/** Two nodes that count together however long this machine stalls, of a log of their own, and a look at what they share. */
async function two (t: Test, url: string, urlOfOne = url) {
  const epoch = `seats${String(++epochs).padStart(3, '0')}`
  const look = new Redis(url)
  const open = (url: string) => new RedisLimits({ url, epoch, onError: () => {}, answerMs: 60_000, alive })
  const [one, other] = [open(urlOfOne), open(url)]
  t.teardown(async () => {
    await Promise.all([one.close(), other.close()])
    look.disconnect()
  })
  const prefix = `${PREFIX}${epoch}:`
  const living = () => look.keys(`${prefix}node:*`)
  await eventually(async () => { if ((await living()).length !== 2) throw new Error('not both are there') })
  return { one, other, look, prefix, living, key: `${prefix}seats:u:bob` }
}

if (server) {
  t.test('a node that was silent, and taken for gone, has its seats again', async t => {
    const { one, other, look, key, living } = await two(t, server.url)
    t.ok(await one.seats.reserve('u:bob', 2, 3))
    t.ok(await other.seats.reserve('u:bob', 1, 3))
    t.notOk(await other.seats.reserve('u:bob', 2, 3))
    other.seats.release('u:bob', 1)
    let whole: Record<string, string> = {}
    await eventually(async () => {
      whole = await look.hgetall(key)
      if (Object.values(whole).sort().join() !== '1,2') throw new Error('not yet')
    })
    const first = Object.keys(whole).find(node => whole[node] === '2')!
    // As it is when its key has run out and somebody else has looked.
    const life = (await living()).find(name => name.endsWith(first))!
    await look.multi().del(life).hdel(key, first).exec()
    // The beat under way may announce the seats, the next one says that the node is alive.
    await eventually(async () => { if (await look.hget(key, first) !== '2' || await look.exists(life) !== 1) throw new Error('not yet') })
    t.notOk(await other.seats.reserve('u:bob', 2, 3))
  })

  t.test('whatever is announced has an end', async t => {
    const { one, look, key } = await two(t, server.url)
    t.ok(await one.seats.reserve('u:bob', 2, 3))
    await look.del(key)
    // Redis has lost it; what tells of a release makes it anew.
    one.seats.release('u:bob', 1)
    await eventually(async () => { if (await look.exists(key) !== 1) throw new Error('not yet') })
    const left = await look.ttl(key)
    t.ok(left > 0 && left <= 3_600, `${left} s`)
  })

  t.test('what Redis lost comes back by itself', async t => {
    const { one, look, key } = await two(t, server.url)
    t.ok(await one.seats.reserve('u:bob', 2, 3))
    await look.del(key)
    await eventually(async () => { if (!Object.values(await look.hgetall(key)).includes('2')) throw new Error('not yet') })
  })

  t.test('a seat given up while Redis is away is free afterwards', async t => {
    const proxy = await Proxy.before(t, Number(new URL(server.url).port))
    const { one, other, look, key } = await two(t, server.url, proxy.via(server.url))
    t.ok(await one.seats.reserve('u:bob', 3, 3))
    t.notOk(await other.seats.reserve('u:bob', 1, 3))
    other.seats.release('u:bob', 0)
    proxy.weather = 'refuse'
    proxy.cut()
    one.seats.release('u:bob', 0)
    proxy.weather = 'fair'
    await eventually(async () => { if (await look.exists(key) !== 0) throw new Error('not yet') })
    t.ok(await other.seats.reserve('u:bob', 3, 3))
  })

  t.test('windows end, also if the clock of Redis was set back', async t => {
    const { one, look, prefix } = await two(t, server.url)
    await one.hit('x', 60_000)
    await look.pexpire(`${prefix}limit:x`, 3_600_000)
    t.ok((await one.hit('x', 60_000)).leftMs <= 60_000)
    await look.persist(`${prefix}limit:x`)
    t.same(await one.hit('x', 60_000), { count: 3, leftMs: 60_000 })
    await one.refund('x')
    t.equal((await one.hit('x', 60_000)).count, 3)
    await one.refund('never')
    t.equal((await one.hit('never', 60_000)).count, 1)
  })
}
