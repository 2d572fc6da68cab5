import type { Audience } from '../../../../src/log/audience.ts'
import type { Draft } from '../../../../src/store/store.ts'
import { clock, draft, type Part } from '../engine.ts'
import { all, subscription } from './pushed.ts'

export const latePushes: Part = (t, engine) => {
  async function open (t: Parameters<Part>[0]) {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    const claim = async (id: string, company: string | null, iat = 1) => {
      const isNew = iat === 1
      await store.applyClaims({ id, role: 'user', company, iat })
      if (isNew) await store.putPushSubscription(subscription(id, id))
    }
    const send = async (id: string, audience: Audience = { companies: ['a'] }, rest: Partial<Draft> = {}) => {
      return (await store.notify(draft(audience, { id, at: now(), topic: 't', expiresAt: now() + 60_000, lateJoiners: true, ...rest }))).seq
    }
    const put = (group: string) => store.putGroup({ company: null, group }, { name: group, isOpen: false })
    const change = (group: string, add: string[], remove: string[] = []) => store.changeMembers({ company: null, group }, { add, remove }, { perGroup: 100, perUser: 100 })
    const start = async () => ({ seq: await store.head(), inner: null })
    return { store, now, move, claim, send, put, change, start }
  }

  t.test('who joins before it is pushed is pushed to as anybody else, if it is for late joiners', async t => {
    const { store, move, claim, send, put, change, start } = await open(t)
    await put('g')
    for (const [id, company] of [['alice', 'a'], ['bob', 'b'], ['carol', 'c'], ['dave', 'a'], ['never', null]] as const) await claim(id, company)
    await change('g', ['alice'])
    const from = await start()
    await send('late')
    await send('other', undefined, { lateJoiners: false })
    await send('to g', { groups: ['g'] })
    await send('to roles', { companies: ['a'], roles: ['guest', 'user'] })
    await send('but', { companies: ['a'], not: { users: ['bob', 'dave'] } })
    await send('recalled')
    await store.recall('recalled')
    await claim('bob', 'a', 2)
    await claim('new', 'a')
    await change('g', ['carol', 'dave'])
    await claim('dave', null, 2)
    await change('g', [], ['alice'])
    const expected = [
      'but alice', 'but new', 'late alice', 'late bob', 'late new', 'other alice',
      'to g carol', 'to g dave', 'to roles alice', 'to roles bob', 'to roles new'
    ]
    for (const limit of [1, 100]) t.same((await all(store, limit, from)).sort(), expected, `in pages of ${limit}`)
    move(60_000)
    t.same(await all(store, 100, from), [], 'nothing once it has expired')
  })

  t.test('what late joiners did since they joined counts, and nothing from before', async t => {
    const { store, claim, send, start } = await open(t)
    const people = ['acked', 'saw', 'read', 'all', 'one', 'back', 'hid', 'threw', 'wants'] as const
    for (const id of people) await claim(id, 'b')
    await claim('returned', 'a')
    const from = await start()
    const seq = await send('late')
    await send('to b', { companies: ['b'] }, { lateJoiners: false, topic: 'other' })
    await store.mark('returned', 'delete', ['late'])
    await store.see('returned', seq)
    await claim('returned', 'b', 2)
    // All of this is from before.
    const head = await store.head()
    await store.recordDeliveries(['acked', 'wants'].map(userId => ({ userId, device: 'd', low: 0, high: head })))
    await store.see('wants', head)
    await store.readAll('wants', null, null)
    await store.readAll('wants', null, 't')
    for (const id of people) await claim(id, 'a', 2)
    await claim('returned', 'a', 3)
    t.same((await all(store, 100, from)).filter(one => one.startsWith('late')).sort(), [...people, 'returned'].sort().map(id => `late ${id}`))
    await store.see('saw', await store.head())
    await store.mark('read', 'read', ['late'])
    await store.readAll('all', null, null)
    await store.readAll('one', null, 't')
    await store.mark('back', 'read', ['late'])
    await store.mark('back', 'unread', ['late'])
    await store.mark('hid', 'archive', ['late'])
    await store.mark('threw', 'delete', ['late'])
    t.same((await all(store, 100, from)).filter(one => one.startsWith('late')).sort(), ['late acked', 'late returned', 'late wants'])
  })

  t.test('who has it by several groups is pushed to once, whichever they were in first', async t => {
    const { store, claim, send, put, change, start } = await open(t)
    for (const group of ['g', 'h', 'i']) await put(group)
    for (const id of ['before', 'first', 'last', 'both', 'left', 'out']) await claim(id, 'a')
    await change('g', ['before', 'first', 'left'])
    await change('h', ['before', 'last'])
    const from = await start()
    await send('late', { groups: ['g', 'h', 'i'], not: { users: ['out'] } })
    await send('other', { groups: ['g', 'h', 'i'], not: { users: ['out'] } }, { lateJoiners: false })
    await change('g', ['last', 'both', 'out'], ['left'])
    await change('h', ['first', 'both', 'out', 'left'])
    await change('i', ['first'])
    const expected = ['late before', 'late both', 'late first', 'late last', 'late left', 'other before', 'other first', 'other last']
    for (const limit of [1, 2, 100]) t.same((await all(store, limit, from)).sort(), expected, `in pages of ${limit}`)
  })

  t.test('who joins a group that was made again gets nothing of the former one by it', async t => {
    const { store, claim, send, put, change, start } = await open(t)
    for (const group of ['kept', 'made']) await put(group)
    for (const id of ['alice', 'bob', 'carol']) await claim(id, 'a')
    await change('made', ['alice'])
    const from = await start()
    // Walked in this order: bob is found by the first, which is not the one that it was sent to any more.
    await send('both', { groups: ['made', 'kept'] })
    await send('secret', { groups: ['made'] })
    await store.removeGroup({ company: null, group: 'made' })
    await put('made')
    await change('made', ['alice', 'bob', 'carol'])
    await change('kept', ['bob'])
    t.same(await all(store, 100, from), ['both bob'])
  })

  t.test('what failed, or was held back, comes to late joiners too', async t => {
    const { store, now, move, claim, send } = await open(t)
    await claim('bob', 'b')
    const late = await send('late', undefined, { expiresAt: now() + 600_000 })
    await claim('bob', 'a', 2)
    const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
    const none = { place: { seq: late, inner: null }, missed: 0, calls: [], sent: [], gone: [], held: [], released: [], lost: [] }
    const call = { subscriptionId: 'bob', seq: late, userId: 'bob', key: 'c:a', since: null, state: 'pending', n: 1, status: 500, error: 'answered 500', nextIn: 5_000 } as const
    await store.movePushes(token, { ...none, calls: [call], held: [{ userId: 'bob', after: late - 1, until: now() + 5_000 }] })
    move(5_000)
    const due = await store.duePushes(9)
    t.same(due.map(({ call, pushes }) => [call?.seq, pushes.map(({ notification }) => notification.content.id)]), [[late, ['late']], [undefined, ['late']]])
  })
}
