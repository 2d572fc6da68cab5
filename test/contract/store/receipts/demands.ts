import type { Test } from 'tap'
import type { Demand } from '../../../../src/store/contract/demands.ts'
import { keysOfAudience, type Audience } from '../../../../src/log/audience.ts'
import { clock, codeOf, draft, follow, inboxIds, upTo, type Engine, type Part } from '../engine.ts'

const HOUR = 3_600_000
const limits = { perGroup: 1e6, perUser: 200 }
const by = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

/** Opens a store with root, three users of a company, and what tests of demands do with it. */
export const opening = (engine: Engine) => async (t: Test) => {
  const { now, move } = clock()
  const { store } = await engine.open(t, { now })
  for (const id of ['root', 'alice', 'bob', 'carol']) await store.createUser({ id, username: id, role: id === 'root' || id === 'alice' ? 'admin' : 'user', company: id === 'root' ? null : 'a', passwordHash: null })
  const committed = follow(store)
  const send = async (audience: Audience, id: string, demand: Partial<Demand> = {}, overrides: Parameters<typeof draft>[1] = {}) => (await store.notify(draft(audience, {
    id, at: now(), demand: { by: null, remindMs: null, reminders: 0, escalate: null, ...demand }, by: by('root'), ...overrides
  }))).seq
  /** What is due, told, until there is no more. */
  const run = async (target = store) => {
    committed.length = 0
    while ((await target.remindDue()).more);
    return committed.map(({ kind, id, keys, body }) => kind === 'notification' ? [id, keys, (JSON.parse(body) as { message: string }).message] : [kind, keys.map(key => key.slice(2)).sort(), (JSON.parse(body) as { number: number }).number])
  }
  return { store, now, move, committed, send, run }
}

