import type { Audience } from '../../../../src/log/audience.ts'
import type { LogEvent } from '../../../../src/log/event.ts'
import type { Draft, Store } from '../../../../src/store/store.ts'
import { clock, codeOf, draft, follow, upTo, wholeLog, type Part } from '../engine.ts'

const root = { kind: 'user', id: 'root', sessionId: null } as const
const bodyOf = ({ body }: { body: string }) => JSON.parse(body)
const replayed = async (store: Store, userId: string, after = 0) => (await store.replay(userId, after, await store.head(), 100))!.events
/** The edits in a replay: of which notification, and which revision. */
const edits = (events: LogEvent[]) => events.filter(({ kind }) => kind === 'notification.updated').map(event => [bodyOf(event).id, bodyOf(event).revision])

export const editing: Part = (t, engine) => {
  async function open (t: Parameters<Part>[0]) {
    const time = clock(1_000)
    const { store } = await engine.open(t, { now: time.now })
    const claim = (id: string, company: string | null, iat = 1) => store.applyClaims({ id, role: 'user', company, iat })
    await claim('alice', 'a')
    const send = async (id: string, audience: Audience = { all: true }, rest: Partial<Draft> = {}) => await store.notify(draft(audience, { id, topic: 't', ...rest }))
    return { store, time, send, claim }
  }

  t.test('an edit is what inboxes show, and an event for whoever has the notification; it stays read', async t => {
    const { store, time, send } = await open(t)
    const { seq: originSeq } = await send('n', { companies: ['a'] })
    await store.mark('alice', 'read', ['n'])
    const before = await store.head()
    const committed = follow(store)
    time.move(1_000)
    t.same(await store.edit('n', { fields: { title: 'New', url: '/n', data: { more: 1 } }, type: 'error' }), { id: 'n', revision: 2, seq: before + 1 })
    const { entries: [entry], unread } = await store.inbox('alice', { limit: 10 })
    t.match(entry, { seq: originSeq, readAt: 1_000 })
    t.same([bodyOf(entry!).title, bodyOf(entry!).read, unread], ['New', false, 0])
    const content = { id: 'n', title: 'New', url: '/n', data: { more: 1, topic: 't' }, revision: 2, updated_at: '1970-01-01T00:00:02.000Z' }
    t.match(bodyOf(entry!), content)
    t.match(committed, [{ seq: before + 1, kind: 'notification.updated', id: null, keys: ['c:a'], topic: 't', originSeq, expiresAt: null, at: 2_000 }])
    t.match(bodyOf(committed[0]!), content)
    t.notHas(bodyOf(committed[0]!), { read: false })
    t.same(await replayed(store, 'alice', before), committed)
    t.same(await store.events(before, 10), committed)
    t.same((await store.replay('alice', before, before + 1, 10, ['another']))!.events, [], 'nothing of another topic')
    t.same((await store.inbox('alice', { limit: 10, type: 'error' })).entries.length, 1)
    t.same((await store.inbox('alice', { limit: 10, type: 'info' })).entries.length, 0)
    t.match(await store.edit('n', { fields: { url: null } }), { revision: 3 })
    const { entries: [again] } = await store.inbox('alice', { limit: 10 })
    t.notHas(bodyOf(again!), { url: '/n' }, 'null removes a field')
    t.match(bodyOf(again!), { title: 'New', revision: 3, data: { more: 1, topic: 't' } })
  })

  t.test('it is not for who joined after the original, nor for who left', async t => {
    const { store, send, claim } = await open(t)
    for (const [id, company] of [['leaves', 'a'], ['returns', 'a'], ['moves', 'b']] as const) await claim(id, company)
    await send('to-a', { companies: ['a'] })
    await send('to-all')
    await claim('new', 'a')
    await claim('moves', 'a', 2)
    await claim('leaves', null, 2)
    await claim('returns', null, 2)
    await claim('returns', 'a', 3)
    const head = await store.head()
    for (const id of ['to-a', 'to-all']) await store.edit(id, { fields: { title: 'New' } })
    const seen = async (userId: string) => edits(await replayed(store, userId, head)).map(([id]) => id)
    t.same(await seen('alice'), ['to-a', 'to-all'])
    t.same(await seen('new'), [])
    for (const id of ['moves', 'leaves', 'returns']) t.same(await seen(id), ['to-all'], id)
    for (const id of ['alice', 'new', 'moves', 'leaves', 'returns']) {
      t.same((await store.inbox(id, { limit: 10 })).entries.map(entry => bodyOf(entry).id).reverse(), await seen(id), `${id} has the same in the inbox`)
    }
  })

  t.test('one by id waits for its user', async t => {
    const { store, send, claim } = await open(t)
    await send('n', { users: ['later', 'alice'] })
    await store.edit('n', { fields: { title: 'New' } })
    await claim('later', null)
    t.same(edits(await replayed(store, 'later')), [['n', 2]])
  })

  t.test('another expiry counts at once', async t => {
    const { store, time, send } = await open(t)
    await send('n', { companies: ['a'] }, { expiresAt: 5_000 })
    await send('other')
    const state = async () => [(await store.unread('alice')).count, (await store.inbox('alice', { limit: 10 })).entries.length, (await replayed(store, 'alice')).length]
    await store.edit('n', { fields: { expires_at: '1970-01-01T00:00:09.000Z' }, expiresAt: 9_000 })
    t.same(await state(), [2, 2, 3])
    time.move(5_000)
    t.same(await state(), [2, 2, 3], 'later than before')
    await store.edit('n', { fields: { expires_at: null }, expiresAt: null })
    time.move(5_000)
    t.same(await state(), [2, 2, 4], 'never')
    await store.edit('n', { fields: { expires_at: '1970-01-01T00:00:12.000Z' }, expiresAt: 12_000 })
    t.same(await state(), [2, 2, 5])
    time.move(1_000)
    t.same(await state(), [1, 1, 1], 'sooner, with all of its edits')
    t.same((await store.mark('alice', 'read', ['n'])).missing, ['n'])
    t.equal(await codeOf(store.edit('n', { fields: { title: 'New' } })), 'BLF_NOT_EDITABLE')
  })

  t.test('who edits a revision that is not the newest changes nothing; the fiftieth is the last', async t => {
    const { store, send } = await open(t)
    await send('n')
    t.match(await store.edit('n', { fields: { title: 'Two' }, revision: 1 }), { revision: 2 })
    const head = await store.head()
    t.equal(await codeOf(store.edit('n', { fields: { title: 'Also two' }, revision: 1 })), 'BLF_REVISION')
    t.equal(await codeOf(store.edit('n', { fields: { title: 'Four' }, revision: 3 })), 'BLF_REVISION')
    t.equal(await store.head(), head)
    const outcomes = await Promise.allSettled(upTo(50).map(number => store.edit('n', { fields: { title: `${number}` } })))
    t.same(outcomes.flatMap(outcome => outcome.status === 'fulfilled' ? outcome.value.revision : []), upTo(48).map(number => number + 2), 'at once, each is a revision')
    t.match(outcomes.slice(48), [{ reason: { code: 'BLF_REVISIONS_FULL' } }, { reason: { code: 'BLF_REVISIONS_FULL' } }])
    t.equal(bodyOf((await store.inbox('alice', { limit: 1 })).entries[0]!).title, '48')
    t.same(edits(await replayed(store, 'alice')).map(([, revision]) => revision), upTo(49).map(number => number + 1))
  })

  t.test('a recall takes the edits with it', async t => {
    const { store, send } = await open(t)
    const sent = draft({ all: true }, { id: 'n' })
    await store.notify(sent)
    await send('other')
    await store.edit('n', { fields: { title: 'secret', message: 'secret', url: '/secret' } })
    await store.edit('n', { fields: { title: 'secret again' } })
    t.same(await store.notify(sent), { id: 'n', seq: 2, stored: false }, 'a retry of what was edited')
    await store.recall('n')
    t.notMatch(JSON.stringify(await wholeLog(store)), /secret/)
    t.same((await wholeLog(store)).filter(({ kind, keys }) => kind === 'notification.updated' && keys.length > 0), [], 'and they are for nobody any more')
    t.same((await replayed(store, 'alice')).map(({ id, kind }) => id ?? kind), ['other', 'notification.recalled'])
    t.equal(await codeOf(store.edit('n', { fields: { title: 'New' } })), 'BLF_NOTIFICATION_NOT_FOUND')
    t.equal(await codeOf(store.edit('nothing', { fields: { title: 'New' } })), 'BLF_NOTIFICATION_NOT_FOUND')
    t.same(await store.notify(sent), { id: 'n', seq: 2, stored: false })
  })

  t.test('by who sent it, by admins of its company, and as they are then', async t => {
    const { store, send, claim } = await open(t)
    await store.createUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: null })
    await store.createUser({ id: 'boss', username: 'boss', role: 'admin', company: 'a', passwordHash: null })
    await claim('bob', 'a')
    await send('n', { companies: ['a'] }, { sender: 'user:alice', scope: 'a' })
    await send('wide', { all: true }, { sender: 'user:root' })
    const as = async (id: string, target = 'n') => await codeOf(store.edit(target, { fields: { title: id } }, { kind: 'user', id, sessionId: null }))
    t.same(await Promise.all(['alice', 'boss', 'root', 'bob', 'nobody'].map(id => as(id))), [undefined, undefined, undefined, 'BLF_FORBIDDEN', 'BLF_UNAUTHENTICATED'])
    t.same([await as('boss', 'wide'), await as('bob', 'nothing'), await as('boss', 'nothing'), await as('root', 'nothing')],
      ['BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_NOTIFICATION_NOT_FOUND'])
    const [, moved] = await Promise.all([store.changeUser('boss', { role: 'user' }), as('boss')])
    t.equal(moved, 'BLF_FORBIDDEN', 'judged in the write')
    t.equal(await codeOf(store.edit('n', { fields: { title: 'New' } }, root)), undefined)
  })
}
