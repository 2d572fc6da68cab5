import { uuidv7 } from 'uuidv7'
import { keysOfAudience, type Audience } from '../../../src/log/audience.ts'
import { draftOf } from '../../../src/notification/draft.ts'
import { newSecret } from '../../../src/identity/opaque.ts'
import { hello, type App } from '../../helper.ts'
import { PASSWORD } from '../accounts.ts'
import { actors, keys, users, type Actor } from './actors.ts'
import { grouping } from './groups.ts'
import { outbound } from './outbound.ts'
import { preferring } from './preferences.ts'
import { receipts } from './receipts.ts'
import { scheduling } from './scheduling.ts'

export interface Request { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object }

/** An operation towards one target: what is asked, and who is answered what; nobodies get 401 and the others 403. */
export interface Row {
  operation: string
  about?: string
  /** Makes whatever the request is about, anew for every actor. */
  request: (app: App) => Request | Promise<Request>
  answers: Partial<Record<Actor, number>>
}

const get = (status: number, ...who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

const ADMINS_A: Actor[] = ['root', 'alice']
const ADMINS_B: Actor[] = ['root', 'dave']
const WRITERS: Actor[] = ['root', 'key users:write']
const SENDERS: Actor[] = ['root', 'key send:all']
const SENDERS_A: Actor[] = [...SENDERS, 'alice', 'key send:company:company_a']
const SENDERS_B: Actor[] = [...SENDERS, 'dave', 'key send:company:company_b']

async function newUser (app: App, role: string, company: string | null): Promise<string> {
  const id = uuidv7()
  await app.store.createUser({ id, username: id, role, company, passwordHash: null })
  return id
}

export async function newNotification (app: App, audience: Audience, sender: string, scope: string | null): Promise<string> {
  const { priority: type, topic, ...text } = hello
  const { id } = await app.store.notify(draftOf({ ...text, type: type as 'info', data: { topic } }, { keys: keysOfAudience(audience), sender, scope }))
  return id
}

const newName = () => `name-${uuidv7()}`
const fixed = (method: Request['method'], url: string, body?: object) => () => ({ method, url, ...(body ? { body } : {}) })

const open: Row[] = [
  { operation: 'isAlive', request: fixed('GET', '/healthz'), answers: get(200, ...actors) },
  { operation: 'getHome', request: fixed('GET', '/'), answers: get(200, ...actors) },
  { operation: 'isReady', request: fixed('GET', '/readyz'), answers: get(200, ...actors) },
  { operation: 'login', request: fixed('POST', '/api/auth/login', { username: 'former', password: PASSWORD }), answers: get(200, ...actors) },
  {
    operation: 'refresh',
    async request (app) {
      const { secret, hash } = newSecret()
      await app.store.openSession({ id: uuidv7(), userId: 'former', refreshHash: hash, expiresAt: Date.now() + 60_000 })
      return { method: 'POST', url: '/api/auth/refresh', body: { refresh_token: secret } }
    },
    answers: get(200, ...actors)
  }
]

const endSession = (about: string, userId: string, answers: Row['answers']): Row => ({
  operation: 'endSession',
  about,
  answers,
  async request (app) {
    const id = uuidv7()
    await app.store.openSession({ id, userId, refreshHash: newSecret().hash, expiresAt: Date.now() + 60_000 })
    return { method: 'DELETE', url: `/api/auth/sessions/${id}` }
  }
})
const own: Row[] = [
  { operation: 'getPrincipal', request: fixed('GET', '/api/auth/me'), answers: get(200, ...users, ...keys) },
  { operation: 'logout', request: fixed('POST', '/api/auth/logout'), answers: get(204, ...users, ...keys) },
  { operation: 'listSessions', about: 'own', request: fixed('GET', '/api/auth/sessions'), answers: { ...get(200, ...users), 'key users:write': 404 } },
  { operation: 'listSessions', about: 'of company A', request: fixed('GET', '/api/auth/sessions?user_id=bob'), answers: get(200, 'bob', ...ADMINS_A, 'key users:write') },
  { operation: 'listSessions', about: 'of a platform admin', request: fixed('GET', '/api/auth/sessions?user_id=root'), answers: get(200, 'root') },
  { operation: 'listSessions', about: 'of nobody', request: fixed('GET', '/api/auth/sessions?user_id=nobody'), answers: get(404, ...WRITERS) },
  endSession('of company A', 'bob', get(204, 'bob', ...ADMINS_A, 'key users:write')),
  endSession('of a platform admin', 'root', get(204, 'root')),
  { operation: 'endSession', about: 'that is none', request: fixed('DELETE', '/api/auth/sessions/nothing'), answers: get(404, ...WRITERS) },
  { operation: 'openStream', request: fixed('GET', '/sse/notifications'), answers: get(200, ...users) },
  { operation: 'createTicket', request: fixed('POST', '/api/auth/ticket'), answers: get(201, ...users) },
  { operation: 'changePassword', request: fixed('PATCH', '/api/users/me', { current_password: PASSWORD, password: PASSWORD }), answers: get(200, ...users) },
  { operation: 'confirmPassword', request: fixed('POST', '/api/auth/confirm', { password: PASSWORD }), answers: get(204, ...users) },
  { operation: 'getOverview', request: fixed('GET', '/api/overview'), answers: get(200, 'root', 'key metrics:read') },
  { operation: 'openOverview', request: fixed('GET', '/sse/overview'), answers: get(200, 'root', 'key metrics:read') },
  { operation: 'getMetrics', request: fixed('GET', '/metrics'), answers: get(200, 'root', 'key metrics:read') }
]

const userRow = (operation: string, about: string, role: string, company: string | null, to: (id: string) => Request, answers: Row['answers']): Row => {
  return { operation, about, answers, request: async app => to(await newUser(app, role, company)) }
}
const show = (id: string): Request => ({ method: 'GET', url: `/api/users/${id}` })
const remove = (id: string): Request => ({ method: 'DELETE', url: `/api/users/${id}` })
const change = (body: object) => (id: string): Request => ({ method: 'PATCH', url: `/api/users/${id}`, body })
const create = (about: string, role: string, company: string | undefined, who: Actor[]): Row => ({
  operation: 'createUser',
  about,
  request: () => ({ method: 'POST', url: '/api/users', body: { username: newName(), role, ...(company ? { company } : {}) } }),
  answers: get(201, ...who)
})

const managing: Row[] = [
  create('of company A', 'user', 'company_a', [...ADMINS_A, 'key users:write']),
  create('an admin of company A', 'admin', 'company_a', [...ADMINS_A, 'key users:write']),
  create('of company B', 'user', 'company_b', [...ADMINS_B, 'key users:write']),
  create('of no company', 'user', undefined, WRITERS),
  create('a platform admin', 'admin', undefined, ['root']),
  { operation: 'createUser', about: 'with an id of one\'s choice', answers: get(201, ...WRITERS), request: () => ({ method: 'POST', url: '/api/users', body: { id: `auth0|${uuidv7()}`, username: newName(), role: 'user', company: 'company_a' } }) },
  { operation: 'listUsers', about: 'of company B', request: fixed('GET', '/api/users?company=company_b&q=c&role=user'), answers: get(200, ...ADMINS_B, 'key users:write') },
  { operation: 'listUsers', request: fixed('GET', '/api/users'), answers: get(200, 'root', 'alice', 'dave', 'key users:write') },
  userRow('getUser', 'of company A', 'user', 'company_a', show, get(200, ...ADMINS_A, 'key users:write')),
  userRow('getUser', 'of company B', 'user', 'company_b', show, get(200, ...ADMINS_B, 'key users:write')),
  userRow('getUser', 'a platform admin', 'admin', null, show, get(200, 'root')),
  { operation: 'getUser', about: 'nobody', request: fixed('GET', '/api/users/nobody'), answers: get(404, ...WRITERS) },
  userRow('changeUser', 'of company A', 'user', 'company_a', change({ role: 'admin', password: 'a new password' }), get(200, ...ADMINS_A, 'key users:write')),
  userRow('changeUser', 'from A to B', 'user', 'company_a', change({ company: 'company_b' }), get(200, ...WRITERS)),
  userRow('changeUser', 'from B to A', 'user', 'company_b', change({ company: 'company_a' }), get(200, ...WRITERS)),
  userRow('changeUser', 'to a platform admin', 'admin', 'company_a', change({ company: null, role: 'admin' }), get(200, 'root')),
  userRow('changeUser', 'to a platform admin without a word', 'admin', 'company_a', change({ company: null }), get(409, 'root')),
  userRow('changeUser', 'a platform admin', 'admin', null, change({ password: 'taken over' }), get(200, 'root')),
  { operation: 'changeUser', about: 'oneself, to an admin', request: fixed('PATCH', '/api/users/bob', { role: 'user' }), answers: get(200, ...ADMINS_A, 'key users:write') },
  { operation: 'changeUser', about: 'nobody', request: fixed('PATCH', '/api/users/nobody', { role: 'user' }), answers: get(404, ...WRITERS) },
  userRow('removeUser', 'of company A', 'user', 'company_a', remove, get(204, ...ADMINS_A, 'key users:write')),
  userRow('removeUser', 'of company B', 'user', 'company_b', remove, get(204, ...ADMINS_B, 'key users:write')),
  userRow('removeUser', 'a platform admin', 'admin', null, remove, get(204, 'root')),
  { operation: 'removeUser', about: 'nobody', request: fixed('DELETE', '/api/users/nobody'), answers: get(404, ...WRITERS) },
  { operation: 'createKey', request: fixed('POST', '/api/keys', { name: 'k', scopes: ['send:all'] }), answers: get(201, 'root') },
  { operation: 'listKeys', request: fixed('GET', '/api/keys'), answers: get(200, 'root') },
  {
    operation: 'revokeKey',
    async request (app) {
      const id = uuidv7()
      await app.store.createKey({ id, name: 'k', scopes: ['send:all'], hash: newSecret().hash })
      return { method: 'DELETE', url: `/api/keys/${id}` }
    },
    answers: get(204, 'root')
  }
]

/** Audiences, and who may address them: for REST and for the verb of sockets alike. */
export const audiences: [about: string, audience: Audience | undefined, who: Actor[]][] = [
  ['to everyone', undefined, SENDERS],
  ['to all', { all: true }, SENDERS],
  ['to a role everywhere', { roles: ['user'] }, SENDERS],
  ['to company A', { companies: ['company_a'] }, SENDERS_A],
  ['to a role in company A', { companies: ['company_a'], roles: ['user'] }, SENDERS_A],
  ['to company B', { companies: ['company_b'] }, SENDERS_B],
  ['to companies A and B', { companies: ['company_a', 'company_b'] }, SENDERS],
  ['to a company that is none', { companies: ['nowhere'] }, SENDERS],
  ['to a user of A', { users: ['bob'] }, SENDERS_A],
  ['to a user of B', { users: ['carol'] }, SENDERS_B],
  ['to users of A and B', { users: ['bob', 'carol'] }, SENDERS],
  ['to a user of no company', { users: ['erin'] }, SENDERS],
  ['to a user never seen', { users: ['never-seen'] }, SENDERS],
  ['to themselves', { users: ['root'] }, SENDERS]
]

const envelope = { type: 'notification', payload: { title: 'Hello', message: 'there', type: 'info' } }
const sending: Row[] = [
  ...audiences.flatMap(([about, audience, who]): Row[] => ['', '?dry_run=true'].map(query => ({
    operation: 'sendNotification',
    about: about + (query && ', dry run'),
    request: fixed('POST', `/api/notifications/send${query}`, { ...hello, ...(audience ? { audience } : {}) }),
    answers: get(200, ...who)
  }))),
  { operation: 'sendBatch', about: 'to A and to everyone', request: fixed('POST', '/api/notifications/batch', { items: [{ ...hello, audience: { companies: ['company_a'] } }, hello] }), answers: get(200, ...SENDERS_A, ...SENDERS_B) },
  { operation: 'broadcastToCompany', about: 'A', request: fixed('POST', '/api/broadcast/company/company_a', envelope), answers: get(200, ...SENDERS_A) },
  { operation: 'broadcastToCompany', about: 'B', request: fixed('POST', '/api/broadcast/company/company_b', envelope), answers: get(200, ...SENDERS_B) },
  { operation: 'broadcastToCompanyRole', about: 'A', request: fixed('POST', '/api/broadcast/company/company_a/role/user', envelope), answers: get(200, ...SENDERS_A) },
  { operation: 'broadcastToCompanyRole', about: 'B', request: fixed('POST', '/api/broadcast/company/company_b/role/admin', envelope), answers: get(200, ...SENDERS_B) },
  { operation: 'broadcastToRole', request: fixed('POST', '/api/broadcast/role/admin', envelope), answers: get(200, ...SENDERS) }
]

/** A notification is edited by those who may recall it. */
const ofSender = (about: string, audience: Audience, sender: string, scope: string | null, who: Actor[]): Row[] => {
  const url = async (app: App) => `/api/broadcast/${await newNotification(app, audience, sender, scope)}`
  return [
    { operation: 'recallNotification', about, request: async app => ({ method: 'DELETE', url: await url(app) }), answers: get(200, ...who) },
    { operation: 'editNotification', about, request: async app => ({ method: 'PATCH', url: await url(app), body: { title: 'New' } }), answers: get(200, ...who) }
  ]
}
const changing: Row[] = [
  ...ofSender('sent to A by its admin', { companies: ['company_a'] }, 'user:alice', 'company_a', ADMINS_A),
  ...ofSender('sent to A by one who was admin', { companies: ['company_a'] }, 'user:bob', 'company_a', [...ADMINS_A, 'bob']),
  ...ofSender('sent to A by a key', { companies: ['company_a'] }, 'key:key-send-company-company_a', 'company_a', [...ADMINS_A, 'key send:company:company_a']),
  ...ofSender('sent to B', { companies: ['company_b'] }, 'user:root', 'company_b', ADMINS_B),
  ...ofSender('sent to everyone', { all: true }, 'user:root', null, ['root']),
  ...ofSender('sent to everyone by a key', { all: true }, 'key:key-send-all', null, SENDERS),
  { operation: 'recallNotification', about: 'never sent', request: fixed('DELETE', '/api/broadcast/never-sent'), answers: get(404, 'root') },
  { operation: 'editNotification', about: 'never sent', request: fixed('PATCH', '/api/broadcast/never-sent', { title: 'New' }), answers: get(404, 'root') }
]

const sentRow = (about: string, audience: Audience, sender: string, scope: string | null, who: Actor[]): Row => ({
  operation: 'getSent',
  about,
  request: async app => ({ method: 'GET', url: `/api/sent/${await newNotification(app, audience, sender, scope)}` }),
  answers: get(200, ...who)
})
const sent: Row[] = [
  { operation: 'listSent', request: fixed('GET', '/api/sent'), answers: get(200, ...users, ...keys) },
  sentRow('to A by its admin', { companies: ['company_a'] }, 'user:alice', 'company_a', ADMINS_A),
  sentRow('to A by a key', { companies: ['company_a'] }, 'key:key-send-company-company_a', 'company_a', [...ADMINS_A, 'key send:company:company_a']),
  sentRow('to B', { companies: ['company_b'] }, 'user:root', 'company_b', ADMINS_B),
  sentRow('to everyone', { all: true }, 'user:root', null, ['root']),
  { operation: 'getSent', about: 'never sent', request: fixed('GET', '/api/sent/never-sent'), answers: get(404, 'root') }
]

const reading: Row[] = [['listNotifications', ''], ['countUnread', '/unread-count']].flatMap(([operation, path]): Row[] => [
  { operation: operation!, about: 'me', request: fixed('GET', `/api/notifications/me${path}`), answers: { ...get(200, ...users), 'key inbox:read': 404 } },
  { operation: operation!, about: 'of company A', request: fixed('GET', `/api/notifications/bob${path}`), answers: get(200, 'bob', ...ADMINS_A, 'key inbox:read') },
  { operation: operation!, about: 'of company B', request: fixed('GET', `/api/notifications/carol${path}`), answers: get(200, 'carol', ...ADMINS_B, 'key inbox:read') },
  { operation: operation!, about: 'of no company', request: fixed('GET', `/api/notifications/erin${path}`), answers: get(200, 'erin', 'root', 'key inbox:read') },
  { operation: operation!, about: 'nobody', request: fixed('GET', `/api/notifications/nobody${path}`), answers: get(404, 'root', 'key inbox:read') }
])

const mark = (operation: string, method: 'GET' | 'PUT' | 'DELETE', path: string, base = '/api/notifications'): Row[] => [
  {
    operation,
    about: 'sent to company A',
    request: async app => ({ method, url: `${base}/${await newNotification(app, { companies: ['company_a'] }, 'user:root', 'company_a')}${path}` }),
    answers: { ...get(404, ...users), ...get(200, 'bob', 'alice') }
  },
  {
    operation,
    about: 'sent to one user',
    request: async app => ({ method, url: `${base}/${await newNotification(app, { users: ['carol'] }, 'user:root', null)}${path}` }),
    answers: { ...get(404, ...users), carol: 200 }
  },
  { operation, about: 'never sent', request: fixed(method, `${base}/never-sent${path}`), answers: get(404, ...users) }
]
const marking: Row[] = [
  ...mark('markRead', 'PUT', '/read'),
  ...mark('markUnread', 'PUT', '/unread'),
  ...mark('deleteNotification', 'DELETE', ''),
  ...mark('archiveNotification', 'PUT', '/archive'),
  ...mark('unarchiveNotification', 'PUT', '/unarchive'),
  ...mark('getNotification', 'GET', '', '/api/notifications/me'),
  { operation: 'restoreNotification', request: fixed('POST', '/api/notifications/never-deleted/restore'), answers: get(404, ...users) },
  { operation: 'chooseAction', request: fixed('POST', '/api/notifications/never-sent/actions/track'), answers: get(404, ...users) },
  { operation: 'markNotifications', request: fixed('POST', '/api/notifications/mark', { as: 'archived', ids: ['never-sent'] }), answers: get(404, ...users) },
  { operation: 'markSeen', request: app => ({ method: 'POST', url: '/api/notifications/seen', body: { cursor: `${app.store.epoch}.0` } }), answers: get(200, ...users) },
  { operation: 'markAllRead', request: fixed('POST', '/api/notifications/read-all', {}), answers: get(200, ...users) }
]

export const rows: Row[] = [...open, ...own, ...managing, ...sending, ...changing, ...sent, ...reading, ...marking, ...scheduling, ...grouping, ...preferring, ...receipts, ...outbound]
