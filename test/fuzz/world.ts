import { formatCursor } from '../../src/protocol/cursor.ts'
import { hashSecret } from '../../src/identity/opaque.ts'
import { bearer, call, hello, people, type App } from '../helper.ts'
import { draftOf } from '../../src/notification/draft.ts'
import { Vapid } from '../../src/outbound/push/vapid.ts'
import { Browser } from '../outbound/push/service.ts'
import { stateBy } from '../security/matrix/commits.ts'
import { identity } from '../security/matrix/outbound.ts'
import { bearing, enrol, makeKey, PASSWORD } from '../security/accounts.ts'
import type { Live } from './values.ts'

const { root, alice, bob } = people
/** Whose word counts how much; each is asked for by name. */
export type Callers = Record<string, Record<string, string>>

export interface World {
  callers: Callers
  live: Live
  /** All that could have been stored, as text. */
  snapshot: () => Promise<string>
}

const SIZE = 6
const names = (tag: string, of: string) => Array.from({ length: SIZE }, (_, index) => `${of}${index}-${tag}`)

const vapid = new Vapid(identity)
const text = { title: 'T', message: 'M', type: 'info' as const, data: {} }
/** How the application of a fuzzer is set up, and how it calls others: not at all. */
export const settings = { VAPID_SUBJECT: identity.subject, VAPID_PRIVATE_KEY: identity.privateKey, PUSH_AFTER: '86400' }
export const calling = { resolve: (_hostname: string, _options: unknown, callback: (error: Error, addresses: []) => void) => callback(new Error('nobody is called'), []) }

