import type { PushCall, PushMove } from '../../../../src/store/contract/pushes.ts'
import type { Draft } from '../../../../src/store/store.ts'
import { clock, codeOf, draft, upTo, type Part } from '../engine.ts'
import { subscription, told } from './pushed.ts'

const DAY = 86_400_000
const NOTHING: Omit<PushMove, 'place'> = { missed: 0, calls: [], sent: [], gone: [], held: [], released: [], lost: [] }

/** What is kept of the answers of push services, and of browsers. */
export const pushAnswers: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['bob', 'carol']) {
      await store.createUser({ id, username: id, role: 'user', company: 'a', passwordHash: null })
      await store.putPushSubscription(subscription(id, `${id}-1`))
    }
    const send = async (id: string, overrides: Partial<Draft> = {}) => (await store.notify(draft({ users: ['bob', 'carol'] }, { id, at: now(), ...overrides }))).seq
    const settle = async (overrides: Partial<PushMove>) => {
      const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
      return await store.movePushes(token, { ...NOTHING, place: { seq: await store.head(), inner: null }, ...overrides })
    }
    const call = (seq: number, overrides: Partial<PushCall> = {}): PushCall => ({ subscriptionId: 'bob-1', seq, userId: 'bob', key: 'u:bob', since: null, state: 'pending', n: 1, status: 503, error: 'answered 503', nextIn: 5_000, ...overrides })
    return { store, now, move, send, settle, call }
  }

  t.test('what a push service took is known, from the first time on, until retention removes it, or its user', async t => {
    const { store, now, move, send, settle } = await open(t)
    const [one, two] = [await send('one'), await send('two')]
    const sentAt = async (user: string, seq: number) => (await store.pushState(user, seq)).sentAt
    t.equal(await sentAt('bob', one), null)
    const at = now()
    await settle({ sent: [{ userId: 'bob', seq: one }, { userId: 'bob', seq: one }, { userId: 'carol', seq: two }, { userId: 'nobody', seq: one }] })
    move(1_000)
    await settle({ sent: [{ userId: 'bob', seq: one }] })
    t.same([await sentAt('bob', one), await sentAt('bob', two), await sentAt('carol', two), await sentAt('nobody', one)], [at, null, at, null])
    t.notOk(await store.movePushes(0, { ...NOTHING, place: { seq: 1, inner: null }, sent: [{ userId: 'bob', seq: two }] }), 'not with a lease that somebody else took')
    t.equal(await sentAt('bob', two), null)
    await store.removeUser('carol')
    t.equal(await sentAt('carol', two), null)
    move(DAY)
    await send('young')
    while (await store.retain(now(), 100) > 0);
    while (await store.tidy(100) > 0);
    t.equal(await sentAt('bob', one), null)
  })

  t.test('a call that is out is due when it was not heard of, or at once for who takes its reader', async t => {
    const { store, move, send, settle, call } = await open(t)
    const seq = await send('one')
    const out = call(seq, { state: 'out', status: null, error: 'not answered yet', nextIn: 20_000 })
    await settle({ calls: [out, call(seq, { subscriptionId: 'carol-1', userId: 'carol', key: 'u:carol', nextIn: DAY })] })
    t.same([await store.duePushes(9), await store.pendingPushes()], [[], { pending: 2, dueIn: 20_000 }])
    t.match(await store.pushState('bob', seq), { sentAt: null, nextAt: Number })
    move(20_000)
    t.same((await store.duePushes(9)).map(({ n, pushes }) => [n, pushes.map(told)]), [[1, ['one bob-1']]])
    await settle({ calls: [out] })
    t.same(await store.duePushes(9), [])
    await store.recallPushes()
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes.map(told)), [['one bob-1']], 'and not what was answered')
    await settle({ calls: [call(seq, { state: 'delivered', nextIn: null })], sent: [{ userId: 'bob', seq }] })
    t.same([await store.duePushes(9), (await store.pendingPushes()).pending], [[], 1])
  })

  t.test('what expired while it was refused is due with its notification, but not what was read or recalled by then', async t => {
    const { store, now, move, send, settle, call } = await open(t)
    const seqs: number[] = []
    for (const id of ['expired', 'read', 'recalled']) seqs.push(await send(id, { expiresAt: now() + 2_000 }))
    await settle({ calls: seqs.map(seq => call(seq)) })
    await store.mark('bob', 'read', ['read'])
    await store.recall('recalled')
    move(5_000)
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes.map(told)), [['expired bob-1'], [], []])
  })

  t.test('who leaves a group by which they have it, but has it by another one, still gets what was refused', async t => {
    const { store, now, move, settle, call } = await open(t)
    for (const group of ['one', 'two', 'other']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    const change = (group: string, add: string[], remove: string[] = []) => store.changeMembers({ company: null, group }, { add, remove }, { perGroup: 100, perUser: 100 })
    for (const group of ['one', 'two']) await change(group, ['bob', 'carol'])
    const { seq } = await store.notify(draft({ groups: ['one', 'two'] }, { id: 'n', at: now() }))
    await settle({ calls: [call(seq, { key: 'g:one' }), call(seq, { key: 'g:one', subscriptionId: 'carol-1', userId: 'carol' })] })
    await change('one', [], ['bob', 'carol'])
    await change('two', [], ['carol'])
    for (const group of ['two', 'other']) await change(group, ['carol'])
    move(5_000)
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes.map(told)), [['n bob-1'], []])
  })

  t.test('a receipt is good once for each state: it delivers, and acts', async t => {
    const { store, send } = await open(t)
    const seq = await send('n', { body: JSON.stringify({ id: 'n', actions: [{ id: 'later', label: 'Later' }] }) })
    const receipt = { subscriptionId: 'bob-1', seq }
    await store.takePushReceipt({ ...receipt, state: 'delivered' })
    t.match(await store.pushState('bob', seq), { shownAt: Number, nextAt: null })
    t.same(await store.deliveries('bob'), [{ device: 'push', low: seq - 1, high: seq }])
    t.same(await Promise.all([{ state: 'delivered' as const }, { state: 'acted' as const, action: 'none' }].map(more => codeOf(store.takePushReceipt({ ...receipt, ...more })))), ['BLF_RECEIPT_NOT_FOUND', 'BLF_ACTION_NOT_FOUND'])
    await store.takePushReceipt({ ...receipt, state: 'acted' })
    t.notMatch((await store.inbox('bob', { limit: 1 })).entries[0], { acted: {} }, 'it was opened, which is no action')
    await store.takePushReceipt({ ...receipt, state: 'acted', action: 'later' })
    t.match((await store.inbox('bob', { limit: 1 })).entries[0], { acted: { action: 'later' } })
    t.same(await Promise.all([{ ...receipt, state: 'acted' as const }, { ...receipt, state: 'acted' as const, action: 'later' }, { ...receipt, subscriptionId: 'none', state: 'acted' as const }, { ...receipt, seq: seq + 1, state: 'acted' as const }].map(one => codeOf(store.takePushReceipt(one)))), upTo(4).map(() => 'BLF_RECEIPT_NOT_FOUND'))
    await store.putPushSubscription(subscription('carol', 'carol-2', { hash: 'hash-bob-1' }))
    t.equal(await codeOf(store.takePushReceipt({ ...receipt, state: 'acted' })), 'BLF_RECEIPT_NOT_FOUND', 'the next user of the browser answers for nobody else')
  })
}
