import type { NewCall } from '../../../../src/store/contract/readers.ts'
import type { WebhookMove } from '../../../../src/store/contract/webhooks.ts'
import { MAX_WEBHOOKS_EACH } from '../../../../src/store/ops/webhooks/webhooks.ts'
import { clock, codeOf, draft, follow, upTo, type Part } from '../engine.ts'

const DAY = 86_400_000
const by = (id: string) => ({ kind: 'user' as const, id, sessionId: null })

export const webhooks: Part = (t, engine) => {
  const open = async (t: Parameters<Part>[0]) => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const [id, role, company] of [['root', 'admin', null], ['alice', 'admin', 'a'], ['bob', 'user', 'a'], ['dave', 'admin', 'b']] as const) await store.createUser({ id, username: id, role, company, passwordHash: null })
    const create = (id: string, company: string | null, actor?: string) => store.createWebhook({ id, url: `https://${id}.example`, types: ['notification.sent'], company, isOrdered: false, secret: `whsec_${id}` }, actor === undefined ? undefined : by(actor))
    const send = async () => (await store.notify(draft({ companies: ['a'] }, { scope: 'a', at: now() }))).seq
    return { store, now, move, create, send }
  }

  t.test('rights are judged by the company of the webhook, inside the write', async t => {
    const { store, create } = await open(t)
    const tries = (write: (actor: string) => Promise<unknown>) => Promise.all(['root', 'alice', 'dave', 'bob', 'nobody'].map(actor => codeOf(write(actor))))
    const OF_A = [undefined, undefined, 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_UNAUTHENTICATED']
    t.same(await tries(actor => create(`of-${actor}`, 'a', actor)), OF_A)
    t.same(await tries(actor => create(`all-${actor}`, null, actor)), [undefined, 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_UNAUTHENTICATED'])
    t.same(await tries(actor => store.changeWebhook('of-root', { isOrdered: true }, by(actor))), OF_A)
    t.same(await tries(actor => store.rotateWebhook('of-root', 'whsec_2', 1, by(actor))), OF_A)
    t.same(await tries(actor => store.replayWebhook('of-root', 0, by(actor))), OF_A)
    t.same(await tries(actor => store.changeWebhook('none', {}, by(actor))), ['BLF_WEBHOOK_NOT_FOUND', 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_FORBIDDEN', 'BLF_UNAUTHENTICATED'], 'who may not see all does not learn what there is')
    await store.changeUser('alice', { role: 'user' })
    t.equal(await codeOf(store.removeWebhook('of-alice', by('alice'))), 'BLF_FORBIDDEN')
    await store.removeWebhook('of-alice')
    t.same((await store.webhooks({ limit: 9 })).map(({ id }) => id), ['all-root', 'of-root'])
    t.same((await store.webhooks({ limit: 9, company: 'a' })).map(({ id, isOrdered }) => [id, isOrdered]), [['of-root', true]])
    t.same((await store.webhooks({ limit: 1, after: 'all-root' })).map(({ id }) => id), ['of-root'])
    t.equal(await store.webhook('of-alice'), undefined)
    for (const number of upTo(MAX_WEBHOOKS_EACH)) await create(`b-${number}`, 'b')
    t.equal(await codeOf(create('b-more', 'b')), 'BLF_WEBHOOKS_FULL')
    t.equal(await codeOf(create('c', 'c')), undefined)
  })

  t.test('a webhook begins with what comes next, and is moved back by a replay alone', async t => {
    const { store, move, create, send } = await open(t)
    await send()
    const webhook = await create('w', 'a')
    t.match(webhook, { id: 'w', url: 'https://w.example', types: ['notification.sent'], company: 'a', state: 'active', disabledReason: null, isOrdered: false })
    const start = (await store.reader('webhook/w'))!.seq
    const seq = await send()
    t.ok(start < seq && start >= seq - 2)
    const lease = (await store.takeReader('webhook/w', 'node', { leaseMs: 1_000, start: 'head' }))!
    t.equal(lease.seq, start)
    const call = (of: number): NewCall => ({ seq: of, state: 'failed', n: 10, status: 500, error: 'answered 500', nextIn: null, item: '{}' })
    const moving: WebhookMove = { seq, calls: [call(start), call(seq)], keep: 5, hasDelivered: true, hasFailed: true, isGone: false, failed: [] }
    t.ok(await store.moveWebhook('w', lease.token, moving, 5 * DAY))
    const head = await store.head()
    t.same(await Promise.all([head + 1, -1].map(seq => codeOf(store.replayWebhook('w', seq)))), ['BLF_BAD_CURSOR', 'BLF_BAD_CURSOR'])
    await store.replayWebhook('w', start)
    t.match(await store.reader('webhook/w'), { seq: start, leaseMs: 0 })
    t.same((await store.calls('webhook/w', { limit: 9 })).map(({ seq }) => seq), [start], 'what is delivered again has not failed yet')
    t.notOk(await store.moveWebhook('w', lease.token, moving, 5 * DAY), 'what was under way moves it no more')
    await store.removeWebhook('w')
    t.equal(await store.reader('webhook/w'), undefined)
    t.same(await store.calls('webhook/w', { limit: 9 }), [])
    move(0)
  })

  t.test('five days of failing disable it, a 410 at once, and the log is told', async t => {
    const { store, now, move, create, send } = await open(t)
    await create('w', 'a')
    const committed = follow(store)
    const seq = await send()
    const { token } = (await store.takeReader('webhook/w', 'node', { leaseMs: 1_000, start: 'head' }))!
    const settle = async (overrides: Partial<WebhookMove>) => {
      await store.moveWebhook('w', token, { seq, calls: [], hasDelivered: false, hasFailed: false, isGone: false, failed: [], ...overrides }, 5 * DAY)
      return (await store.webhook('w'))!
    }
    t.match(await store.webhook('w'), { failingSince: null, missed: 0, missedAt: null })
    const since = now()
    t.match(await settle({ hasFailed: true }), { failingSince: since })
    move(4 * DAY)
    t.match(await settle({ hasFailed: true, failed: [{ notificationIds: ['n'], topic: 'news' }] }), { state: 'active', failingSince: since })
    t.match(await settle({ hasDelivered: true, hasFailed: true }), { failingSince: null })
    t.match(await settle({ missed: 3 }), { missed: 3, missedAt: now() })
    move(4 * DAY)
    await settle({ hasFailed: true })
    move(4 * DAY)
    t.match(await settle({ hasFailed: true }), { state: 'active' }, 'something was delivered in between')
    move(DAY)
    t.match(await settle({ missed: 1 }), { state: 'active', missed: 4, missedAt: now() }, 'not without another attempt')
    t.match(await settle({ hasFailed: true }), { state: 'disabled', disabledReason: 'failing' })
    t.same(await store.activeWebhooks(), [])
    t.match(await store.changeWebhook('w', { state: 'active' }), { state: 'active', disabledReason: null, failingSince: null, missed: 4 })
    t.match(await store.webhooks({ limit: 1, company: 'a' }), [{ id: 'w', missed: 4 }])
    t.match(await settle({ hasFailed: true }), { state: 'active' }, 'it begins anew')
    t.match(await settle({ hasFailed: true, isGone: true }), { state: 'disabled', disabledReason: 'gone' })
    t.match(await store.changeWebhook('w', { state: 'disabled' }), { disabledReason: 'gone' }, 'it is already')
    await store.changeWebhook('w', { state: 'active' })
    t.match(await store.changeWebhook('w', { state: 'disabled' }), { disabledReason: 'manual' })
    const told = (await store.feed({ after: 0, limit: 100, types: ['delivery.failed', 'webhook.disabled'], of: { company: 'a' } })).events
    t.match(told, [{ type: 'delivery.failed', webhookId: 'w', notificationIds: ['n'], topic: 'news' }, { type: 'webhook.disabled', webhookId: 'w' }, { type: 'webhook.disabled', webhookId: 'w' }])
    t.same((await store.feed({ after: 0, limit: 100, types: ['webhook.disabled'], of: { company: 'b' } })).events, [])
    t.ok(committed.some(({ kind }) => kind === 'webhook.changed'), 'and so is every node')
    t.ok(now() > 0)
  })

  t.test('secrets are rotated: the one before signs for a while', async t => {
    const { store, now, move, create } = await open(t)
    await create('w', 'a')
    t.same(await store.webhookSecrets('w'), [{ secret: 'whsec_w', until: null }])
    await store.rotateWebhook('w', 'whsec_2', DAY)
    const secrets = [{ secret: 'whsec_2', until: null }, { secret: 'whsec_w', until: now() + DAY }]
    t.same(await store.webhookSecrets('w'), secrets)
    t.match(await store.activeWebhooks(), [{ id: 'w', secrets }])
    t.notOk('secrets' in (await store.webhook('w'))!, 'nobody else is shown them')
    move(2 * DAY)
    await store.rotateWebhook('w', 'whsec_3', DAY)
    t.same((await store.webhookSecrets('w')).map(({ secret }) => secret), ['whsec_3', 'whsec_2'])
    for (const number of [4, 5, 6]) await store.rotateWebhook('w', `whsec_${number}`, DAY)
    t.same((await store.webhookSecrets('w')).map(({ secret }) => secret), ['whsec_6', 'whsec_5', 'whsec_4'])
  })
}
