import { verdictOf, verdictsOf } from '../../../../src/outbound/channels/channels.ts'
import { effectiveTopics } from '../../../../src/preferences/effective.ts'
import type { TopicSettings } from '../../../../src/preferences/records.ts'
import type { PreferencesChange } from '../../../../src/protocol/preferences.ts'
import type { Store } from '../../../../src/store/store.ts'
import { random } from '../../../random.ts'
import { draft, upTo, type Part } from '../engine.ts'

const plain: TopicSettings = { description: null, default: 'on', isLocked: false, channels: {} }
const NOW = Date.UTC(2026, 0, 31, 12)
const quiet: PreferencesChange = { quiet_hours: { timezone: 'UTC', days: ['sat'], from: '11:00', to: '13:00' } }
const create = (store: Store, id: string, company: string | null = 'a') => store.createUser({ id, username: id, role: 'user', company, passwordHash: null })
const send = async (store: Store, topic: string | null = 'news') => ({ topic, seq: (await store.notify(draft({ all: true }, { topic }))).seq })

/** What decides about the channels of one notification, read for many users at once. */
export const channels: Part = (t, engine) => {
  t.test('each user has a verdict of their own, in one statement for all', async t => {
    const { store } = await engine.open(t)
    for (const id of ['alice', 'bob', 'carol', 'dave', 'erin', 'gone']) await create(store, id, id === 'carol' ? 'b' : 'a')
    await store.removeUser('gone')
    await store.putTopic('news', 'b', { ...plain, channels: { push: 'off', mail: 'digest' } })
    await store.changePreferences('bob', quiet, 'merge')
    await store.changePreferences('dave', { channels: { push: 'off', mail: 'digest' }, digest_at: '18:30' }, 'merge')
    await store.changePreferences('erin', { topics: { news: { inbox: 'off' } } }, 'merge')
    const notification = await send(store)
    const ids = ['alice', 'gone', 'bob', 'carol', 'nobody', 'dave', 'erin']
    const off = (source: string) => ({ is: 'never', why: 'off', source, locked: false })
    const [now, waits, unknown, muted] = [{ is: 'now' }, { is: 'quiet', until: Date.UTC(2026, 0, 31, 13) }, { is: 'never', why: 'unknown' }, { is: 'never', why: 'muted' }]
    const verdicts = async (channel: 'push' | 'mail', about: object = {}) => [...(await verdictsOf(store, channel, { ...notification, ...about }, ids, NOW)).entries()]
    t.same(await verdicts('push'), [['alice', now], ['gone', unknown], ['bob', waits], ['carol', off('company')], ['nobody', unknown], ['dave', off('user')], ['erin', muted]])
    t.same(await verdicts('mail'), [
      ['alice', now], ['gone', unknown], ['bob', waits], ['carol', { is: 'digest', at: Date.UTC(2026, 1, 1, 8) }], ['nobody', unknown],
      ['dave', { is: 'digest', at: Date.UTC(2026, 0, 31, 18, 30) }], ['erin', muted]
    ])
    t.same((await verdicts('push', await send(store, null))).map(([, { is }]) => is), ['now', 'never', 'quiet', 'now', 'never', 'never', 'now'], 'without a topic, only what users say of all topics counts')
    t.same(await verdictsOf(store, 'push', notification, [], NOW), new Map())
    const count = engine.countStatements?.(t)
    if (!count) return
    await store.channelSettings(upTo(1_000).map(number => `user-${number}`), notification)
    t.equal(count(), 1)
  })

  t.test('a topic is muted if it was when the notification was sent, or is now; else it is the present that counts', async t => {
    const { store } = await engine.open(t)
    await create(store, 'alice')
    const verdict = async (notification: { seq: number, topic: string | null }) => (await verdictsOf(store, 'mail', notification, ['alice'], NOW)).get('alice')
    const before = await send(store)
    await store.changePreferences('alice', { topics: { news: { inbox: 'off' } } }, 'merge')
    const during = await send(store)
    t.same([await verdict(before), await verdict(during)].map(found => found!.is), ['never', 'never'])
    await store.changePreferences('alice', { topics: null }, 'merge')
    t.same([await verdict(before), await verdict(during), await verdict(await send(store))].map(found => found!.is), ['now', 'never', 'now'])
    await store.putTopic('news', 'a', { ...plain, channels: { mail: 'off' } })
    t.match(await verdict(before), { why: 'off', source: 'company' })
    await store.changeUser('alice', { company: 'b' })
    t.match(await verdict(before), { is: 'now' }, 'the company that the user is in now')
  })

  t.test('urgency passes the quiet hours of locked topics alone', async t => {
    const { store } = await engine.open(t)
    await create(store, 'alice')
    await store.changePreferences('alice', quiet, 'merge')
    const notification = await send(store)
    const verdict = async (urgency?: string) => (await verdictsOf(store, 'push', { ...notification, urgency }, ['alice'], NOW)).get('alice')!.is
    t.equal(await verdict('high'), 'quiet', 'a sender alone cannot override a reader')
    for (const company of [null, 'a']) {
      await store.putTopic('news', company, { ...plain, isLocked: true })
      t.same([await verdict('high'), await verdict('normal'), await verdict()], ['now', 'quiet', 'quiet'])
      await store.putTopic('news', company, { ...plain, isLocked: true, channels: { push: 'off' } })
      t.equal(await verdict('high'), 'never')
      await store.removeTopic('news', company)
    }
  })

  t.test('it says what the preferences say, whatever is set and chosen', async t => {
    const { store } = await engine.open(t)
    const { pick, oneIn } = random(7)
    const users = ['alice', 'bob', 'carol', 'dave']
    for (const id of users) await create(store, id, id === 'dave' ? null : pick(['a', 'b']))
    const topics = ['news', 'a.b', '2024', '__proto__']
    const channel = () => ({ ...oneIn(2) ? { push: pick(['on', 'off'] as const) } : {}, ...oneIn(2) ? { mail: pick(['on', 'off', 'digest'] as const) } : {} })
    for (let step = 0; step < 24; step++) {
      const topic = pick(topics)
      if (oneIn(2)) {
        await store.putTopic(topic, pick([null, 'a', 'b']), { ...plain, default: oneIn(4) ? 'off' : 'on', isLocked: oneIn(3), channels: channel() })
      } else {
        const change: PreferencesChange = oneIn(3) ? { channels: channel() } : { topics: Object.fromEntries([[topic, { ...channel(), ...oneIn(4) ? { inbox: 'off' as const } : {} }]]) }
        await store.changePreferences(pick(users), change, oneIn(5) ? 'replace' : 'merge').catch(error => { if (error.code !== 'BLF_PREFERENCE_LOCKED') throw error })
      }
      if (step % 6 > 0) continue
      for (const topic of topics) {
        const settings = await store.channelSettings(users, await send(store, topic))
        for (const [place, id] of users.entries()) {
          const { own, operator, company } = (await store.preferences(id))!
          const holds = effectiveTopics(own, { operator, company })
          const { inbox, mail } = Object.hasOwn(holds, topic) ? holds[topic]! : { inbox: { value: 'on' }, mail: { value: own.channels.mail ?? 'on' } }
          const said = verdictOf('mail', settings[place], { topic }, NOW)
          const expected = inbox.value === 'off' ? 'muted' : { on: 'now', off: 'off', digest: 'digest' }[mail.value]
          t.equal(said.is === 'never' ? said.why : said.is, expected, `step ${step}: ${id}, ${topic}`)
        }
      }
    }
  })
}
