import { MAX_SUMMED } from '../../../../src/preferences/quiet.ts'
import type { Place } from '../../../../src/store/contract/readers.ts'
import { clock, draft, upTo, type Part } from '../engine.ts'
import { subscription, told } from './pushed.ts'

const WAIT = 60_000

export const heldPushes: Part = (t, engine) => {
  t.test('a summary has nothing that is still to be pushed by itself, but for what is under way', async t => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: null, passwordHash: null })
    await store.putPushSubscription(subscription('bob', 'bob-1'))
    const send = async (id: string) => (await store.notify(draft({ users: ['bob'] }, { id, at: now() }))).seq
    const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
    const summed = async (after: number, place: Place) => {
      await store.movePushes(token, { place, missed: 0, calls: [], sent: [], gone: [], held: [{ userId: 'bob', after, until: now() + WAIT }], released: [], lost: [] })
      move(WAIT)
      return (await store.duePushes(1))[0]!.pushes.map(told)
    }
    const first = await send('first')
    await send('second')
    await send('third')
    t.same(await summed(first - 1, { seq: first, inner: null }), ['first bob-1'])
    t.same(await summed(first - 1, { seq: first, inner: '[0,"alice",1]' }), ['first bob-1', 'second bob-1'])
  })

  t.test('the summary of what was held is of all that is wanted, however much else came, or of so many and one more', async t => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: null, passwordHash: null })
    for (const id of ['one', 'two']) await store.putPushSubscription(subscription('bob', id))
    await store.changePreferences('bob', { topics: { noise: { push: 'off' }, muted: { inbox: 'off' } } }, 'merge')
    const send = async (id: string, topic: string) => (await store.notify(draft({ users: ['bob'] }, { id, topic, at: now() }))).seq
    const { token } = (await store.takeReader('push', 'node', { leaseMs: 1_000, start: 'head', isAlone: true }))!
    const held = async (after: number) => {
      await store.movePushes(token, { place: { seq: await store.head(), inner: null }, missed: 0, calls: [], sent: [], gone: [], held: [{ userId: 'bob', after, until: now() + WAIT }], released: [], lost: [] })
      move(WAIT)
      return (await store.duePushes(1))[0]!.pushes.map(told)
    }
    await send('before', 'news')
    const first = await send('first', 'news')
    for (const topic of ['noise', 'muted']) for (const number of upTo(2 * MAX_SUMMED)) await send(`${topic} ${number}`, topic)
    await send('last', 'news')
    t.same(await held(first - 1), ['first one', 'first two', 'last one', 'last two'], 'the oldest first')
    for (const number of upTo(2 * MAX_SUMMED)) await send(`more ${number}`, 'news')
    const names = upTo(2 * MAX_SUMMED).slice(-MAX_SUMMED - 1).flatMap(number => [`more ${number} one`, `more ${number} two`])
    t.same(await held(first - 1), names, 'the newest')
  })
}
