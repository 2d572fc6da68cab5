import type { Audience } from '../../../../src/log/audience.ts'
import type { Draft, Store } from '../../../../src/store/store.ts'
import { clock, codeOf, draft, inboxIds, type Part } from '../engine.ts'

const bodyOf = ({ body }: { body: string }) => JSON.parse(body)

export const lateJoiners: Part = (t, engine) => {
  async function open (t: Parameters<Part>[0]) {
    const time = clock(1_000)
    const { store } = await engine.open(t, { now: time.now })
    const claim = (id: string, company: string | null, iat = 1) => store.applyClaims({ id, role: 'user', company, iat })
    const send = async (id: string, audience: Audience = { companies: ['a'] }, rest: Partial<Draft> = {}) => await store.notify(draft(audience, {
      id, topic: 't', expiresAt: 9_000, lateJoiners: true, ...rest
    }))
    return { store, time, send, claim }
  }
  /** All the readings of an inbox, which must agree; the ids in it. */
  async function readings (t: Parameters<Part>[0], store: Store, userId: string, about = ''): Promise<string[]> {
    const ids = await inboxIds(store, userId)
    const view = await store.inbox(userId, { limit: 1 })
    const unread = (await store.inbox(userId, { limit: 10, unread: true })).entries.length
    t.same([(await store.unread(userId)).count, view.unread], [unread, unread], `${userId}: counted as listed ${about}`)
    t.equal((await store.inbox(userId, { limit: 10, topic: 't' })).entries.length, ids.length, `${userId}: of the topic`)
    const { events } = (await store.replay(userId, 0, await store.head(), 100))!
    t.same(events.flatMap(({ kind, id }) => kind === 'notification' ? id! : []).reverse(), ids, `${userId}: replayed as listed ${about}`)
    return ids
  }

  t.test('who joins its audience before it expires has it too, and who leaves has not', async t => {
    const { store, time, send, claim } = await open(t)
    await claim('alice', 'a')
    await claim('bob', 'b')
    await send('late')
    await send('not late', undefined, { lateJoiners: false })
    await send('to all', { all: true })
    await claim('new', 'a')
    await claim('bob', 'a', 2)
    t.same(await readings(t, store, 'alice'), ['to all', 'not late', 'late'])
    for (const id of ['new', 'bob']) t.same((await readings(t, store, id)).filter(id => id !== 'to all'), ['late'], id)
    await claim('alice', null, 2)
    t.same(await readings(t, store, 'alice'), ['to all'])
    time.move(8_000)
    await claim('after', 'a')
    for (const id of ['alice', 'new', 'bob', 'after']) t.same(await readings(t, store, id), [], `${id}, after its end`)
  })

  t.test('unread, whatever was read through before who joins had it, in every topic or in one', async t => {
    const { store, send, claim } = await open(t)
    for (const id of ['of all', 'of one']) await claim(id, 'b')
    await send('late')
    await send('to b', { companies: ['b'] }, { lateJoiners: false })
    // Each reads what is newer than what comes into the inbox with the move.
    t.match([await store.readAll('of all', null, null), await store.readAll('of one', null, 't')], [{ count: 1 }, { count: 1 }])
    for (const id of ['of all', 'of one']) {
      await claim(id, 'a', 2)
      t.same(await readings(t, store, id), ['late'])
      t.match(await store.item(id, 'late'), { readAt: null }, id)
      const read = (await store.inbox(id, { limit: 10, unread: false })).entries.length
      t.same([(await store.unread(id)).count, read], [1, 0], id)
      t.match(await store.mark(id, 'read', ['late']), { hasChanged: true, unread: 0 })
    }
  })

  t.test('unread, whatever was marked before: a mark covers what was in the inbox when it was made', async t => {
    const { store, send, claim } = await open(t)
    await claim('bob', 'b')
    await claim('back', 'a')
    await send('late')
    await send('later')
    t.match(await store.mark('back', 'read', ['late']), { unread: 1 })
    await store.mark('back', 'delete', ['later'])
    await store.readAll('back', null, null)
    await store.readAll('bob', null, null)
    t.equal((await store.unread('bob')).count, 0)
    await claim('bob', 'a', 2)
    t.same(await readings(t, store, 'bob'), ['later', 'late'])
    t.equal((await store.unread('bob')).count, 2)
    await claim('back', null, 2)
    await claim('back', 'a', 3)
    t.same(await readings(t, store, 'back'), ['later', 'late'], 'what was deleted before comes anew')
    t.equal((await store.unread('back')).count, 2)
    t.match(await store.mark('bob', 'read', ['late']), { found: [{ id: 'late', readAt: 1_000 }], unread: 1 })
    t.match(await store.readAll('bob', null, 't'), { count: 1, unread: 0 })
    t.equal((await store.unread('bob')).count, 0)
  })

  t.test('an edit is for whoever has it, late joiners among them', async t => {
    const { store, time, send, claim } = await open(t)
    await claim('alice', 'a')
    await send('late')
    await send('not late', undefined, { lateJoiners: false })
    await claim('joined', 'a')
    const head = await store.head()
    for (const id of ['late', 'not late']) await store.edit(id, { fields: { title: 'New' }, type: 'error' })
    const edits = async (userId: string) => (await store.replay(userId, head, await store.head(), 10))!.events.map(event => [bodyOf(event).id, event.isLate])
    t.same(await edits('alice'), [['late', true], ['not late', undefined]])
    t.same(await edits('joined'), [['late', true]])
    t.same((await store.inbox('joined', { limit: 10, type: 'error' })).entries.map(entry => bodyOf(entry).title), ['New'])
    t.equal(await codeOf(store.edit('late', { fields: { expires_at: null }, expiresAt: null })), 'BLF_VALIDATION')
    await store.edit('late', { fields: { expires_at: '1970-01-01T00:00:20.000Z' }, expiresAt: 20_000 })
    time.move(10_000)
    await claim('even later', 'a')
    t.same(await inboxIds(store, 'even later'), ['late'])
    await readings(t, store, 'joined')
    t.match(await store.notification('late'), { isLate: true })
  })

  t.test('it is recalled from everybody, and replaced', async t => {
    const { store, send, claim } = await open(t)
    await claim('alice', 'a')
    await send('1', undefined, { chain: 'c' })
    await claim('joined', 'a')
    t.match(await send('2', undefined, { chain: 'c' }), { replaces: { id: '1', count: 1 } })
    for (const id of ['alice', 'joined']) t.same(await readings(t, store, id), ['2'])
    await store.recall('2')
    for (const id of ['alice', 'joined']) t.same(await readings(t, store, id), [])
    await claim('new', 'a')
    t.same(await readings(t, store, 'new'), [])
  })

  t.test('of groups, and never for whom it excludes, whenever they join', async t => {
    const { store, time, send, claim } = await open(t)
    const editors = { company: 'a', group: 'editors' }
    const writers = { company: 'a', group: 'writers' }
    for (const group of [editors, writers]) await store.putGroup(group, { name: group.group, isOpen: false })
    const change = async (add: string[], remove: string[] = [], group = editors) => await store.changeMembers(group, { add, remove }, { perGroup: 100, perUser: 100 })
    for (const id of ['alice', 'bob', 'carol', 'dave']) await claim(id, 'a')
    await change(['alice', 'bob'])
    const audience = { groups: ['editors', 'writers'], company: 'a', not: { users: ['bob', 'carol'] } }
    await send('late', audience)
    await send('not late', audience, { lateJoiners: false })
    await send('to all', { all: true, not: { users: ['bob', 'new'] } })
    await change(['carol', 'dave'], ['bob'])
    await change(['bob', 'alice', 'dave'], [], writers)
    await claim('new', 'a')
    await claim('other', 'a')
    const expected: Record<string, string[]> = {
      alice: ['to all', 'not late', 'late'], bob: [], carol: ['to all'], dave: ['to all', 'late'], new: [], other: ['to all']
    }
    for (const [id, ids] of Object.entries(expected)) t.same(await readings(t, store, id), ids, id)
    const head = await store.head()
    for (const id of ['late', 'not late', 'to all']) await store.edit(id, { fields: { title: 'New' } })
    for (const [id, ids] of Object.entries(expected)) {
      const { events } = (await store.replay(id, head, await store.head(), 10))!
      t.same(events.map(event => bodyOf(event).id).reverse(), ids, `${id}: edits`)
    }
    time.move(8_000)
    for (const id of Object.keys(expected)) t.same(await readings(t, store, id), [], `${id}, after its end`)
  })

  t.test('who joins a group that was made again has nothing of the former one, nor edits of it', async t => {
    const { store, send, claim } = await open(t)
    const groups = ['kept', 'remade']
    const put = async (group: string) => { await store.putGroup({ company: 'a', group }, { name: group, isOpen: false }) }
    const add = async (id: string, group: string) => { await store.changeMembers({ company: 'a', group }, { add: [id], remove: [] }, { perGroup: 10, perUser: 10 }) }
    for (const id of ['alice', 'bob', 'new']) await claim(id, 'a')
    for (const group of groups) await put(group)
    for (const group of groups) await add('alice', group)
    await send('secret', { groups: ['remade'], company: 'a' })
    await send('both', { groups, company: 'a' })
    await store.removeGroup({ company: 'a', group: 'remade' })
    t.same(await readings(t, store, 'alice'), ['both'], 'a member of the other one keeps it')
    await put('remade')
    await add('bob', 'remade')
    await add('new', 'kept')
    const head = await store.head()
    for (const id of ['secret', 'both']) await store.edit(id, { fields: { title: 'New' }, type: 'error', expiresAt: 20_000 })
    t.same([await readings(t, store, 'bob'), await readings(t, store, 'new')], [[], ['both']])
    const edited = async (id: string) => (await store.replay(id, head, await store.head(), 10))!.events.map(event => bodyOf(event).id)
    t.same([await edited('alice'), await edited('new'), await edited('bob')], [['both'], ['both'], []])
    await store.recall('both')
    await send('anew', { groups: ['remade'], company: 'a' })
    t.same([await readings(t, store, 'bob'), await readings(t, store, 'new')], [['anew'], []])
  })

  t.test('plans for late joiners and for others, published together, are counted as listed', async t => {
    const { store, time, send, claim } = await open(t)
    await claim('alice', 'a')
    await send('before', undefined, { lateJoiners: false })
    const plan = async (id: string, rest: Partial<Draft> = {}) => await store.schedule({
      ...draft({ companies: ['a', 'b'] }, { id, topic: 't', expiresAt: 9_000, ...rest }), sendAt: 2_000
    }, 100)
    for (const [id, rest] of Object.entries({ one: {}, late: { lateJoiners: true }, two: {}, other: { topic: 'other' }, none: { topic: null } })) await plan(id, rest)
    t.match(await store.plan('late'), { isLate: true })
    time.move(2_000)
    t.match(await store.publishDue(100), { seqs: { length: 5 } })
    const inTopic = async (userId: string, topic: string) => (await store.readAll(userId, null, topic)).count
    t.same(await inboxIds(store, 'alice'), ['none', 'other', 'two', 'late', 'one', 'before'])
    t.equal((await store.unread('alice')).count, 6)
    await claim('joined', 'b')
    t.same(await readings(t, store, 'joined'), ['late'])
    await send('after', undefined, { lateJoiners: false })
    t.equal((await store.unread('alice')).count, 7)
    t.same([await inTopic('alice', 't'), await inTopic('alice', 'other'), (await store.unread('alice')).count], [5, 1, 1])
  })

  t.test('to several companies, roles and everybody, among many of others', async t => {
    const { store, send, claim } = await open(t)
    const audiences: Record<string, Audience> = { all: { all: true }, role: { roles: ['user', 'admin'] }, both: { companies: ['a', 'b'], roles: ['user'] } }
    for (const [id, audience] of Object.entries(audiences)) await send(id, audience)
    await Promise.all(Array.from({ length: 30 }, (_, index) => send(`other ${index}`, undefined, { lateJoiners: false })))
    await claim('new', 'b')
    t.same(await readings(t, store, 'new'), ['both', 'role', 'all'])
    await store.changeUser('new', { role: 'guest' })
    t.same(await readings(t, store, 'new'), ['all'])
    t.equal(await store.retain(1, 100), 33)
    t.same(await readings(t, store, 'new').catch(() => []), [])
  })
}
