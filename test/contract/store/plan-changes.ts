import type { Test } from 'tap'
import type { Audience } from '../../../src/log/audience.ts'
import type { PlannedDraft } from '../../../src/store/plans.ts'
import type { Draft } from '../../../src/store/store.ts'
import { clock, codeOf, draft, follow, upTo, type Engine, type Part } from './engine.ts'

const MAX = 1_000
const NOT_FOUND = 'BLF_NOTIFICATION_NOT_FOUND'

async function open (t: Test, engine: Engine) {
  const time = clock(1_000)
  const { store } = await engine.open(t, { now: time.now })
  await store.createUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: null })
  for (const [id, role, company] of [['alice', 'admin', 'a'], ['bob', 'user', 'a'], ['dave', 'admin', 'b']] as const) {
    await store.createUser({ id, username: id, role, company, passwordHash: null })
  }
  const planned = (audience: Audience, overrides: Partial<Draft> = {}): PlannedDraft => ({ ...draft(audience, overrides), sendAt: 2_000 })
  return { store, time, planned }
}

const user = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

export const planChanges: Part = (t, engine) => {
  t.test('a plan can be changed until it is published, whole and one change after the other', async t => {
    const { store, time, planned } = await open(t, engine)
    await store.schedule(planned({ all: true }, { id: 'p' }), MAX)
    const content = { sendAt: 1_500, type: 'error', expiresAt: 8_000, body: '{"id":"p","title":"Changed"}' }
    t.match(await store.changePlan('p', content, 1, user('root')), { state: 'planned', sendAt: 1_500, type: 'error', expiresAt: 8_000, body: content.body, revision: 2 })
    t.equal(await codeOf(store.changePlan('p', content, 1)), 'BLF_REVISION')
    t.equal(await codeOf(store.changePlan('nothing', content, 1)), NOT_FOUND)
    t.equal((await store.nextPlan()).dueIn, 500)
    time.move(500)
    const { seqs } = await store.publishDue(10)
    t.match(await store.events(seqs[0]! - 1, 1), [{ id: 'p', body: content.body, expiresAt: 8_000, at: 1_500 }])
    t.match((await store.inbox('bob', { limit: 1, type: 'error' })).entries, [{ body: content.body }])
    for (const change of [() => store.changePlan('p', content, 2), () => store.cancelPlan('p')]) t.equal(await codeOf(change()), 'BLF_ALREADY_SENT')
  })

  t.test('of changes to one revision at once, one is made', async t => {
    const { store, planned } = await open(t, engine)
    await store.schedule(planned({ all: true }, { id: 'p' }), MAX)
    const codes = await Promise.all(upTo(5).map(number => codeOf(store.changePlan('p', { sendAt: 2_000 + number, type: 'info', expiresAt: null, body: '{}' }, 1))))
    t.same(codes.filter(code => code === undefined), [undefined])
    t.equal((await store.plan('p'))?.revision, 2)
  })

  t.test('a plan that is cancelled is never published, and has no text', async t => {
    const { store, time, planned } = await open(t, engine)
    await store.schedule(planned({ all: true }, { id: 'p' }), MAX)
    await store.cancelPlan('p', user('root'))
    t.match(await store.plan('p'), { state: 'cancelled', body: null, endedAt: 1_000 })
    time.move(5_000)
    await store.cancelPlan('p', user('root'))
    t.match([await store.plan('p'), await store.nextPlan()], [{ state: 'cancelled', endedAt: 1_000 }, { waiting: 0 }], 'again: nothing changes')
    t.equal(await codeOf(store.cancelPlan('p', user('nobody'))), 'BLF_UNAUTHENTICATED', 'and rights are asked first')
    t.equal(await codeOf(store.changePlan('p', { sendAt: 9_000, type: 'info', expiresAt: null, body: '{}' }, 1)), 'BLF_ALREADY_SENT')
    t.equal(await codeOf(store.cancelPlan('nothing')), NOT_FOUND)
    t.match(await store.publishDue(10), { seqs: [], refused: 0, expired: 0 })
    t.equal(await codeOf(store.notify(draft({ all: true }, { id: 'p' }))), 'BLF_ID_CONFLICT', 'its id stays taken')
  })

  t.test('who may recall may change and cancel, judged by what is stored', async t => {
    const { store, planned } = await open(t, engine)
    const attempt = async (by: string, target: string) => await codeOf(store.cancelPlan(target, user(by)))
    await store.schedule(planned({ companies: ['a'] }, { id: 'of-a', sender: 'user:bob', scope: 'a' }), MAX)
    await store.schedule(planned({ all: true }, { id: 'of-all', sender: 'user:root' }), MAX)
    t.same(await Promise.all(['alice', 'bob', 'dave'].map(by => attempt(by, 'of-all'))), Array(3).fill('BLF_FORBIDDEN'))
    t.same(await Promise.all(['alice', 'bob', 'dave', 'root'].map(by => attempt(by, 'nothing'))), ['BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', NOT_FOUND])
    t.equal(await codeOf(store.changePlan('of-a', { sendAt: 1, type: 'info', expiresAt: null, body: '{}' }, 1, user('dave'))), 'BLF_FORBIDDEN')
    t.equal(await attempt('dave', 'of-a'), 'BLF_FORBIDDEN')
    t.equal(await attempt('nobody', 'of-a'), 'BLF_UNAUTHENTICATED')
    t.equal(await attempt('alice', 'of-a'), undefined, 'an admin of the company')
    await store.schedule(planned({ companies: ['a'] }, { id: 'again', sender: 'user:bob', scope: 'a' }), MAX)
    await store.removeUser('bob')
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: 'a', passwordHash: null })
    t.equal(await attempt('bob', 'again'), 'BLF_FORBIDDEN', 'not somebody who has the id of its sender now')
    const { owner } = await store.changePlan('again', { sendAt: 3_000, type: 'info', expiresAt: null, body: '{}' }, 1)
    t.equal(owner, '', 'whom a change does not make its owner')
  })

  t.test('a retry finds the plan by its id, its key and its label, also when it was published', async t => {
    const { store, time, planned } = await open(t, engine)
    const named = planned({ all: true }, { id: 'named' })
    const keyed = planned({ all: true }, { id: 'k', idempotencyKey: 'key' })
    const labelled = planned({ all: true }, { id: 'l', label: { text: 'l', otherId: 'l2' } })
    for (const plan of [named, keyed, labelled]) t.same(await store.schedule(plan, MAX), { id: plan.id, stored: true })
    const retries = [named, { ...keyed, id: 'made-up' }, { ...labelled, label: { text: 'l', otherId: 'l3' } }]
    const retry = async (about: string) => {
      t.same(await Promise.all(retries.map(plan => store.schedule(plan, MAX))), ['named', 'k', 'l'].map(id => ({ id, stored: false })), about)
      t.same(await Promise.all(retries.map(plan => store.isRetry(plan))), [true, true, true], about)
    }
    await retry('planned')
    time.move(1_000)
    await store.publishDue(10)
    await retry('published')
    const head = await store.head()
    time.move(40 * 86_400_000)
    t.equal(await store.tidy(100), 3)
    await retry('tidied')
    t.equal(await store.head(), head, 'and nothing was sent again')
    t.equal((await store.nextPlan()).waiting, 0)
  })

  t.test('an id is taken from the moment of planning, a label is not', async t => {
    const { store, time, planned } = await open(t, engine)
    await store.schedule(planned({ all: true }, { id: 'x', idempotencyKey: 'key' }), MAX)
    await store.notify(draft({ all: true }, { id: 'sent' }))
    const other = { digest: 'other' }
    for (const write of [
      () => store.notify(draft({ all: true }, { id: 'x', ...other })),
      () => store.schedule(planned({ all: true }, { id: 'x', ...other }), MAX),
      () => store.notify(draft({ all: true }, { idempotencyKey: 'key', ...other })),
      () => store.schedule(planned({ all: true }, { id: 'sent', ...other }), MAX),
      () => store.notify(draft({ all: true }, { id: 'x', sender: 'user:alice', ...other }))
    ]) t.equal(await codeOf(write()), 'BLF_ID_CONFLICT')
    const label = (otherId: string, digest: string) => ({ id: 'label', label: { text: 'label', otherId }, digest })
    t.equal((await store.schedule(planned({ all: true }, label('l-1', 'one')), MAX)).id, 'label')
    t.equal((await store.schedule(planned({ all: true }, label('l-2', 'two')), MAX)).id, 'l-2')
    t.equal((await store.notify(draft({ all: true }, label('l-3', 'three')))).id, 'l-3')
    const batch = await Promise.all([
      store.schedule(planned({ all: true }, { id: 'same', digest: 'a' }), MAX), codeOf(store.notify(draft({ all: true }, { id: 'same', digest: 'b' })))
    ])
    t.match(batch, [{ id: 'same', stored: true }, 'BLF_ID_CONFLICT'], 'in one commit too')
    time.move(1_000)
    t.match(await store.publishDue(10), { seqs: { length: 4 } })
    t.equal(JSON.parse((await store.plan('l-2'))!.body!).id, 'l-2')
  })

  t.test('keys and labels of a removed user are free for the next one, also in one commit with others', async t => {
    const { store, time, planned } = await open(t, engine)
    const names = { sender: 'user:bob', idempotencyKey: 'key', label: { text: 'label', otherId: 'b' }, digest: 'same' }
    await store.schedule(planned({ all: true }, { id: 'a', ...names }), MAX)
    time.move(1_000)
    await store.publishDue(10)
    await store.schedule(planned({ all: true }, { id: 'c', ...names, idempotencyKey: 'key 2', label: { text: 'label 2', otherId: 'c2' } }), MAX)
    await store.removeUser('bob')
    await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: 'a', passwordHash: null })
    const [sent, later, again] = await Promise.all([
      store.notify(draft({ all: true }, { id: 'new-1', ...names })),
      store.notify(draft({ all: true }, { id: 'new-2', ...names, idempotencyKey: 'key 2', label: { text: 'label 2', otherId: 'x' } })),
      store.schedule(planned({ all: true }, { id: 'new-3', ...names, idempotencyKey: 'key 3', label: { text: 'label 3', otherId: 'y' } }), MAX)
    ])
    t.match([sent, later, again], [{ id: 'new-1', stored: true }, { id: 'new-2', stored: true }, { id: 'new-3', stored: true }])
    t.match(await store.notify(draft({ all: true }, { id: 'new-4', ...names })), { id: 'new-1', stored: false })
  })

  t.test('a plan replaces when it is published, what was sent or published before it', async t => {
    const { store, time, planned } = await open(t, engine)
    const chain = { chain: 'chain' }
    await store.schedule({ ...planned({ all: true }, { id: 'p-1', ...chain }), sendAt: 2_001 }, MAX)
    await store.schedule({ ...planned({ all: true }, { id: 'p-2', ...chain }), sendAt: 2_002 }, MAX)
    await store.schedule({ ...planned({ all: true }, { id: 'other' }), sendAt: 2_003 }, MAX)
    await store.notify(draft({ all: true }, { id: 'sent', ...chain }))
    const committed = follow(store)
    time.move(5_000)
    while ((await store.publishDue(10)).more);
    t.same(committed.map(({ kind, id, body }) => [kind, id ?? JSON.parse(body).ids, JSON.parse(body).replaces ?? null, JSON.parse(body).replaced_count ?? null]), [
      ['notification.recalled', ['sent'], null, null], ['notification', 'p-1', 'sent', 1],
      ['notification.recalled', ['p-1'], null, null], ['notification', 'p-2', 'p-1', 2], ['notification', 'other', null, null]
    ])
    t.same((await store.inbox('bob', { limit: 10 })).entries.map(({ body }) => JSON.parse(body).id), ['other', 'p-2'])
    t.match(await store.notify(draft({ all: true }, { id: 'next', ...chain })), { replaces: { id: 'p-2', count: 3 } })
  })

  t.test('plans are listed newest first, in pages, by sender, scope and state', async t => {
    const { store, planned } = await open(t, engine)
    const ids = upTo(9).map(number => `p-${number}`)
    for (const [index, id] of ids.entries()) {
      const company = index % 3 === 0 ? 'b' : 'a'
      await store.schedule(planned({ companies: [company] }, { id, sender: index % 2 === 0 ? 'user:alice' : 'user:bob', scope: company }), MAX)
    }
    await store.cancelPlan('p-9')
    await store.cancelPlan('p-5')
    const list = async (filter: object, limit = 100) => (await store.plans({ limit, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids.toReversed())
    t.same(await list({ sender: 'user:bob' }), ['p-8', 'p-6', 'p-4', 'p-2'])
    t.same(await list({ sender: 'user:alice', scope: 'a' }), ['p-9', 'p-8', 'p-7', 'p-6', 'p-5', 'p-3', 'p-2', 'p-1'], 'each once')
    t.same(await list({ sender: 'user:alice', scope: 'a' }, 3), ['p-9', 'p-8', 'p-7'])
    t.same(await list({ state: 'cancelled' }), ['p-9', 'p-5'])
    t.same(await list({ sender: 'user:alice', state: 'planned' }, 2), ['p-7', 'p-3'])
    const [, second] = await store.plans({ limit: 2 })
    t.same(await list({ before: second!.number }, 2), ['p-7', 'p-6'])
  })
}
