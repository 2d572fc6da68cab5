import type { NewCall } from '../../../../src/store/contract/readers.ts'
import { clock, draft, type Part } from '../engine.ts'

const LEASE = 10_000
const DAY = 86_400_000
const call = (seq: number, overrides: Partial<NewCall> = {}): NewCall => ({ seq, state: 'pending', n: 1, status: 500, error: 'answered 500', nextIn: 5_000, item: JSON.stringify({ seq }), ...overrides })

export const readers: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store, reopen } = await engine.open(t, { now })
    const send = async (count: number) => { for (let sent = 0; sent < count; sent++) await store.notify(draft({ all: true }, { at: now() })) }
    const take = (owner: string, overrides = {}) => store.takeReader('r', owner, { leaseMs: LEASE, start: 'floor', ...overrides })
    return { store, reopen, now, move, send, take }
  }

  t.test('a reader begins where it is told to, and knows how far behind it is', async t => {
    const { store, now, move, send, take } = await open(t)
    t.equal(await store.reader('r'), undefined)
    await send(3)
    t.same(await take('a'), { token: 1, seq: 0 })
    t.same(await store.takeReader('late', 'a', { leaseMs: LEASE, start: 'head' }), { token: 1, seq: 3 })
    move(700)
    t.same(await store.reader('r'), { seq: 0, inner: null, now: now(), head: 3, floor: 0, leaseMs: LEASE - 700, owner: 'a', lagMs: 700, pending: 0, dueIn: null, missed: 0 })
    t.match(await store.reader('late'), { seq: 3, lagMs: null })
    t.ok(await store.moveReader('r', 1, { seq: 2, calls: [] }))
    t.match(await store.reader('r'), { seq: 2, lagMs: 700 })
    t.match(await store.reader('late'), { seq: 3 }, 'each has a place of its own')
  })

  t.test('one owner at a time; a lease that ended, or is given back, is another\'s', async t => {
    const { store, move, take } = await open(t)
    const first = (await take('a'))!
    t.equal(await take('b'), undefined)
    move(LEASE - 1)
    t.equal(await take('b'), undefined)
    t.same(await store.renewReaders('a', LEASE), ['r'])
    move(LEASE - 1)
    t.equal(await take('b'), undefined, 'it was renewed')
    move(1)
    const second = (await take('b'))!
    t.ok(second.token > first.token)
    t.same(await store.renewReaders('a', LEASE), [], 'the first owner has none to renew')
    await store.releaseReaders('a')
    t.match(await store.reader('r'), { owner: 'b', leaseMs: LEASE }, 'nor to give back')
    await store.releaseReaders('b')
    t.match(await store.reader('r'), { owner: null, leaseMs: 0 })
    t.ok(await take('c'))
    t.ok(await take('d', { isAlone: true }), 'who is alone waits for nobody')
  })

  t.test('who lost the lease moves nothing, who only let it end still does', async t => {
    const { store, move, send, take } = await open(t)
    await send(4)
    const first = (await take('a'))!
    move(LEASE + 1)
    t.ok(await store.moveReader('r', first.token, { seq: 1, calls: [call(1)] }), 'nobody else has it')
    const second = (await take('b'))!
    t.equal(second.seq, 1)
    t.notOk(await store.moveReader('r', first.token, { seq: 4, calls: [call(1, { state: 'delivered', nextIn: null }), call(2)] }))
    t.match(await store.reader('r'), { seq: 1, pending: 1 }, 'neither the place nor a call')
    t.notOk(await store.moveReader('nobody', 1, { seq: 1, calls: [] }))
    t.ok(await store.moveReader('r', second.token, { seq: 4, calls: [] }))
  })

  t.test('what failed is due alone, until it is done or given up', async t => {
    const { store, now, move, send, take } = await open(t)
    await send(5)
    const { token } = (await take('a'))!
    await store.moveReader('r', token, { seq: 5, calls: [call(2), call(4, { nextIn: 300_000, status: null, error: 'timed out' }), call(1, { state: 'failed', nextIn: null }), call(5, { state: 'delivered', nextIn: null })] })
    t.match(await store.reader('r'), { pending: 2, dueIn: 5_000 })
    t.same(await store.dueCalls('r', 10), [])
    move(5_000)
    t.same((await store.dueCalls('r', 10)), [{ seq: 2, state: 'pending', n: 1, at: now() - 5_000, status: 500, error: 'answered 500', nextAt: now(), item: '{"seq":2}' }])
    await store.moveReader('r', token, { seq: 5, calls: [call(2, { state: 'delivered', n: 2, nextIn: null })] })
    t.match(await store.reader('r'), { pending: 1, dueIn: 295_000 })
    t.same((await store.calls('r', { limit: 10 })).map(({ seq, state }) => [seq, state]), [[4, 'pending'], [1, 'failed']], 'what was delivered is forgotten')
    t.match(await store.calls('r', { limit: 1, before: 4 }), [{ seq: 1 }])
    t.match(await store.calls('r', { limit: 10, state: 'pending' }), [{ seq: 4, status: null, error: 'timed out' }])
    t.same(await store.calls('other', { limit: 10 }), [])
  })

  t.test('a reader may keep the last ones of what it delivered', async t => {
    const { store, send, take } = await open(t)
    await send(9)
    const { token } = (await take('a'))!
    for (const to of [3, 6, 9]) await store.moveReader('r', token, { seq: to, keep: 4, calls: [to - 2, to - 1, to].map(seq => call(seq, { state: 'delivered', nextIn: null })) })
    t.same((await store.calls('r', { limit: 10, state: 'delivered' })).map(({ seq }) => seq), [9, 8, 7, 6])
  })

  t.test('retention does not wait; what was missed is counted, and what ended is forgotten', async t => {
    const { store, move, now, send, take } = await open(t)
    await send(4)
    const { token } = (await take('a'))!
    await store.moveReader('r', token, { seq: 1, calls: [call(1), call(2, { state: 'failed', nextIn: null })] })
    move(40 * DAY)
    await send(1)
    await store.retain(now() - DAY, 100)
    t.match(await store.reader('r'), { seq: 1, floor: 4, head: 5, lagMs: 0 })
    await store.moveReader('r', token, { seq: 4, calls: [], missed: 3 })
    await store.moveReader('r', token, { seq: 5, calls: [], missed: 1 })
    t.match(await store.reader('r'), { seq: 5, missed: 4, lagMs: null })
    while (await store.tidy(100) > 0);
    t.match(await store.calls('r', { limit: 9 }), [{ seq: 1, state: 'pending' }], 'what is pending is kept')
    t.equal((await store.calls('r', { limit: 9 })).length, 1)
  })

  t.test('it is there again after a restart', async t => {
    const { reopen, send, take, store } = await open(t)
    if (!reopen) return t.pass('the data ends with the store')
    await send(3)
    const { token } = (await take('a'))!
    await store.moveReader('r', token, { seq: 2, calls: [call(1)] })
    const again = await reopen()
    t.match(await again.reader('r'), { seq: 2, pending: 1, owner: 'a' })
    t.equal((await again.takeReader('r', 'b', { leaseMs: LEASE, start: 'floor' })), undefined)
    t.same(await again.takeReader('r', 'b', { leaseMs: LEASE, start: 'head', isAlone: true }), { token: token + 1, seq: 2 })
  })
}