/** Makes sure that there is something to read, change and remove, under names that begin anew with each `tag`. */
export async function furnish (app: App, tag: string): Promise<World> {
  for (const person of [root, alice, bob]) await call(app, person, 'GET', '/api/auth/me')
  // Nobody waits for what does not come.
  app.feed.close()
  const inAnHour = Date.now() + 3_600_000
  const users = names(tag, 'user')
  const keys = names(tag, 'key')
  const notifications = names(tag, 'n')
  const refreshTokens = names(tag, 'refresh')
  for (const [index, id] of users.entries()) await enrol(app, { id, company: index % 2 ? 'company_a' : null })
  for (const company of [null, 'company_a']) await app.store.putTopic('greetings', company, { description: null, default: 'on', isLocked: false, channels: {} })
  const groups = names(tag, 'group')
  for (const group of groups) for (const company of [null, 'company_a']) await app.store.putGroup({ company, group }, { name: group, isOpen: true })
  for (const id of keys) await makeKey(app, id, ['send:all'])
  for (const [index, id] of notifications.entries()) {
    const audience = index % 2 ? { companies: ['company_a'] } : { all: true }
    await call(app, index === 1 ? alice : root, 'POST', '/api/notifications/send', { ...hello, id, audience, actions: [{ id: 'open', label: 'Open' }] })
  }
  const webhooks = names(tag, 'webhook')
  for (const { id } of await app.store.webhooks({ limit: 200 })) await app.store.removeWebhook(id)
  for (const [index, id] of webhooks.entries()) await app.store.createWebhook({ id, url: 'https://example.com', types: ['webhook.disabled'], company: index % 2 ? 'company_a' : null, isOrdered: false, secret: 'whsec_AAAA' })
  const subscriptions = names(tag, 'subscription')
  const { keys: browserKeys } = new Browser('https://push.example.net/').subscription
  const owner = `owner-${tag}`
  await enrol(app, { id: owner, company: 'company_a' })
  for (const id of subscriptions) await app.store.putPushSubscription({ id, userId: owner, endpoint: `https://push.example.net/${id}`, hash: id, ...browserKeys, vapidKey: 'v', device: null, expiresAt: null, sessionId: null })
  const deleted = names(tag, 'deleted')
  for (const id of deleted) {
    await call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience: { all: true } })
    await call(app, root, 'DELETE', `/api/notifications/${id}`)
  }
  const plans = names(tag, 'plan')
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  for (const id of plans) await call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience: { all: true }, send_at: tomorrow })
  for (const [index, token] of refreshTokens.entries()) {
    await app.store.openSession({ id: `session${index}-${tag}`, userId: users[index]!, refreshHash: hashSecret(token), expiresAt: inAnHour })
  }
  const session = { id: `session-${tag}`, userId: owner, refreshHash: hashSecret(owner), expiresAt: inAnHour }
  await app.store.openSession(session)
  const token = app.issueToken((await app.store.user(owner))!, session.id, 900)
  const tickets = names(tag, 'ticket')
  for (const ticket of tickets) await app.store.createTicket({ hash: hashSecret(ticket), userId: owner, sessionId: session.id, tokenExpiresAt: Math.floor(inAnHour / 1000), origin: null, expiresAt: inAnHour })
  const callers: Callers = {
    anonymous: {},
    'a forger': bearing('e30.e30.e30'),
    'a user': bearer(bob),
    'a session': bearing(token),
    'a company admin': bearer(alice),
    'a platform admin': bearer(root),
    'a key for a company': bearing(await makeKey(app, `narrow-${tag}`, ['send:company:company_a'])),
    'a key for everything': bearing(await makeKey(app, `wide-${tag}`, ['inbox:read', 'send:all', 'users:write', 'groups:write', 'topics:write', 'reports:read', 'events:read', 'metrics:read']))
  }
  for (const headers of Object.values(callers)) await app.inject({ url: '/api/auth/me', headers })
  // Of the notification that a receipt is about.
  const { seq } = await app.store.notify(draftOf({ ...text, shape: { actions: [{ id: 'open', label: 'Open' }] } }, { keys: [`u:${owner}`], sender: 'user:root', scope: null }))
  const cursor = formatCursor(app.store.epoch, await app.store.head())
  const live: Live = {
    notification_id: notifications,
    ids: notifications,
    deleted_id: deleted,
    plan_id: plans,
    action_id: ['open'],
    user_id: ['me', 'bob', ...users],
    own_id: ['me'],
    users: ['bob', ...users],
    key_id: keys,
    webhook_id: webhooks,
    subscription_id: subscriptions,
    endpoint: [`https://push.example.net/${tag}`],
    keys: [browserKeys],
    receipt: subscriptions.map(subscriptionId => vapid.receipt({ subscriptionId, seq })),
    username: [...users, `new-${tag}`],
    password: [PASSWORD],
    current_password: [PASSWORD],
    refresh_token: refreshTokens,
    ticket: tickets,
    session_id: users.map((_, index) => `session${index}-${tag}`),
    'Sec-WebSocket-Protocol': ['belfry.v1', `belfry.v1, bearer.${token}`, `belfry.v1, bearer.${tickets[0]}`],
    before: [cursor],
    since: [cursor],
    cursor: [cursor],
    from: ['2026-01-31T12:00:00Z'],
    to: ['2099-12-31T12:00:00Z'],
    send_at: [tomorrow],
    revision: [1],
    url: ['/orders/1', 'https://example.com/orders/1'],
    icon: ['https://example.com/icon.png'],
    after: users,
    company: ['company_a'],
    companies: ['company_a', 'company_b'],
    group: groups,
    groups,
    role: ['user', 'admin'],
    roles: ['user', 'admin'],
    topic: ['greetings'],
    topics: ['greetings', '*'],
    // Any other is nearly always refused, and all with it.
    acknowledge: [{}, { remind_every: 3_600, reminders: 2 }, { by: tomorrow, escalate_to: { users: ['bob'] } }],
    expires_at: ['2099-12-31T12:00:00Z'],
    created_at: ['2026-01-31T12:00:00Z'],
    token: Object.values(callers).flatMap(({ authorization }) => authorization?.slice('Bearer '.length) ?? [])
  }
  return { callers, live, snapshot: () => stateBy(app, stored) }
}

async function stored ({ store }: App): Promise<string> {
  const keys = (await store.keys()).map(({ id }) => id)
  return JSON.stringify([await store.head(), keys, await store.users({ limit: 100_000 }), await store.unread('bob')])
}
