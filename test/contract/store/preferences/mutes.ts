import type { TopicSettings } from '../../../../src/preferences/records.ts'
import type { PreferencesChange } from '../../../../src/protocol/preferences.ts'
import type { Store } from '../../../../src/store/store.ts'
import { clock, codeOf, draft, inboxIds, upTo, type Part } from '../engine.ts'

const OFF: TopicSettings = { description: null, default: 'off', isLocked: false, channels: {} }
const ON: TopicSettings = { ...OFF, default: 'on' }
const choose = (store: Store, user: string, topics: PreferencesChange['topics']) => store.changePreferences(user, { topics: topics ?? null }, 'merge')
const mute = (store: Store, user: string, topic: string) => choose(store, user, { [topic]: { inbox: 'off' } })
const send = (store: Store, id: string, topic: string | null = 'news') => store.notify(draft({ all: true }, { id, topic }))
const by = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

export const mutes: Part = (t, engine) => {
  t.test('what is sent while a topic is off is neither listed, counted nor replayed, for good', async t => {
    const { store } = await engine.open(t)
    for (const id of ['alice', 'bob']) await store.createUser({ id, username: id, role: 'user', company: 'a', passwordHash: null })
    const start = await store.head()
    await send(store, 'before')
    await mute(store, 'alice', 'news')
    await send(store, 'during')
    await send(store, 'another', 'orders')
    await store.edit('during', { fields: { title: 'Edited' } })
    await choose(store, 'alice', { news: null })
    await store.edit('during', { fields: { title: 'Edited while it is on' } })
    await store.edit('before', { fields: { title: 'Edited' } })
    await store.recall('during')
    await send(store, 'after')
    t.same(await inboxIds(store, 'alice'), ['after', 'another', 'before'])
    const told = (await store.replay('alice', start, await store.head(), 100))!.events.map(({ kind, id }) => id ?? kind)
    t.same(told, ['before', 'preferences.changed', 'another', 'preferences.changed', 'notification.updated', 'after'])
    const { count, unseen } = await store.unread('alice')
    t.same([count, unseen], [3, 3])
    t.equal(await store.item('alice', 'during'), undefined)
    t.same((await store.mark('alice', 'delete', ['during', 'after'])).missing, ['during'])
    t.same([(await store.readAll('alice', null, 'news')).count, (await store.readAll('alice', null, null)).count], [1, 1])
    t.equal((await store.unread('bob')).count, 3, 'others have what is not recalled')
  })

  t.test('a report says who had it off, and how many a lock would overrule is counted', async t => {
    const { store } = await engine.open(t)
    for (const id of ['alice', 'bob', 'carol']) await store.createUser({ id, username: id, role: 'user', company: id === 'carol' ? 'b' : 'a', passwordHash: null })
    const decided = async (id: string, user = 'alice') => {
      await send(store, id)
      return (await store.userReport(id, user))!.mutedBy
    }
    t.equal(await decided('1'), null)
    await store.putTopic('news', null, OFF)
    t.same(await decided('2'), { source: 'operator', locked: false })
    await store.putTopic('news', 'a', OFF)
    t.same(await decided('3'), { source: 'company', locked: false })
    await mute(store, 'alice', 'news')
    t.same(await decided('4'), { source: 'user', locked: false })
    t.same(await decided('5', 'carol'), { source: 'operator', locked: false })
    await store.putTopic('news', 'a', { ...OFF, isLocked: true })
    t.same(await decided('6'), { source: 'company', locked: true })
    await store.putTopic('news', null, { ...OFF, isLocked: true })
    t.same(await decided('7'), { source: 'operator', locked: true })
    t.same((await store.userReport('4', 'alice'))!.mutedBy, { source: 'user', locked: false }, 'as it was then')
    await mute(store, 'bob', 'news')
    await mute(store, 'carol', 'news')
    await mute(store, 'bob', 'other')
    const counts = async () => await Promise.all([null, 'a', 'b', 'c'].map(company => store.countMuting('news', company, 100)))
    t.same(await counts(), [3, 2, 1, 0])
    for (const company of [null, 'a']) await store.removeTopic('news', company)
    await choose(store, 'alice', { news: { inbox: 'on' } })
    await store.changeUser('bob', { company: 'b' })
    await store.removeUser('carol')
    t.same(await counts(), [1, 0, 1, 0])
    t.equal(await store.countMuting('news', null, 0), 0, 'up to so many')
  })

  t.test('operator\'s lock, company\'s lock, user, company, operator decide, in this order, and the company by membership there', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    const settings: [what: string, set: () => Promise<unknown>, isMuted: boolean][] = [
      ['nothing', async () => undefined, false],
      ['operator off', () => store.putTopic('news', null, OFF), true],
      ['company on', () => store.putTopic('news', 'a', ON), false],
      ['company off', () => store.putTopic('news', 'a', OFF), true],
      ['user on', () => choose(store, 'alice', { news: { inbox: 'on' } }), false],
      ['company locks off', () => store.putTopic('news', 'a', { ...OFF, isLocked: true }), true],
      ['operator locks on', () => store.putTopic('news', null, { ...ON, isLocked: true }), false],
      ['operator unlocks', () => store.putTopic('news', null, ON), true],
      ['another company', () => store.changeUser('alice', { company: 'b' }), false],
      ['user off', () => mute(store, 'alice', 'news'), true],
      ['user chooses nothing', () => choose(store, 'alice', null), false],
      ['no company', () => store.changeUser('alice', { company: null }), false],
      ['operator locks off', () => store.putTopic('news', null, { ...OFF, isLocked: true }), true],
      ['removed', () => store.removeTopic('news', null), false]
    ]
    const heard: string[] = []
    for (const [what, set, isMuted] of settings) {
      await set()
      // By id: what is sent to a company would leave the inbox with it.
      await store.notify(draft({ users: ['alice'] }, { id: what, topic: 'news' }))
      if (!isMuted) heard.unshift(what)
    }
    t.same(await inboxIds(store, 'alice'), heard)
    t.equal((await store.unread('alice')).count, heard.length)
  })

  t.test('a lock refuses new choices that differ, and what was chosen survives it', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    await store.changePreferences('alice', { topics: { news: { inbox: 'off', push: 'off' } } }, 'merge')
    await store.putTopic('news', null, { ...ON, isLocked: true, channels: { push: 'on' } })
    await send(store, 'locked')
    t.same(await inboxIds(store, 'alice'), ['locked'])
    const chosen = { topics: { news: { inbox: 'off', push: 'off' } } } as const
    t.match((await store.changePreferences('alice', { ...chosen, digest_at: '08:00' }, 'replace')).own, chosen, 'the same again is no choice')
    for (const topics of [{ news: { mail: 'off' } }, { news: { push: 'on', mail: 'digest' } }] as const) {
      t.equal(await codeOf(store.changePreferences('alice', { topics }, 'merge')), 'BLF_PREFERENCE_LOCKED')
    }
    t.same((await store.changePreferences('alice', { topics: { news: { push: 'on', mail: 'on' } } }, 'merge')).own.topics, { news: { inbox: 'off', push: 'on', mail: 'on' } }, 'nor is what the lock says')
    await store.putTopic('news', null, ON)
    await send(store, 'unlocked')
    t.same(await inboxIds(store, 'alice'), ['locked'])
    await store.putTopic('orders', 'a', { ...OFF, isLocked: true })
    t.equal(await codeOf(choose(store, 'alice', { orders: { inbox: 'on' } })), 'BLF_PREFERENCE_LOCKED')
  })

  t.test('rights are judged inside the write, and so are numbers', async t => {
    const { store } = await engine.open(t)
    for (const [id, role, company] of [['root', 'admin', null], ['alice', 'admin', 'a'], ['bob', 'user', 'a']] as const) await store.applyClaims({ id, role, company, iat: 1 })
    t.equal(await codeOf(store.putTopic('news', null, OFF, by('alice'))), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.putTopic('news', 'b', OFF, by('alice'))), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.removeTopic('news', 'a', by('bob'))), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.changePreferences('bob', { channels: null }, 'merge', by('root'))), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.removeTopic('news', 'a', by('alice'))), 'BLF_TOPIC_NOT_FOUND')
    t.same(await store.putTopic('news', 'a', OFF, by('alice')), { created: true })
    for (const number of upTo(199)) await store.putTopic(`t-${number}`, 'a', ON)
    t.equal(await codeOf(store.putTopic('one-more', 'a', ON)), 'BLF_TOPICS_FULL')
    t.same([await store.putTopic('news', 'a', ON), await store.putTopic('one-more', null, ON)], [{ created: false }, { created: true }])
    const many = Object.fromEntries(upTo(200).map(number => [`t-${number}`, { inbox: 'off' as const }]))
    t.equal(Object.keys((await choose(store, 'bob', many)).own.topics).length, 200)
    t.equal(await codeOf(mute(store, 'bob', 'one-more')), 'BLF_TOPICS_FULL')
    t.equal(await codeOf(store.changePreferences('bob', { quiet_hours: { from: '10:00' } }, 'merge')), 'BLF_VALIDATION')
    t.equal(await codeOf(mute(store, 'nobody', 'news')), 'BLF_USER_NOT_FOUND')
  })

  t.test('names that objects have of their own are topics like any other', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    for (const topic of ['constructor', '__proto__', 'toString']) {
      await store.putTopic(topic, null, OFF)
      await choose(store, 'alice', Object.fromEntries([[topic, { inbox: 'on' as const }]]))
      await send(store, `heard ${topic}`, topic)
      await mute(store, 'alice', topic === '__proto__' ? 'other' : topic)
    }
    await send(store, 'muted', 'constructor')
    t.same(await inboxIds(store, 'alice'), ['heard toString', 'heard __proto__', 'heard constructor'])
  })

  t.test('quiet hours are told with every change', async t => {
    // A Saturday, 23:30 in Berlin.
    const time = clock(Date.UTC(2026, 0, 31, 22, 30))
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: null, passwordHash: null })
    const quiet = { timezone: 'Europe/Berlin', days: ['sat' as const], from: '22:00', to: '07:00' }
    await store.changePreferences('alice', { quiet_hours: quiet }, 'merge')
    await store.changePreferences('alice', { quiet_hours: { to: '06:30' } }, 'merge')
    await store.changePreferences('alice', { quiet_hours: { to: '06:30' } }, 'merge')
    await store.changePreferences('alice', { quiet_hours: null }, 'merge')
    const told = (await store.events(0, 100)).filter(({ kind }) => kind === 'preferences.changed').map(({ body }) => (JSON.parse(body) as { quiet_until: string }).quiet_until)
    t.same(told, ['2026-02-01T06:00:00.000Z', '2026-02-01T05:30:00.000Z', null], 'the same again is no change')
    t.same((await store.userMutes('alice')).quietHours, null)
  })

  t.test('a former user\'s choices are not those of whoever has the id next', async t => {
    const { store } = await engine.open(t)
    for (const id of ['alice', 'root']) await store.createUser({ id, username: id, role: 'admin', company: null, passwordHash: null })
    await mute(store, 'alice', 'news')
    await store.removeUser('alice')
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: null, passwordHash: null })
    await send(store, 'heard')
    t.same([await inboxIds(store, 'alice'), (await store.preferences('alice'))!.own.topics], [['heard'], {}])
  })

  t.test('what is muted in a row is leapt over, however much it is', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    await send(store, 'first')
    await mute(store, 'alice', 'news')
    await Promise.all(upTo(1_200).map(number => send(store, `muted-${number}`)))
    await send(store, 'orders', 'orders')
    await Promise.all(upTo(1_200).map(number => send(store, `muted-again-${number}`)))
    const page = async (filter: object) => (await store.inbox('alice', { limit: 10, ...filter })).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    t.same([await page({}), await page({ unread: true }), await page({ unread: false }), await page({ topic: 'news' })], [['orders', 'first'], ['orders', 'first'], [], ['first']])
    t.same((await store.unread('alice')).count, 2)
  })

  t.test('intervals that ended are counted right whatever part of them counts', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    const seqs: number[] = []
    const heard = new Set<number>()
    let number = 0
    for (const round of upTo(6)) {
      for (const inbox of ['off', 'on'] as const) {
        await choose(store, 'alice', { news: { inbox: inbox === 'off' ? 'off' : null }, orders: { inbox: round % 2 === 0 ? 'off' : null } })
        if (round === 3) await store.changeUser('alice', { company: inbox === 'off' ? 'b' : 'a' })
        for (const topic of ['news', 'orders', 'else']) {
          const { seq } = await store.notify(draft(topic === 'else' ? { companies: ['a'] } : { all: true }, { id: `m-${++number}`, topic }))
          const isMuted = (topic === 'news' && inbox === 'off') || (topic === 'orders' && round % 2 === 0)
          const isThere = topic !== 'else' || (round === 3 && inbox === 'on') || round > 3
          if (isThere && !isMuted) heard.add(seq)
          seqs.push(seq)
        }
      }
    }
    const after = (seq: number) => [...heard].filter(one => one > seq).length
    t.equal((await store.unread('alice')).count, heard.size)
    for (const seq of seqs.filter((_, index) => index % 5 === 2)) {
      t.equal((await store.see('alice', seq)).unseen, after(seq), `seen up to ${seq}`)
      await store.readAll('alice', seq, null)
      t.equal((await store.unread('alice')).count, after(seq), `read up to ${seq}`)
    }
  })

  t.test('settings that ended before the floor are tidied away', async t => {
    const time = clock()
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    for (const inbox of ['off', 'on', 'off'] as const) await choose(store, 'alice', { news: { inbox } })
    time.move(10_000)
    await store.retain(time.now(), 100)
    await store.tidy(100)
    t.same((await store.userMutes('alice')).settings.map(({ isOn, upTo }) => [isOn, upTo]), [[false, Infinity]], 'but what holds is kept')
    await send(store, 'muted')
    t.same(await inboxIds(store, 'alice'), [])
  })
}
