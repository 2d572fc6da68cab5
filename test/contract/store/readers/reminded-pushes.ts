import { ANY_AGE } from '../../../../src/log/age-limit.ts'
import { opening } from '../receipts/demands.ts'
import type { Part } from '../engine.ts'
import { all, subscription, told } from './pushed.ts'

const HOUR = 3_600_000

export const remindedPushes: Part = (t, engine) => {
  t.test('a reminder is pushed to whom it names and who has not acknowledged, though they have read what it is of', async t => {
    const { store, move, send, run } = await opening(engine)(t)
    for (const id of ['alice', 'bob', 'carol', 'root']) await store.putPushSubscription(subscription(id, id))
    await store.putGroup({ company: 'a', group: 'g' }, { name: 'g', isOpen: false })
    await store.changeMembers({ company: 'a', group: 'g' }, { add: ['alice', 'bob', 'carol'], remove: [] }, { perGroup: 9, perUser: 9 })
    const ids = { c: { companies: ['a'] }, u: { users: ['alice', 'bob', 'root'] }, g: { groups: ['g'], company: 'a' } }
    for (const [id, audience] of Object.entries(ids)) await send(audience, id, { remindMs: HOUR, reminders: 2 }, { topic: 'news' })
    await store.mark('bob', 'read', ['c', 'u'])
    await store.see('bob', await store.head())
    await store.acknowledge('alice', ['c', 'u', 'g'])
    const start = { seq: await store.head(), inner: null }
    move(HOUR)
    await run()
    const expected = ['c bob', 'c carol', 'g bob', 'g carol', 'u bob', 'u root']
    for (const limit of [1, 100]) t.same((await all(store, limit, start)).sort(), expected, `in pages of ${limit}`)
    const reminders = (await store.pushes(start, { old: ANY_AGE, limit: 100 }))!.pushes.map(({ push }) => push)
    t.ok(reminders.every(({ seq, notification }) => seq > start.seq && notification.seq <= start.seq), 'each has a place of its own')

    // What failed is judged again, as the reminder that it is.
    const [first] = reminders.filter(push => told(push) === 'c bob')
    const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
    const call = { subscriptionId: 'bob', seq: first!.seq, userId: 'bob', key: first!.key, since: null, state: 'pending' as const, n: 1, status: 500, error: 'answered 500', nextIn: 0 }
    await store.movePushes(token, { place: start, missed: 0, calls: [call], sent: [], gone: [], held: [], released: [], lost: [] })
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes.map(told)), [['c bob']])

    // Since it was reminded: read, seen, delivered, acknowledged, gone.
    await store.mark('bob', 'read', ['g'])
    const ofGroup = reminders.find(push => told(push) === 'g carol')!
    await store.recordDeliveries([{ userId: 'carol', device: 'd', low: ofGroup.seq - 1, high: ofGroup.seq }])
    await store.see('root', await store.head())
    await store.acknowledge('bob', ['u'])
    t.same((await all(store, 100, start)).sort(), ['c bob', 'c carol'])
    await store.changeUser('carol', { company: 'b' })
    await store.acknowledge('bob', ['c'])
    t.same(await all(store, 100, start), [])
    t.same((await store.duePushes(9)).map(({ pushes }) => pushes), [[]])
  })

  t.test('the receipt of a reminder delivers what it is of', async t => {
    const { store, move, send, run } = await opening(engine)(t)
    await store.putPushSubscription(subscription('bob', 'bob', { device: 'phone' }))
    const origin = await send({ users: ['bob'] }, 'n', { remindMs: HOUR, reminders: 1 }, { body: JSON.stringify({ id: 'n', actions: [{ id: 'go', label: 'Go' }] }) })
    move(HOUR)
    await run()
    const seq = await store.head()
    await store.takePushReceipt({ subscriptionId: 'bob', seq, state: 'delivered' })
    t.same((await store.deliveries('bob')).map(({ low, high }) => [low, high]), seq === origin + 1 ? [[origin - 1, seq]] : [[origin - 1, origin], [seq - 1, seq]])
    t.match(await store.report('n'), { delivered: 1 })
    await store.takePushReceipt({ subscriptionId: 'bob', seq: origin, state: 'delivered' })
    await store.takePushReceipt({ subscriptionId: 'bob', seq, state: 'acted', action: 'go' })
    t.match(await store.report('n'), { acted: 1 })
  })
}
