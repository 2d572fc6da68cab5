import type { PlannedDraft } from '../../../src/store/plans.ts'
import type { Audience } from '../../../src/log/audience.ts'
import type { Draft } from '../../../src/store/store.ts'
import { clock, codeOf, draft, inboxIds, type Part } from './engine.ts'

const LIMITS = { perGroup: 100, perUser: 10 }
const alice = { kind: 'user', id: 'alice', sessionId: null } as const

/** Audiences of plans are those of the moment of publishing, whatever form they have. */
export const planAudiences: Part = (t, engine) => {
  t.test('groups, exclusions and late joiners', async t => {
    const time = clock(1_000)
    const { store } = await engine.open(t, { now: time.now })
    await store.createUser({ id: 'alice', username: 'alice', role: 'admin', company: 'a', passwordHash: null })
    for (const id of ['bob', 'carol', 'dan']) await store.applyClaims({ id, role: 'user', company: 'a', iat: 1 })
    const group = (name: string) => ({ company: 'a', group: name })
    for (const name of ['staying', 'second', 'leaving']) await store.putGroup(group(name), { name, isOpen: false })
    await store.changeMembers(group('staying'), { add: ['bob'], remove: [] }, LIMITS)
    const plan = async (id: string, audience: Audience, more: Partial<Draft> = {}) => {
      const planned: PlannedDraft = { ...draft(audience, { id, sender: 'user:alice', by: alice, ...more }), sendAt: 2_000 }
      return await store.schedule(planned, 100)
    }
    t.equal(await codeOf(plan('unknown', { groups: ['unknown'], company: 'a' })), 'BLF_GROUP_NOT_FOUND')
    await plan('to a group', { groups: ['staying'], company: 'a' })
    await plan('to two groups', { groups: ['staying', 'second'], company: 'a' })
    await plan('to a group that goes', { groups: ['leaving'], company: 'a' })
    await plan('to all but one', { companies: ['a'], not: { users: ['carol'] } })
    await plan('for late joiners', { companies: ['a'] }, { lateJoiners: true, expiresAt: 9_000 })

    await store.changeMembers(group('staying'), { add: ['carol'], remove: ['bob'] }, LIMITS)
    await store.changeMembers(group('second'), { add: ['carol'], remove: [] }, LIMITS)
    await store.removeGroup(group('leaving'))
    time.move(1_000)
    t.match(await store.publishDue(100), { seqs: { length: 4 }, refused: 1 })
    t.match(await store.plan('to a group that goes'), { state: 'refused', refusal: 'BLF_GROUP_NOT_FOUND' })
    t.same((await inboxIds(store, 'bob')).sort(), ['for late joiners', 'to all but one'], 'who left before it was sent')
    t.same((await inboxIds(store, 'carol')).sort(), ['for late joiners', 'to a group', 'to two groups'], 'who came before it was sent, and is excluded from one')
    t.same([(await store.unread('bob')).count, (await store.unread('carol')).count], [2, 3])
    await store.applyClaims({ id: 'erin', role: 'user', company: 'a', iat: 1 })
    t.same(await inboxIds(store, 'erin'), ['for late joiners'])
    const replayed = await store.replay('carol', 0, await store.head(), 100)
    t.same(replayed!.events.flatMap(({ kind, id }) => kind === 'notification' ? [id] : []).sort(), ['for late joiners', 'to a group', 'to two groups'])
    t.match(await store.notification('for late joiners'), { isLate: true }, 'as one that is sent at once')
  })
}
