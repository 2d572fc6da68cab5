import t from 'tap'
import { call, hello, people, mint } from '../../helper.ts'
import { as, enrol, login } from '../accounts.ts'
import { before, onEachEngine } from './engines.ts'
import { onEachLoss, sessionOf } from './losses.ts'

const root = { id: 'root', role: 'admin' }
const alice = { id: 'alice', role: 'admin', company: 'company_a' }
const bob = { id: 'bob', company: 'company_a' }
type App = Parameters<typeof call>[0]

const sends = {
  company: (app: App, token: string) => as(app, token, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] } }),
  role: (app: App, token: string) => as(app, token, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'], roles: ['user'] } }),
  users: (app: App, token: string) => as(app, token, 'POST', '/api/notifications/send', { ...hello, audience: { users: ['bob'] } }),
  broadcast: (app: App, token: string) => as(app, token, 'POST', '/api/broadcast/company/company_a', { type: 'notification', payload: { title: 'Hello', message: 'there', type: 'info' } })
}

t.test('a sender who lost the right meanwhile sends nothing', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, bob]) await enrol(app, account)
  await onEachLoss(app, ['send:all'], sends, async (send, { name, token, lose }, status) => {
    before(app, 'notify', lose)
    t.equal((await send(app, token)).status, status, name)
  })
  t.same((await app.store.inbox('bob', { limit: 50 })).entries, [])
}))

t.test('an audience is judged by where its users are at the commit', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob, { ...bob, id: 'ben' }]) await enrol(app, account)
  const send = (users: string[]) => call(app, people.alice, 'POST', '/api/notifications/send', { ...hello, audience: { users } })
  for (const move of [{ company: 'company_b' }, { company: null }]) {
    before(app, 'notify', () => app.store.changeUser('bob', move))
    t.match(await send(['ben', 'bob']), { status: 403, body: { code: 'BLF_FORBIDDEN' } })
    await app.store.changeUser('bob', { company: 'company_a' })
  }
  before(app, 'notify', () => app.store.removeUser('ben'))
  t.equal((await send(['ben', 'bob'])).status, 403, 'somebody removed is in no company')
  t.same((await app.store.inbox('bob', { limit: 50 })).entries, [])
  t.equal((await send(['bob'])).status, 200)
}))

t.test('a notification lies in the company that its sender could reach at the commit', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, { ...root, id: 'other' }, bob, alice]) await enrol(app, account)
  before(app, 'notify', () => app.store.changeUser('other', { company: 'company_a' }))
  const { status, body } = await call(app, { sub: 'other', role: 'admin' }, 'POST', '/api/notifications/send', { ...hello, audience: { users: ['bob'] } })
  t.equal(status, 200)
  t.match(await app.store.notification(body.id), { scope: 'company_a' })
}))

t.test('sends that share a commit are judged each for itself, in their order', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob, { id: 'dave', role: 'admin', company: 'company_b' }]) await enrol(app, account)
  const by = (id: string) => ({ kind: 'user', id, sessionId: null } as const)
  const send = (id: string, keys: string[]) => app.store.notify({
    id: `${id} ${keys.join()}`, idempotencyKey: null, sender: `user:${id}`, scope: 'given', by: by(id), keys, digest: `${id} ${keys.join()}`, type: 'info', topic: null, at: 0, expiresAt: null, body: '{}'
  }).then(() => 'sent', error => error.code)
  const outcomes = await Promise.all([
    send('alice', ['c:company_a']), send('dave', ['c:company_a']), send('root', ['all']), send('alice', ['u:bob']), send('dave', ['u:bob']), send('nobody', ['all']),
    app.store.changeUser('alice', { role: 'user' }).then(() => 'demoted'),
    send('alice', ['c:company_a']), send('alice', ['u:bob']), send('root', ['u:bob', 'u:nobody'])
  ])
  const no = 'BLF_FORBIDDEN'
  t.same(outcomes, ['sent', no, 'sent', 'sent', no, 'BLF_UNAUTHENTICATED', 'demoted', no, no, 'sent'])
  const scopes = await Promise.all(['alice c:company_a', 'root all', 'alice u:bob', 'root u:bob,u:nobody'].map(async id => (await app.store.notification(id))?.scope))
  t.same(scopes, ['company_a', null, 'company_a', null])
  t.same(await Promise.all([send('dave', ['u:bob']), send('dave', ['cr:company_b/user']), send('nobody', ['all'])]), [no, 'sent', 'BLF_UNAUTHENTICATED'], 'sends alone too')
}))

t.test('who lost the right meanwhile recalls nothing', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob]) await enrol(app, account)
  const { body: { id } } = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] } })
  before(app, 'recall', () => app.store.changeUser('alice', { role: 'user' }))
  t.equal((await call(app, people.alice, 'DELETE', `/api/broadcast/${id}`)).status, 403)
  t.equal((await app.store.inbox('bob', { limit: 50 })).entries.length, 1)
}))

t.test('nor edits anything', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, alice, bob]) await enrol(app, account)
  const { body: { id } } = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] } })
  before(app, 'edit', () => app.store.changeUser('alice', { role: 'user' }))
  t.equal((await call(app, people.alice, 'PATCH', `/api/broadcast/${id}`, { title: 'New' })).status, 403)
  t.match(JSON.parse((await app.store.inbox('bob', { limit: 50 })).entries[0]!.body), { title: hello.title })
}))

t.test('marks of somebody removed meanwhile change nothing', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, bob]) await enrol(app, account)
  const { body: { id } } = await call(app, people.root, 'POST', '/api/notifications/send', hello)
  before(app, 'mark', () => app.store.removeUser('bob'))
  t.equal((await call(app, people.bob, 'PUT', `/api/notifications/${id}/read`)).status, 404)
  t.same((await app.store.events(0, 50)).map(({ kind }) => kind).filter(kind => kind.startsWith('notification')), ['notification'])
}))

t.test('a ticket is neither sold to nor taken from somebody whose session ended meanwhile', t => onEachEngine(t, async (t, app) => {
  for (const account of [root, bob]) await enrol(app, account)
  const { access_token: token } = await login(app, 'bob')
  const sid = sessionOf(token)
  const { body: { ticket } } = await as(app, token, 'POST', '/api/auth/ticket')
  before(app, 'createTicket', () => app.store.revokeSession(sid))
  t.equal((await as(app, token, 'POST', '/api/auth/ticket')).status, 401)
  await t.rejects(app.redeemTicket(ticket, [], '::1'), { code: 'BLF_UNAUTHENTICATED' })

  const other = await as(app, mint(people.bob), 'POST', '/api/auth/ticket')
  await app.store.removeUser('bob')
  await enrol(app, bob)
  await t.rejects(app.redeemTicket(other.body.ticket, [], '::1'), { code: 'BLF_UNAUTHENTICATED' }, 'nor from a former user of the id')
}))