export const demands: Part = (t, engine) => {
  const open = opening(engine)

  t.test('an acknowledgement is final, and needed before anything is put away', async t => {
    const { store, now, move, committed, send } = await open(t)
    await send({ companies: ['a'] }, 'n', { by: now() + HOUR })
    await store.notify(draft({ companies: ['a'] }, { id: 'other', at: now() }))
    for (const verb of ['archive', 'delete'] as const) {
      const { found, missing, refused } = await store.mark('bob', verb, ['n', 'unknown'])
      t.same([found, missing, refused], [[], ['unknown'], [{ id: 'n', code: 'BLF_ACKNOWLEDGE_REQUIRED' }]])
    }
    t.same((await store.mark('bob', 'read', ['n'])).refused, [], 'reading is no acknowledgement')
    t.match((await store.recipients('n', { state: 'outstanding', limit: 9 }))!.recipients.map(({ userId }) => userId), ['alice', 'bob', 'carol'])
    committed.length = 0
    const first = await store.acknowledge('bob', ['n', 'other', 'unknown'])
    t.match(first, { found: [{ id: 'n', at: now(), late: false }], missing: ['unknown'], refused: [{ id: 'other', code: 'BLF_NOT_ACKNOWLEDGEABLE' }], unread: 1, hasChanged: true })
    t.match(committed, [{ kind: 'notification.acknowledged', keys: ['u:bob'] }])
    t.match(JSON.parse(committed[0]!.body), { ids: ['n'], late: [], unread_count: 1, unseen_count: 2 })
    const at = now()
    move(2 * HOUR)
    t.match(await store.acknowledge('bob', ['n']), { found: [{ id: 'n', at, late: false }], hasChanged: false }, 'repeating changes nothing')
    t.match(await store.acknowledge('carol', ['n']), { found: [{ at: now(), late: true }] }, 'after it was due it is late')
    t.match(await store.report('n'), { recipients: 3, acknowledged: 2, late: 1, read: 1 })
    t.match(await store.userReport('n', 'carol'), { acknowledgedAt: now(), late: true })
    t.same((await store.mark('bob', 'delete', ['n'])).found.map(({ id }) => id), ['n'])
    t.match(await store.acknowledge('root', ['n']), { missing: ['n'] }, 'who is outside of the audience cannot')
    await store.recall('n')
    t.match(await store.acknowledge('alice', ['n']), { missing: ['n'] }, 'nor can anybody once it is recalled')
  })

  t.test('items say when they were acknowledged', async t => {
    const { store, now, send } = await open(t)
    await send({ all: true }, 'n', {}, { body: JSON.stringify({ id: 'n', title: 'N', acknowledge: {} }) })
    t.equal((await store.inbox('bob', { limit: 1 })).entries[0]!.acknowledgedAt, null)
    await store.acknowledge('bob', ['n'])
    t.same([(await store.inbox('bob', { limit: 1 })).entries[0]!.acknowledgedAt, (await store.item('bob', 'n'))!.acknowledgedAt, (await store.item('carol', 'n'))!.acknowledgedAt], [now(), now(), null])
  })

  t.test('reminders go to who has not, as often as asked for', async t => {
    const { store, move, send, run } = await open(t)
    await send({ companies: ['a'] }, 'n', { remindMs: HOUR, reminders: 3 }, { topic: 'news' })
    t.equal(await store.nextDemand(), HOUR)
    t.same(await run(), [])
    move(HOUR)
    t.equal(await store.nextDemand(), 0)
    t.same(await run(), [['notification.reminder', ['alice', 'bob', 'carol'], 1]])
    t.same(await run(), [], 'once')
    await store.acknowledge('bob', ['n'])
    await store.changeUser('carol', { company: null })
    move(HOUR)
    t.same(await run(), [['notification.reminder', ['alice'], 2]], 'not to who has left')
    move(9 * HOUR)
    t.same(await run(), [['notification.reminder', ['alice'], 3]])
    t.equal(await store.nextDemand(), null)
  })

  t.test('what no node could do is not made up for, and what has ended is not reminded of', async t => {
    const { store, now, move, send, run } = await open(t)
    await send({ users: ['bob'] }, 'n', { remindMs: HOUR, reminders: 6, by: now() + 10 * HOUR })
    await send({ users: ['bob'] }, 'recalled', { remindMs: HOUR, reminders: 6 })
    await send({ users: ['bob'] }, 'expired', { remindMs: 4 * HOUR, reminders: 6 }, { expiresAt: now() + 2 * HOUR })
    await store.recall('recalled')
    move(4.5 * HOUR)
    t.same(await run(), [['notification.reminder', ['bob'], 1]], 'one for four')
    move(0.5 * HOUR)
    t.same(await run(), [['notification.reminder', ['bob'], 5]])
    move(9 * HOUR)
    t.same(await run(), [['notification.reminder', ['bob'], 6]])
    t.equal(await store.nextDemand(), null)
  })

  t.test('at the end whoever is to know is told, if anybody has not', async t => {
    const { store, now, move, send, run } = await open(t)
    const escalate = keysOfAudience({ users: ['root'] })
    await send({ companies: ['a'], not: { users: ['carol'] } }, 'n', { by: now() + HOUR, escalate, remindMs: HOUR, reminders: 1 })
    await send({ users: ['bob'] }, 'done', { by: now() + HOUR, escalate })
    await store.acknowledge('bob', ['n', 'done'])
    await store.notify(draft({ users: ['bob'] }, { id: 'taken.escalation' }))
    await send({ users: ['bob'] }, 'taken', { by: now() + 2 * HOUR, escalate })
    move(HOUR)
    t.same(await run(), [['n.escalation', ['u:root'], `1 of 2 had not acknowledged it by ${new Date(now()).toISOString()}.`]], 'and no reminder then')
    t.same(await inboxIds(store, 'root'), ['n.escalation'])
    t.equal((await store.notification('n.escalation'))!.sender, 'user:root')
    move(HOUR)
    t.match(await run(), [[/^taken\.escalation\.\d+$/, ['u:root']]])
    t.equal(await store.nextDemand(), null)
  })

  t.test('the right to both audiences is needed, then and in the end', async t => {
    const { store, now, move, send, run } = await open(t)
    const toB = { by: now() + HOUR, escalate: keysOfAudience({ companies: ['b'] }) }
    t.equal(await codeOf(send({ companies: ['a'] }, 'n', toB, { by: by('alice'), sender: 'user:alice' })), 'BLF_FORBIDDEN')
    t.equal(await codeOf(send({ companies: ['a'] }, 'n', { ...toB, escalate: keysOfAudience({ groups: ['none'] }) })), 'BLF_GROUP_NOT_FOUND')
    await send({ companies: ['a'] }, 'kept', { ...toB, escalate: keysOfAudience({ users: ['alice'] }) }, { by: by('alice'), sender: 'user:alice' })
    await store.schedule({ ...draft({ companies: ['a'] }, { id: 'planned', by: by('root') }), sendAt: now() + 1, demand: { by: now() + HOUR, remindMs: null, reminders: 0, escalate: ['u:root'] } }, 9)
    move(1)
    await store.publishDue(10)
    await store.changeUser('alice', { role: 'user' })
    move(HOUR)
    t.match(await run(), [['planned.escalation', ['u:root']]], 'not what a former admin asked for')
  })

  t.test('many are told in events of a thousand, in steps, by either of two at once', async t => {
    const { store, now, move, send, run } = await open(t)
    await store.putGroup({ company: null, group: 'many' }, { name: 'many', isOpen: false })
    const ids = upTo(2_300).map(number => `m${String(number).padStart(5, '0')}`)
    for (let from = 0; from < ids.length; from += 1_000) await store.changeMembers({ company: null, group: 'many' }, { add: ids.slice(from, from + 1_000), remove: [] }, limits)
    await send({ groups: ['many'] }, 'n', { remindMs: HOUR, reminders: 1 })
    move(HOUR)
    t.match(await Promise.all([store.remindDue(), store.remindDue()]), [{ reminders: 1, more: true }, { reminders: 1, more: true }])
    const rest = await run()
    t.same(rest.map(([, keys]) => (keys as string[]).length), [300])
    const told = (await store.events(0, 10_000)).filter(({ kind }) => kind === 'notification.reminder').map(({ keys }) => keys)
    t.same(told.map(({ length }) => length), [1_000, 1_000, 300])
    t.same(told.flat().map(key => key.slice(2)).sort(), ids, 'each once')
    await send({ groups: ['many'] }, 'late', { by: now() + HOUR, escalate: keysOfAudience({ users: ['root'] }) })
    move(HOUR)
    t.match(await store.remindDue(), { escalations: 0, more: true })
    t.match(await store.remindNow('late'), { at: now() - 1, isNew: true }, 'one that is asked for while an escalation goes on')
    const after = await run()
    t.same(after.map(([kind]) => kind), ['late.escalation', ...Array(3).fill('notification.reminder')], 'comes after it')
    t.match(after[0], ['late.escalation', ['u:root'], /^2300 of 2300/])
  })

  t.test('what expires while no node runs is escalated all the same', async t => {
    const { store, now, move, send, run } = await open(t)
    await send({ users: ['bob'] }, 'n', { by: now() + 2 * HOUR, remindMs: HOUR, reminders: 1, escalate: keysOfAudience({ users: ['root'] }) }, { expiresAt: now() + 2 * HOUR })
    move(3 * HOUR)
    t.match(await run(), [['n.escalation', ['u:root']]])
    t.equal(await store.nextDemand(), null)
  })

  t.test('who mutes its topic later is reminded all the same, and not once it is recalled', async t => {
    const { store, move, send, run } = await open(t)
    const start = await send({ users: ['bob', 'carol'] }, 'n', { remindMs: HOUR, reminders: 1 }, { topic: 'news' })
    await store.changePreferences('bob', { topics: { news: { inbox: 'off' } } }, 'merge')
    move(HOUR)
    t.same(await run(), [['notification.reminder', ['bob', 'carol'], 1]])
    const told = async (user: string) => (await store.replay(user, start, await store.head(), 10))!.events.map(({ kind }) => kind).filter(kind => kind === 'notification.reminder').length
    t.same([await told('bob'), await told('carol')], [1, 1])
    await store.recall('n')
    t.same([await told('bob'), await told('carol')], [0, 0])
  })

  t.test('the id of what is acknowledged is not another one\'s, though the log has it no more', async t => {
    const { store, now, move, send } = await open(t)
    await send({ companies: ['a'] }, 'n', { by: now() + HOUR })
    await store.acknowledge('bob', ['n'])
    move(10 * HOUR)
    const demand = { by: now() + HOUR, remindMs: null, reminders: 0, escalate: null }
    while (await store.retain(now() - HOUR, 100) > 0);
    t.equal(await codeOf(send({ companies: ['a'] }, 'n', demand)), 'BLF_ID_CONFLICT')
    t.equal(await codeOf(store.schedule({ ...draft({ companies: ['a'] }, { id: 'n' }), sendAt: now() + 1, demand }, 9)), 'BLF_ID_CONFLICT')
    await store.schedule({ ...draft({ companies: ['a'] }, { id: 'later' }), sendAt: now() + 3, demand }, 9)
    await store.schedule({ ...draft({ companies: ['a'] }, { id: 'other' }), sendAt: now() + 3, demand }, 9)
    move(3)
    const { seqs, refused } = await store.publishDue(10)
    t.same([seqs.length, refused], [2, 0])
    t.match(await store.acknowledgements('n', { limit: 9 }), [{ userId: 'bob' }])
    while (await store.tidy(100, now()) > 0);
    await send({ companies: ['a'] }, 'n', demand)
    t.match(await store.report('n'), { recipients: 3, acknowledged: 0 })
  })

  t.test('acknowledgements outlive the log', async t => {
    const { store, now, move, send } = await open(t)
    const seq = await send({ companies: ['a'] }, 'n', { by: now() + HOUR })
    await store.acknowledge('bob', ['n'])
    await store.acknowledge('carol', ['n'])
    move(10 * HOUR)
    await store.notify(draft({ all: true }, { at: now() }))
    while (await store.retain(now() - HOUR, 100) > 0);
    while (await store.tidy(100, now() - 20 * HOUR) > 0);
    t.ok(await store.floor() >= seq)
    t.match(await store.reported('n'), { id: 'n', owner: 'user:root', isGone: true })
    t.match(await store.countAcknowledgements('n'), { acknowledged: 2, late: 0 })
    t.same((await store.acknowledgements('n', { limit: 1, after: 'bob' })).map(({ userId }) => userId), ['carol'])
    t.match(await store.userReport('n', 'bob'), { userId: 'bob', matched: true, reasons: [], delivered: true, late: false, seenAt: null, readAt: null })
    t.same([await store.userReport('n', 'alice'), await store.userReport('unknown', 'bob')], [undefined, undefined], 'of who has not, nothing is kept')
    while (await store.tidy(1, now()) > 0);
    t.equal(await store.reported('n'), undefined)
    t.match(await store.countAcknowledgements('n'), { acknowledged: 0 })
  })
}
