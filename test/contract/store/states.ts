import type { MarkVerb } from '../../../src/store/store.ts'
import { clock, codeOf, draft, follow, type Part } from './engine.ts'

const withActions = (...ids: string[]) => ids.map(id => ({ id, label: id }))

export const states: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['alice', 'bob']) await store.applyClaims({ id, role: 'user', company: null, iat: 1 })
    for (const id of ['1', '2', '3', '4']) {
      await store.notify(draft({ all: true }, { id, body: JSON.stringify({ id, title: id, data: {}, actions: withActions('yes', 'no') }) }))
    }
    const committed = follow(store)
    return { store, now, move, told: () => committed.splice(0).map(({ kind, body }) => ({ kind, ...JSON.parse(body) as object })) }
  }

  t.test('a "read all" concerns what is active: what is archived or deleted unread comes back unread', async t => {
    const { store } = await open(t)
    await store.mark('alice', 'delete', ['1', '2'])
    await store.mark('alice', 'archive', ['3'])
    // One of them has a mark of its own that says so, and is marked again.
    await store.mark('alice', 'restore', ['2'])
    await store.mark('alice', 'unread', ['2'])
    await store.mark('alice', 'delete', ['2'])
    t.match(await store.readAll('alice', null, null), { count: 1, unread: 0 })
    t.match(await store.mark('alice', 'restore', ['1', '2']), { found: [{ id: '1', readAt: null }, { id: '2', readAt: null }], unread: 2 })
    t.match(await store.mark('alice', 'unarchive', ['3']), { found: [{ id: '3', readAt: null }], unread: 3 })
  })

  t.test('every change tells both counts, and a restore to which view each returns', async t => {
    const { store, told } = await open(t)
    await store.see('alice', 3)
    t.match(told(), [{ kind: 'inbox.seen', unread_count: 4, unseen_count: 3 }])
    const counts = (unread: number, unseen: number) => ({ unread_count: unread, unseen_count: unseen })
    const steps: [verb: MarkVerb, ids: string[], event: object][] = [
      ['read', ['1', '4'], { kind: 'notification.read', ids: ['1', '4'], ...counts(2, 3) }],
      ['archive', ['4', '1'], { kind: 'notification.archived', ids: ['4', '1'], ...counts(2, 2) }],
      ['delete', ['1', '3', '4'], { kind: 'notification.deleted', ids: ['1', '3', '4'], ...counts(1, 1) }],
      ['restore', ['3', '4', '2'], { kind: 'notification.restored', ids: ['3', '4'], archived: ['4'], ...counts(2, 2) }],
      ['unarchive', ['4'], { kind: 'notification.unarchived', ids: ['4'], ...counts(2, 3) }],
      ['unread', ['4'], { kind: 'notification.unread', ids: ['4'], ...counts(3, 3) }],
      ['delete', ['2'], { kind: 'notification.deleted', ids: ['2'], ...counts(2, 2) }],
      ['restore', ['2'], { kind: 'notification.restored', ids: ['2'], archived: [], ...counts(3, 3) }]
    ]
    for (const [verb, ids, event] of steps) {
      const { unread, unseen, seq } = await store.mark('alice', verb, ids)
      t.same(told(), [event], verb)
      t.match(event, counts(unread, unseen))
      t.match(await store.unread('alice'), { count: unread, unseen, seq })
    }
    t.match((await store.mark('alice', 'delete', ['1'])).found, [], 'it is still deleted')
    t.match((await store.mark('alice', 'restore', ['1'])).found, [{ id: '1', archived: true }])
    await store.readAll('alice', null, null)
    t.match(told().at(-1), { kind: 'inbox.read_all', ...counts(0, 3) })
    await store.act('alice', '3', 'no')
    t.match(told(), [{ kind: 'notification.acted', id: '3', action: 'no', ...counts(0, 3) }])
  })

  t.test('entries say what is archived, and which action was chosen', async t => {
    const { store, now, move } = await open(t)
    await store.mark('alice', 'archive', ['1', '2'])
    await store.mark('alice', 'delete', ['2', '3'])
    const at = now()
    await store.act('alice', '1', 'no')
    await store.act('alice', '4', 'yes')
    move(1_000)
    await store.act('bob', '4', 'no')
    const entries = async (id: string, view: 'active' | 'archived' | 'deleted') => (await store.inbox(id, { limit: 10, view })).entries
      .map(({ body, archived, acted }) => [(JSON.parse(body) as { id: string }).id, archived, acted])
    t.same(await entries('alice', 'active'), [['4', false, { action: 'yes', at }]])
    t.same(await entries('alice', 'archived'), [['1', true, { action: 'no', at }]])
    t.same(await entries('alice', 'deleted'), [['3', false, null], ['2', true, null]])
    t.same((await entries('bob', 'active')).map(([id, , acted]) => [id, acted]), [['4', { action: 'no', at: now() }], ['3', null], ['2', null], ['1', null]])
    t.match(await store.item('alice', '1'), { archived: true, acted: { action: 'no', at } })
    t.match(await store.item('bob', '1'), { archived: false, acted: null })
  })

  t.test('the first action counts, also when an edit has taken it away', async t => {
    const { store, now, told } = await open(t)
    const at = now()
    await store.act('alice', '1', 'yes')
    await store.edit('1', { fields: { actions: withActions('now', 'later') } })
    told()
    for (const action of ['yes', 'now', 'later']) t.match(await store.act('alice', '1', action), { action: 'yes', at, hasChanged: false }, action)
    t.equal(await codeOf(store.act('alice', '1', 'no')), 'BLF_ACTION_NOT_FOUND', 'it was never chosen, and is gone')
    t.equal(await codeOf(store.act('bob', '1', 'yes')), 'BLF_ACTION_NOT_FOUND')
    t.same(told(), [])
    t.match(await store.item('alice', '1'), { acted: { action: 'yes', at } })
    t.match(await store.act('bob', '1', 'later'), { action: 'later', hasChanged: true })
  })
}
