import type { SentFilter } from '../../../../src/store/sent.ts'
import type { Store } from '../../../../src/store/store.ts'
import { draft, upTo, type Part } from '../engine.ts'

const ALL = { reach: null, limit: 200 } as const
const own = (owner: string, company: string | null = null) => ({ reach: { owner, company }, limit: 200 })
const MINUTE = 60_000

/** Every page of a list; how many there were, too. */
async function pagesOf (store: Store, filter: SentFilter): Promise<{ ids: string[], pages: number }> {
  const ids: string[] = []
  let before = filter.before
  for (let pages = 1; ; pages++) {
    const { records, nextBefore } = await store.sent({ ...filter, before })
    ids.push(...records.map(({ id }) => id))
    if (nextBefore === null) return { ids, pages }
    before = nextBefore
  }
}

const idsOf = async (store: Store, filter: SentFilter) => (await pagesOf(store, filter)).ids

export const sent: Part = (t, engine) => {
  t.test('what was sent is listed newest first, for whom it is', async t => {
    const { store } = await engine.open(t)
    const send = (id: string, sender: string, scope: string | null, rest = {}) => store.notify(draft(scope === null ? { all: true } : { companies: [scope] }, { id, sender, scope, ...rest }))
    await send('1', 'user:alice', 'a')
    await send('2', 'user:root', null, { type: 'error', topic: 'x' })
    await send('3', 'user:root', 'a', { type: 'warning' })
    await send('4', 'user:alice', 'b')
    await send('5', 'key:k', 'a', { topic: 'x' })
    await send('6', 'user:alicent', null, { type: 'success' })
    t.same(await idsOf(store, ALL), ['6', '5', '4', '3', '2', '1'])
    t.same(await idsOf(store, own('user:alice')), ['4', '1'])
    t.same(await idsOf(store, own('user:alice', 'a')), ['5', '4', '3', '1'], 'with what was sent to the company')
    t.same(await idsOf(store, own('key:k')), ['5'])
    t.same(await idsOf(store, own('user:bob', 'c')), [])
    for (const limit of [1, 2, 3]) {
      for (const filter of [ALL, own('user:alice', 'a')]) t.same(await idsOf(store, { ...filter, limit }), await idsOf(store, filter), `in pages of ${limit}`)
    }
    t.same(await idsOf(store, { ...ALL, sender: 'user:root' }), ['3', '2'])
    t.same(await idsOf(store, { ...ALL, type: 'info' }), ['5', '4', '1'])
    t.same(await idsOf(store, { ...ALL, topic: 'x' }), ['5', '2'])
    t.same(await idsOf(store, { ...ALL, topic: 'x', type: 'info', sender: 'key:k' }), ['5'])
    t.same(await idsOf(store, { ...own('user:alice', 'a'), sender: 'user:root' }), ['3'], 'no more by naming its sender')
    t.same(await idsOf(store, { ...own('user:alice'), sender: 'user:root' }), [])
    t.same(await idsOf(store, { ...own('user:alice', 'a'), topic: 'x', type: 'error' }), [])
  })

  t.test('only notifications are, whatever else is in the log', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
    for (const id of ['1', '2']) await store.notify(draft({ all: true }, { id }))
    await store.mark('alice', 'read', ['1'])
    await store.recall('1')
    t.same(await idsOf(store, ALL), ['2', '1'])
    const [, recalled] = (await store.sent(ALL)).records
    t.ok(recalled!.recalledAt)
    t.notMatch(recalled!.body, /Notification \d/)
    t.match(await store.sentNotification('1'), { id: '1', owner: 'user:root', recalledAt: recalled!.recalledAt })
    t.equal(await store.sentNotification('3'), undefined)
  })

  t.test('a title is found by its beginning, in any case and form', async t => {
    const { store } = await engine.open(t)
    const titles = ['Order shipped', 'order 17', 'The order', 'Öl', 'O\u0308l', 'ORDER', '100%', '1000', '_x']
    for (const [index, title] of titles.entries()) await store.notify(draft({ all: true }, { id: String(index), body: JSON.stringify({ title }) }))
    const found = (q: string) => idsOf(store, { ...ALL, limit: 2, q })
    t.same(await found('order'), ['5', '1', '0'])
    t.same(await found('Order '), ['1', '0'])
    t.same(await found('öl'), ['4', '3'])
    t.same(await found('100%'), ['6'], 'no sign means anything but itself')
    t.same(await found('_'), ['8'])
    t.same(await found('%'), [])
    await store.recall('5')
    t.same(await found('order'), ['1', '0'], 'a recalled one has no title')
    t.same(await idsOf(store, { ...ALL, q: 'order', topic: 'x' }), [])
  })

  t.test('times are those of sending, both ends included, also where clocks were apart', async t => {
    const { store } = await engine.open(t)
    const times = upTo(40).map(number => number * 60 * MINUTE + (number % 3 === 0 ? -8 * MINUTE : 0))
    for (const [index, at] of times.entries()) await store.notify(draft({ all: true }, { id: String(index), at }))
    const between = (from: number, to: number) => times.flatMap((at, index) => at >= from && at <= to ? [String(index)] : []).reverse()
    for (const [from, to] of [[0, 1e12], [times[5]!, times[9]!], [times[11]!, times[12]!], [times[20]!, times[20]!], [times[7]! + 1, times[7]! + 2], [times[9]!, times[5]!]] as const) {
      t.same(await idsOf(store, { ...ALL, limit: 3, from, to }), between(from, to), `${from} to ${to}`)
      t.same(await idsOf(store, { ...ALL, from }), between(from, 1e12))
      t.same(await idsOf(store, { ...ALL, to }), between(0, to))
    }
  })

  t.test('and where a clock was set, for hours and back', async t => {
    const { store } = await engine.open(t, { now: () => 100 * 60 * MINUTE })
    const at = upTo(1_500).map(number => number * MINUTE)
    const wrong: [from: number, to: number, by: number][] = [[400, 410, 120], [700, 760, -180], [900, 901, 60 * 24 * 30]]
    for (const [from, to, by] of wrong) for (let index = from; index < to; index++) at[index]! += by * MINUTE
    const numbers = at.map((time, index) => ({ time, id: String(index) }))
    const check = async (about: string, length: number) => {
      const kept = numbers.slice(0, length)
      const ranges: [from: number | undefined, to: number | undefined][] = [
        [at[400], at[409]], [at[520], at[540]], [at[700], at[759]], [at[521], at[522]], [at[900], undefined], [undefined, at[1]], [at[1_499]! - MINUTE, at[1_499]], [at[700], at[700]]
      ]
      for (const [from, to] of ranges) {
        const expected = kept.filter(({ time }) => time >= (from ?? -Infinity) && time <= (to ?? Infinity)).map(({ id }) => id).reverse()
        const filter = { ...ALL, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
        t.same(await idsOf(store, filter), expected, `${about}: ${from} to ${to}`)
      }
    }
    const send = async (from: number, to: number) => { await Promise.all(numbers.slice(from, to).map(({ id, time }) => store.notify(draft({ all: true }, { id, at: time })))) }
    await send(0, 1_000)
    await check('before its times are looked at', 1_000)
    await store.tidy(100)
    await check('when they are', 1_000)
    await send(1_000, 1_500)
    await check('with newer events', 1_500)
    await store.tidy(100)
    await check('and theirs', 1_500)
  })

  t.test('what a former user sent is not that of whoever has the id now', async t => {
    const { store } = await engine.open(t, { now: () => 1_000_000 })
    await store.applyClaims({ id: 'alice', role: 'admin', company: 'a', iat: 1 })
    await store.notify(draft({ companies: ['a'] }, { id: 'old', sender: 'user:alice', scope: 'a' }))
    await store.removeUser('alice')
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 2_000 })
    await store.notify(draft({ all: true }, { id: 'new', sender: 'user:alice' }))
    t.same(await idsOf(store, own('user:alice')), ['new'])
    t.same(await idsOf(store, own('user:alice', 'a')), ['new', 'old'], 'but the company\'s')
    t.same(await idsOf(store, ALL), ['new', 'old'])
    t.match(await store.sentNotification('old'), { owner: '', sender: 'user:alice' })
    t.match(await store.sentNotification('new'), { owner: 'user:alice' })
  })

  t.test('a list is whole, however far apart and among what else its notifications are, and follows edits', async t => {
    const { store } = await engine.open(t)
    const numbers = upTo(300)
    await Promise.all(numbers.map(number => {
      const [sender, scope] = number % 90 === 1 ? ['user:rare', 'a'] : [`user:${number % 2}`, null]
      return store.notify(draft({ all: true }, { id: String(number), sender, scope, type: number % 70 === 1 ? 'warning' : 'info' }))
    }))
    const newest = (matches: (number: number) => boolean) => numbers.filter(matches).map(String).reverse()
    for (const limit of [1, 7, 200]) {
      t.same(await idsOf(store, { ...ALL, limit }), newest(() => true))
      t.same(await idsOf(store, { ...own('user:rare'), limit }), ['271', '181', '91', '1'])
      t.same(await idsOf(store, { ...own('user:0', 'a'), limit }), newest(number => number % 2 === 0 || number % 90 === 1), 'those of two sources once each')
      t.same(await idsOf(store, { ...ALL, limit, before: 130 }), newest(number => number < 130))
    }
    await store.edit('40', { fields: { type: 'error' }, type: 'error' })
    await store.edit('71', { fields: { type: 'error' }, type: 'error' })
    t.same(await idsOf(store, { ...ALL, type: 'error' }), ['71', '40'])
    t.same(await idsOf(store, { ...ALL, type: 'warning' }), ['281', '211', '141', '1'])
  })

  t.test('what retention removed is gone', async t => {
    const { store } = await engine.open(t, { now: () => 10_000 })
    for (const number of upTo(6)) await store.notify(draft({ all: true }, { id: String(number), at: number * 1_000 }))
    await store.retain(4_000, 100)
    t.same(await idsOf(store, ALL), ['6', '5', '4'])
    t.same(await idsOf(store, { ...ALL, from: 5_000 }), ['6', '5'])
    t.same(await idsOf(store, { ...ALL, to: 4_000 }), ['4'])
  })

  t.test('a search for what is rare looks at a bounded number a page, and finds it all', async t => {
    const { store } = await engine.open(t)
    const COUNT = 14_000
    const rare = (number: number) => number === 1 || number === 700 || number === 13_400
    const numbers = upTo(COUNT)
    while (numbers.length > 0) {
      await Promise.all(numbers.splice(0, 5_000).map(number => store.notify(draft({ all: true }, { id: String(number), topic: rare(number) ? 'rare' : 'noise', body: JSON.stringify({ title: rare(number) ? 'Rare' : 'Noise' }) }))))
    }
    for (const filter of [{ topic: 'rare' }, { q: 'rare' }]) {
      const { ids, pages } = await pagesOf(store, { ...ALL, ...filter })
      t.same(ids, ['13400', '700', '1'])
      t.equal(pages, 2, 'a page has thirteen thousand')
    }
    t.match(await store.sent({ ...ALL, limit: 2, topic: 'rare' }), { records: [{ id: '13400' }], nextBefore: 704 })
  })
}
