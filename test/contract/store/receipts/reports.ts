import type { Audience } from '../../../../src/log/audience.ts'
import type { ReportState } from '../../../../src/store/contract/reports.ts'
import type { Store } from '../../../../src/store/store.ts'
import { clock, codeOf, draft, upTo, type Part } from '../engine.ts'

const limits = { perGroup: 1e6, perUser: 200 }

/** Everybody in a state, in pages of two; the pages end. */
async function list (store: Store, id: string, state: ReportState, limit = 2): Promise<string[]> {
  const users: string[] = []
  let after: string | undefined
  do {
    const page = (await store.recipients(id, { state, limit, after }))!
    users.push(...page.recipients.map(({ userId }) => userId))
    after = page.next ?? undefined
  } while (after !== undefined)
  return users.sort()
}

const demand = { by: null, remindMs: null, reminders: 0, escalate: null }

export const reports: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['alice', 'bob', 'carol', 'dave']) await store.applyClaims({ id, role: id === 'alice' ? 'admin' : 'user', company: id === 'dave' ? 'b' : 'a', iat: 1 })
    const send = async (audience: Audience, id: string, overrides: Parameters<typeof draft>[1] = {}) => (await store.notify(draft(audience, { id, at: now(), ...overrides }))).seq
    const got = (userId: string, low: number, high: number) => store.recordDeliveries([{ userId, device: 'd', low, high }])
    return { store, now, move, send, got }
  }

  t.test('counts, lists and single users say the same', async t => {
    const { store, now, move, send, got } = await open(t)
    await send({ companies: ['a'] }, 'before')
    const seq = await send({ companies: ['a'] }, 'n', { topic: 'news' })
    await send({ companies: ['a'] }, 'after', { topic: 'other' })
    t.same(await store.report('n'), { recipients: 3, delivered: 0, seen: 0, read: 0, acted: 0, muted: 0, acknowledged: 0, late: 0, outstanding: 0, seq: await store.head() })
    await got('alice', seq - 1, seq)
    await got('bob', seq, seq + 1)
    t.match(await store.report('n'), { delivered: 1, seen: 0 }, 'what ends before it or begins at it does not have it')
    await store.see('bob', seq - 1)
    move(5)
    await store.see('bob', seq + 1)
    const seenAt = now()
    move(5)
    await store.see('bob', await store.head())
    t.match(await store.report('n'), { delivered: 2, seen: 1, read: 0 })
    await store.readAll('carol', seq, 'other')
    t.match(await store.report('n'), { delivered: 2, read: 0 })
    await store.readAll('carol', seq, 'news')
    const readAt = now()
    move(5)
    await store.mark('alice', 'read', ['n'])
    t.match(await store.report('n'), { recipients: 3, delivered: 3, seen: 1, read: 2 })
    await store.mark('carol', 'unread', ['n'])
    t.match(await store.report('n'), { delivered: 3, read: 1 }, 'who read it once got it, whatever they make of it later')
    t.match(await store.userReport('n', 'carol'), { delivered: true, readAt: null })
    await store.mark('alice', 'unread', ['n'])
    await store.mark('alice', 'archive', ['n'])
    t.match(await store.report('n'), { delivered: 3, read: 0 })
    await store.mark('alice', 'read', ['n'])
    await store.mark('carol', 'read', ['n'])
    for (const [state, who] of Object.entries({ recipients: ['alice', 'bob', 'carol'], delivered: ['alice', 'bob', 'carol'], seen: ['bob'], read: ['alice', 'carol'], acted: [], muted: [] })) {
      t.same(await list(store, 'n', state as ReportState), who, state)
    }
    t.match(await store.userReport('n', 'bob'), { userId: 'bob', matched: true, reasons: [], delivered: true, seenAt, readAt: null, acted: false })
    t.match(await store.userReport('n', 'carol'), { matched: true, seenAt: null, readAt: now() })
    t.ok(readAt < now())
    t.match(await store.userReport('n', 'dave'), { matched: false, reasons: ['not_in_audience'], delivered: false })
    t.match(await store.userReport('n', 'nobody'), { matched: false, reasons: ['not_in_audience'] })
    t.equal(await store.report('unknown'), undefined)
    t.equal(await store.userReport('unknown', 'bob'), undefined)
    t.equal(await store.recipients('unknown', { state: 'seen', limit: 1 }), undefined)
    t.equal(await codeOf(store.recipients('n', { state: 'seen', limit: 1, after: 'bob' })), 'BLF_BAD_CURSOR')
    t.match(await store.reported('n'), { id: 'n', seq, owner: 'user:root', scope: null, isGone: false })
  })

  t.test('a recipient is who was in the audience when it was sent', async t => {
    const { store, send } = await open(t)
    await send({ companies: ['a'], not: { users: ['carol'] } }, 'n')
    await store.changeUser('bob', { company: 'b' })
    await store.changeUser('dave', { company: 'a' })
    await store.createUser({ id: 'eve', username: 'eve', role: 'user', company: 'a', passwordHash: null })
    await store.see('bob', await store.head())
    await store.readAll('bob', null, null)
    t.match(await store.report('n'), { recipients: 2, seen: 0, read: 0, delivered: 0 }, 'what bob did since is not about it')
    t.same(await list(store, 'n', 'recipients', 1), ['alice', 'bob'])
    const reasons = async (id: string) => {
      const { matched, reasons } = (await store.userReport('n', id))!
      return [matched, ...reasons]
    }
    t.same(await reasons('alice'), [true])
    t.same(await reasons('bob'), [true, 'left'])
    t.same(await reasons('carol'), [false, 'excluded'])
    t.same(await reasons('dave'), [false, 'joined_later'])
    t.same(await reasons('eve'), [false, 'joined_later'])
    t.same(await reasons('nobody'), [false, 'not_in_audience'])
    await store.changeUser('bob', { company: 'a' })
    t.same(await reasons('bob'), [true, 'left'], 'who comes back does not have it again')
    t.match(await store.report('n'), { recipients: 2 })
    await store.removeUser('alice')
    t.same([await reasons('alice'), (await store.report('n'))!.recipients], [[true, 'left'], 2])
  })

  t.test('late joiners have it, and what they made of it before does not count', async t => {
    const { store, now, move, send } = await open(t)
    for (const group of ['g', 'h']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    const members = (group: string, change: { add?: string[], remove?: string[] }) => store.changeMembers({ company: null, group }, { add: [], remove: [], ...change }, limits)
    await members('g', { add: ['alice'] })
    await send({ groups: ['g', 'h'], not: { users: ['dave'] } }, 'n', { lateJoiners: true, expiresAt: now() + 1_000 })
    // Before they join.
    for (const id of ['bob', 'carol']) {
      await store.see(id, await store.head())
      await store.readAll(id, null, null)
    }
    move(5)
    const joining = { seq: await store.head() + 1, at: now() }
    await members('g', { add: ['bob', 'dave'] })
    await members('h', { add: ['alice', 'carol'] })
    t.match(await store.userReport('n', 'bob'), { matched: true, joined: joining, reasons: [], delivered: false, seenAt: null, readAt: null })
    t.match(await store.userReport('n', 'alice'), { matched: true, joined: null })
    t.match(await store.userReport('n', 'dave'), { matched: false, joined: null })
    move(5)
    await store.mark('bob', 'read', ['n'])
    await store.see('carol', await store.head())
    t.match(await store.userReport('n', 'bob'), { matched: true, reasons: [], delivered: true, seenAt: null, readAt: now() })
    t.match(await store.userReport('n', 'carol'), { matched: true, reasons: [], delivered: true, seenAt: now(), readAt: null })
    t.match(await store.userReport('n', 'dave'), { matched: false, reasons: ['excluded'] })
    t.match(await store.report('n'), { recipients: 1, read: 0, seen: 0 }, 'the counts are of those who were there')
    await members('g', { remove: ['bob'] })
    t.match(await store.userReport('n', 'bob'), { matched: true, reasons: ['left'], readAt: now() })
    // Another group of the same name has not what the one before was sent.
    await store.removeGroup({ company: null, group: 'h' })
    await store.putGroup({ company: null, group: 'h' }, { name: 'h', isOpen: false })
    await members('h', { add: ['zoe'] })
    t.match(await store.userReport('n', 'zoe'), { matched: false, reasons: ['joined_later'] })
    move(2_000)
    await members('g', { add: ['yuri'] })
    t.match(await store.userReport('n', 'yuri'), { matched: false, reasons: ['joined_later'] }, 'it had expired by then')
    t.match(await store.userReport('n', 'carol'), { matched: true, reasons: ['left', 'expired'], delivered: true })
  })

  t.test('each counts once, whatever the audience', async t => {
    const { store, send } = await open(t)
    for (const group of ['g', 'h']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    await store.changeMembers({ company: null, group: 'g' }, { add: ['alice', 'bob', 'carol'], remove: [] }, limits)
    await store.changeMembers({ company: null, group: 'h' }, { add: ['bob', 'dave', 'zoe'], remove: [] }, limits)
    const cases: [Audience, string[]][] = [
      [{ groups: ['g', 'h'] }, ['alice', 'bob', 'carol', 'dave', 'zoe']],
      [{ groups: ['g'], not: { users: ['bob'] } }, ['alice', 'carol']],
      [{ users: ['bob', 'never-seen', 'dave'] }, ['bob', 'dave', 'never-seen']],
      [{ companies: ['a', 'b'], roles: ['user'] }, ['bob', 'carol', 'dave']],
      [{ roles: ['admin', 'user'] }, ['alice', 'bob', 'carol', 'dave']],
      [{ all: true }, ['alice', 'bob', 'carol', 'dave']],
      [{ users: ['bob'], not: { users: ['bob'] } }, []]
    ]
    for (const [index, [audience]] of cases.entries()) await send(audience, `n${index}`)
    await store.changeMembers({ company: null, group: 'g' }, { add: ['dave'], remove: ['bob', 'carol'] }, limits)
    await store.changeMembers({ company: null, group: 'h' }, { add: ['carol'], remove: ['dave'] }, limits)
    await store.changeUser('bob', { role: 'admin' })
    for (const [index, [audience, who]] of cases.entries()) {
      t.same(await list(store, `n${index}`, 'recipients'), who, JSON.stringify(audience))
      t.equal((await store.report(`n${index}`))!.recipients, who.length)
    }
  })

  t.test('who leaves one of two groups of the audience has it still', async t => {
    const { store, send } = await open(t)
    for (const group of ['g', 'h']) await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    for (const group of ['g', 'h']) await store.changeMembers({ company: null, group }, { add: ['alice', 'bob', 'carol'], remove: [] }, limits)
    await send({ groups: ['g', 'h'] }, 'n', { demand })
    await store.changeMembers({ company: null, group: 'g' }, { add: [], remove: ['bob', 'carol'] }, limits)
    await store.changeMembers({ company: null, group: 'h' }, { add: [], remove: ['carol'] }, limits)
    await store.see('bob', await store.head())
    await store.see('carol', await store.head())
    t.same([await list(store, 'n', 'recipients', 1), await list(store, 'n', 'outstanding', 1), await list(store, 'n', 'seen', 1)], [['alice', 'bob', 'carol'], ['alice', 'bob'], ['bob']])
    t.same((await Promise.all(['bob', 'carol'].map(id => store.userReport('n', id)))).map(report => report!.reasons), [[], ['left']])
  })

  t.test('what is said after its end is not about it', async t => {
    const { store, now, move, send, got } = await open(t)
    const seq = await send({ all: true }, 'short', { expiresAt: now() + 10 })
    const recalled = await send({ all: true }, 'recalled')
    await got('alice', 0, recalled)
    await store.readAll('bob', recalled, null)
    move(20)
    await store.recall('recalled')
    move(20)
    await store.see('carol', await store.head())
    await store.readAll('carol', null, null)
    t.match(await store.report('short'), { recipients: 4, delivered: 2, seen: 0, read: 1 })
    t.match(await store.report('recalled'), { recipients: 4, delivered: 2, seen: 0, read: 1 })
    t.same((await store.userReport('short', 'carol'))!.reasons, ['expired'])
    t.same((await store.userReport('recalled', 'bob'))!.reasons, ['recalled'])
    move(1_000)
    await send({ all: true }, 'newest')
    while (await store.retain(now(), 100) > 0);
    t.ok(await store.floor() >= seq)
    t.equal(await store.report('short'), undefined, 'after retention there is none')
    t.equal(await store.reported('short'), undefined)
  })

  t.test('who had its topic muted when it was sent', async t => {
    const { store, send, got } = await open(t)
    const mute = (user: string, inbox: 'on' | 'off') => store.changePreferences(user, { topics: { news: { inbox } } }, 'merge')
    await mute('bob', 'off')
    await send({ companies: ['a'] }, 'n', { topic: 'news', demand })
    await send({ companies: ['a'] }, 'free', { topic: 'news' })
    await mute('bob', 'on')
    await mute('carol', 'off')
    await got('bob', 0, await store.head())
    await got('carol', 0, await store.head())
    t.match(await store.report('n'), { recipients: 3, muted: 1, delivered: 1 }, 'it was not sent to him, whatever he acknowledges')
    t.same([await list(store, 'n', 'muted'), await list(store, 'n', 'delivered'), await list(store, 'n', 'outstanding')], [['bob'], ['carol'], ['alice', 'carol']])
    t.same([await list(store, 'free', 'outstanding'), (await store.report('free'))!.outstanding, (await store.report('n'))!.outstanding], [[], 0, 2], 'nobody owes what need not be acknowledged')
    t.match(await store.userReport('n', 'bob'), { matched: true, reasons: ['muted'], muted: true, delivered: false })
    t.match(await store.userReport('n', 'carol'), { reasons: [], muted: false })
    await send({ companies: ['a'] }, 'other', { topic: 'other' })
    for (const user of ['alice', 'bob']) {
      await store.see(user, await store.head())
      await store.readAll(user, null, null)
    }
    t.match(await store.report('n'), { recipients: 3, muted: 1, delivered: 2, seen: 1, read: 1 }, 'what passes over it neither sees nor reads it')
    t.same([await list(store, 'n', 'seen'), await list(store, 'n', 'read')], [['alice'], ['alice']])
    t.match(await store.userReport('n', 'bob'), { reasons: ['muted'], delivered: false, seenAt: null, readAt: null })
  })

  t.test('many recipients, in steps', async t => {
    const { store, send, got } = await open(t)
    await store.putGroup({ company: null, group: 'many' }, { name: 'many', isOpen: false })
    const ids = upTo(1_300).map(number => `m${String(number).padStart(5, '0')}`)
    for (const from of [0, 1_000]) await store.changeMembers({ company: null, group: 'many' }, { add: ids.slice(from, from + 1_000), remove: [] }, limits)
    const seq = await send({ groups: ['many'] }, 'n')
    await store.changeMembers({ company: null, group: 'many' }, { add: [], remove: ids.slice(0, 700) }, limits)
    await got(ids[650]!, seq - 1, seq)
    await got(ids[1_299]!, seq - 1, seq)
    t.match(await store.report('n'), { recipients: 1_300, delivered: 2 })
    t.same(await list(store, 'n', 'delivered', 1), [ids[650], ids[1_299]])
    t.same(await list(store, 'n', 'recipients', 200), ids)
  })
}
