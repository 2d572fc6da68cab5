import { keysOfAudience } from '../../../../src/log/audience.ts'
import { codeOf, draft, type Part } from '../engine.ts'
import { opening } from './demands.ts'

const HOUR = 3_600_000
const by = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

/** Reminders that somebody asks for. */
export const reminding: Part = (t, engine) => {
  const open = opening(engine)

  t.test('a reminder that somebody asks for comes at once, besides the planned ones, and at most one an hour', async t => {
    const { store, now, move, send, run } = await open(t)
    const escalate = keysOfAudience({ users: ['root'] })
    await send({ companies: ['a'] }, 'n', { by: now() + 9 * HOUR, remindMs: 4 * HOUR, reminders: 2, escalate })
    t.match(await store.demand('n'), { by: now() + 9 * HOUR, reminded: 0, remindedAt: null, nextAt: now() + 4 * HOUR, remindFrom: null, escalate, outcome: null })
    move(HOUR)
    const at = now()
    t.same(await store.remindNow('n', by('root')), { at, from: at + HOUR, isNew: true })
    t.match(await store.demand('n'), { reminded: 1, remindedAt: at, remindFrom: at + HOUR })
    move(5)
    t.same(await store.remindNow('n', by('root')), { at, from: at + HOUR, isNew: false }, 'before it is given')
    t.same(await run(), [['notification.reminder', ['alice', 'bob', 'carol'], 1]])
    t.same(await store.remindNow('n'), { at, from: at + HOUR, isNew: false }, 'and after')
    t.same(await run(), [])
    t.match(await store.demand('n'), { reminded: 1, remindedAt: at, nextAt: at + 3 * HOUR })
    await store.acknowledge('bob', ['n'])
    move(2 * HOUR)
    const early = now()
    t.match(await store.remindNow('n'), { at: early, isNew: true }, 'the planned one of the coming hour')
    t.same(await run(), [['notification.reminder', ['alice', 'carol'], 2]])
    t.match(await store.demand('n'), { reminded: 2, remindedAt: early, nextAt: at + 7 * HOUR })
    move(5 * HOUR)
    t.same(await run(), [['notification.reminder', ['alice', 'carol'], 3]], 'the next planned one, at its own time')
    move(HOUR)
    t.match(await run(), [['n.escalation', ['u:root']]])
    t.match(await store.demand('n'), { reminded: 3, nextAt: null, outcome: 'escalated' })
    t.match(await store.remindNow('n'), { isNew: true }, 'after it was due')
    t.same(await run(), [['notification.reminder', ['alice', 'carol'], 4]], 'and nothing is escalated twice')
    t.equal(await store.nextDemand(), null)
  })

  t.test('of what nobody is reminded, and by whom', async t => {
    const { store, now, move, send, run } = await open(t)
    await send({ companies: ['a'] }, 'n', {}, { by: by('alice'), sender: 'user:alice', scope: 'a' })
    await store.notify(draft({ companies: ['a'] }, { id: 'free' }))
    await send({ users: ['bob'] }, 'expired', {}, { expiresAt: now() + 1 })
    await send({ users: ['bob'] }, 'recalled')
    await store.recall('recalled')
    move(1)
    t.equal(await codeOf(store.remindNow('free')), 'BLF_NOT_ACKNOWLEDGEABLE')
    t.equal(await codeOf(store.remindNow('expired')), 'BLF_NOT_ACKNOWLEDGEABLE')
    for (const id of ['recalled', 'unknown']) t.equal(await codeOf(store.remindNow(id)), 'BLF_NOTIFICATION_NOT_FOUND')
    for (const id of ['n', 'unknown']) t.equal(await codeOf(store.remindNow(id, by('bob'))), 'BLF_FORBIDDEN')
    t.same(await run(), [])
    await store.changeUser('alice', { role: 'user' })
    t.match(await store.remindNow('n', by('alice')), { isNew: true }, 'by whoever sent it, as an edit')
    t.equal(await store.demand('free'), undefined)
  })
}
