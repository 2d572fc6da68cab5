import type { Delivery } from '../../../../src/store/contract/deliveries.ts'
import { random } from '../../../random.ts'
import { clock, draft, upTo, type Part } from '../engine.ts'

export const deliveries: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['alice', 'bob']) await store.applyClaims({ id, role: 'user', company: 'a', iat: 1 })
    const record = (...list: [device: string, low: number, high: number, replayed?: Delivery['replayed']][]) => {
      return store.recordDeliveries(list.map(([device, low, high, replayed]) => ({ userId: 'alice', device, low, high, replayed })))
    }
    const has = async (userId = 'alice') => (await store.deliveries(userId)).map(({ device, low, high }) => `${device} ${low}-${high}`)
    return { store, now, move, record, has }
  }

  t.test('intervals of a device that touch or overlap are one, whatever comes first', async t => {
    const { store, record, has } = await open(t)
    await record(['phone', 2, 4])
    await record(['phone', 4, 6], ['tablet', 2, 3])
    t.same(await has(), ['phone 2-6', 'tablet 2-3'])
    await record(['phone', 8, 9], ['phone', 11, 12])
    await record(['phone', 2, 3], ['phone', 3, 5], ['phone', 5, 5], ['phone', 9, 8])
    t.same(await has(), ['phone 2-6', 'phone 8-9', 'phone 11-12', 'tablet 2-3'], 'what is lower changes nothing')
    await record(['phone', 5, 11])
    t.same(await has(), ['phone 2-12', 'tablet 2-3'])
    await record(['phone', 0, 20])
    t.same(await has(), ['phone 0-20', 'tablet 2-3'], 'one that begins earlier absorbs what there is')
    await store.recordDeliveries([{ userId: 'bob', device: 'phone', low: 1, high: 2 }])
    t.same([await has(), await has('bob')], [['phone 0-20', 'tablet 2-3'], ['phone 1-2']])
  })

  t.test('what nobody was sent is left out', async t => {
    const { store, has } = await open(t)
    await store.recordDeliveries([{ userId: 'alice', device: 'phone', low: 2, high: 9, unsent: [3, 7] }, { userId: 'alice', device: 'tablet', low: 4, high: 5, unsent: [5] }])
    t.same(await has(), ['phone 3-6', 'phone 7-9'])
  })

  t.test('any intervals, in any batches, are their union', async t => {
    const { record, has } = await open(t)
    const { integer: below } = random(7)
    const covered = new Set<number>()
    for (let round = 0; round < 40; round++) {
      const list = upTo(1 + below(6)).map((): [string, number, number] => {
        const low = below(200)
        return ['d', low, low + below(6)]
      })
      for (const [, low, high] of list) for (let seq = low + 1; seq <= high; seq++) covered.add(seq)
      await record(...list)
    }
    const union: string[] = []
    for (let seq = 1; seq <= 210; seq++) {
      if (!covered.has(seq) || covered.has(seq - 1)) continue
      let end = seq
      while (covered.has(end + 1)) end++
      union.push(`d ${seq - 1}-${end}`)
    }
    t.same(await has(), union)
  })

  t.test('one device too many retires the one that has come least far, which keeps what it had', async t => {
    const { record, has } = await open(t)
    for (const number of upTo(20)) await record([`d${100 + number}`, number, number + 1])
    await record(['d101', 30, 31])
    t.equal((await has()).length, 21)
    await record(['new', 0, 1])
    t.same((await has()).slice(0, 3), [' 2-3', 'd101 1-2', 'd101 30-31'], 'not the new one, though it is behind all others')
    await record(['newer', 40, 41], ['newest', 40, 41])
    t.same((await has()).slice(0, 2), [' 0-1', ' 2-4'], 'what is touching is joined')
    await record(['d102', 4, 5])
    t.ok((await has()).includes('d102 4-5'), 'one that comes back is a device again')
  })

  t.test('of what a replay left out nothing is said', async t => {
    const { store, now, record, has, move } = await open(t)
    const notify = async (audience: Parameters<typeof draft>[0], expiresAt: number | null = null) => (await store.notify(draft(audience, { id: `n${expiresAt ?? ''}-${Math.random()}`, expiresAt }))).seq
    const start = await store.head()
    const expired = await notify({ all: true }, now() + 5)
    const other = await notify({ companies: ['b'] }, now() + 5)
    const recalled = await store.notify(draft({ users: ['alice'] }))
    const kept = await notify({ all: true }, now() + 5_000)
    await store.recall(recalled.id)
    move(10)
    const head = await store.head()
    await record(['phone', start, head, { upTo: head, at: now() }])
    t.same(await has(), [`phone ${expired}-${recalled.seq - 1}`, `phone ${recalled.seq}-${head}`], 'neither what had expired nor what was recalled')
    t.ok(other < recalled.seq && kept < head)
    await record(['laptop', start, head, { upTo: head, at: now() - 20 }])
    t.same((await has())[0], `laptop ${start}-${head}`, 'which was there when it was replayed')
    await record(['live', start, head])
    t.ok((await has()).includes(`live ${start}-${head}`))
    const first = await notify({ all: true })
    await Promise.all(upTo(150).map(() => notify({ all: true }, now() + 5)))
    move(10)
    await record(['tablet', first - 1, await store.head(), { upTo: await store.head(), at: now() }])
    t.ok((await has()).includes(`tablet ${first - 1}-${first}`), 'however much ended after what came')
  })

  t.test('nor of what came by a membership that had ended, nor of a former user\'s', async t => {
    const { store, record, has } = await open(t)
    const start = await store.head()
    await store.notify(draft({ companies: ['a'] }))
    await store.changeUser('alice', { company: 'b' })
    // Before the event that tells the user of it.
    const moved = await store.head() - 1
    await store.notify(draft({ companies: ['b'] }))
    const head = await store.head()
    await record(['phone', start, head, { upTo: head, at: 0 }])
    t.same(await has(), [`phone ${moved}-${head}`])
    await store.removeUser('alice')
    const removed = await store.head()
    await record(['late', start, head, { upTo: head, at: 0 }])
    t.equal((await has()).length, 1, 'who is gone says nothing')
    await store.createUser({ id: 'alice', username: null as never, role: 'user', company: 'a', passwordHash: null })
    const created = await store.head()
    await store.notify(draft({ companies: ['a'] }))
    await record(['new', start, created + 1, { upTo: created + 1, at: 0 }])
    t.same((await has()).slice(0, 1), [`new ${removed}-${created + 1}`])
  })

  t.test('retention drops what lies below the log', async t => {
    const { store, now, move, record, has } = await open(t)
    for (const number of upTo(6)) await store.notify(draft({ all: true }, { id: `r${number}`, at: now() }))
    const head = await store.head()
    await record(['phone', 0, 2], ['phone', 3, head - 1], ['tablet', head - 1, head], ['laptop', 0, 1])
    await store.see('alice', head)
    await store.see('bob', 3)
    move(1_000)
    const { seq } = await store.notify(draft({ all: true }, { at: now() }))
    while (await store.retain(now() - 500, 100) > 0);
    const floor = await store.floor()
    t.equal(floor, head + 2)
    await record(['phone', floor, seq])
    while (await store.tidy(1) > 0);
    t.same(await has(), [`phone ${floor}-${seq}`])
  })
}
