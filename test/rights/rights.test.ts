import { test } from 'tap'
import type { Principal } from '../../src/rights/principal.ts'
import { companiesInReach, may, mayEver, rights, type Right, type Target } from '../../src/rights/rights.ts'

const user = (id: string, role: string, company: string | null): Principal => ({ kind: 'user', id, role, company, username: id, createdAt: 0, expiresAt: 0 })
const key = (...scopes: string[]): Principal => ({ kind: 'key', id: 'k', name: 'k', hash: 'h', scopes })

const bob = user('bob', 'user', 'a')
const alice = user('alice', 'admin', 'a')
const root = user('root', 'admin', null)

const mine = (principal: Principal): Target => ({ owner: `${principal.kind}:${principal.id}`, company: null })
const ofA: Target = { owner: 'user:else', company: 'a' }
const ofB: Target = { owner: 'user:else', company: 'b' }
const ofNone: Target = { owner: 'user:else', company: null }

/** For whom a right holds towards what is their own, company a's, company b's, nobody's company's, and what is unknown. */
function reach (principal: Principal, right: Right): string {
  const targets = { own: mine(principal), a: ofA, b: ofB, none: ofNone, unknown: {} }
  return Object.entries(targets).filter(([, target]) => may(principal, right, target)).map(([name]) => name).join(' ')
}

const EVERYTHING = 'own a b none unknown'

test('the table of who may do what', async t => {
  // Of every right, whether or not a target can have an owner: then "own" is among what nobody asks for.
  const table: Record<Right, [user: string, companyAdmin: string, platformAdmin: string]> = {
    'principal.see': [EVERYTHING, EVERYTHING, EVERYTHING],
    'socket.open': [EVERYTHING, EVERYTHING, EVERYTHING],
    'stream.open': [EVERYTHING, EVERYTHING, EVERYTHING],
    'ticket.buy': [EVERYTHING, EVERYTHING, EVERYTHING],
    'account.change': ['own', 'own', 'own'],
    'inbox.use': ['own', 'own', 'own'],
    'inbox.read': ['own', 'own a', EVERYTHING],
    'send.all': ['', '', EVERYTHING],
    'send.company': ['', 'own a', EVERYTHING],
    recall: ['own', 'own a', EVERYTHING],
    edit: ['own', 'own a', EVERYTHING],
    remind: ['own', 'own a', EVERYTHING],
    'sent.read': ['own', 'own a', EVERYTHING],
    'reports.read': ['own', 'own a', EVERYTHING],
    'users.manage': ['', 'own a', EVERYTHING],
    'groups.manage': ['', 'own a', EVERYTHING],
    'groups.join': [EVERYTHING, EVERYTHING, EVERYTHING],
    'topics.see': ['', EVERYTHING, EVERYTHING],
    'topics.manage': ['', 'own a', EVERYTHING],
    'preferences.read': ['own', 'own a', EVERYTHING],
    'preferences.change': ['own', 'own', 'own'],
    'push.use': ['own', 'own', 'own'],
    'sessions.manage': ['own', 'own a', EVERYTHING],
    'events.read': ['', 'own a', EVERYTHING],
    'webhooks.manage': ['', 'own a', EVERYTHING],
    'keys.manage': ['', '', EVERYTHING],
    'overview.read': ['', '', EVERYTHING],
    'metrics.read': ['', '', EVERYTHING]
  }
  t.same(Object.keys(table).sort(), Object.keys(rights).sort(), 'it is whole')
  for (const [right, expected] of Object.entries(table) as [Right, [string, string, string]][]) {
    for (const [index, principal] of [bob, alice, root].entries()) {
      t.equal(reach(principal, right), expected[index], `${right}: ${principal.id}`)
      t.equal(mayEver(principal, right), expected[index] !== '', `${right}: ${principal.id} at all`)
    }
  }
})

test('an admin is one by its role, exactly', async t => {
  for (const role of ['Admin', 'admin ', 'administrator', 'root', '__proto__']) {
    t.notOk(may(user('x', role, null), 'send.all'), role)
    t.notOk(may(user('x', role, 'a'), 'send.company', ofA), role)
  }
})

test('what lies in no company is no company admin\'s', async t => {
  t.notOk(may(alice, 'recall', ofNone))
  t.notOk(may(alice, 'inbox.read', {}))
  t.notOk(may(user('x', 'admin', ''), 'send.company', ofNone), 'nor that of a company without a name')
})

test('a key may what its scopes say, whatever their names hold', async t => {
  t.ok(may(key('send:all'), 'send.all'))
  t.ok(may(key('send:all'), 'send.company', ofA))
  t.ok(may(key('send:company:a'), 'send.company', ofA))
  t.notOk(may(key('send:company:a'), 'send.company', ofB))
  t.notOk(may(key('send:company:a'), 'send.all'))
  t.ok(may(key('send:company:a:b'), 'send.company', { company: 'a:b' }))
  for (const company of ['$&', '$1', '<company>', 'a$$b', '🙂']) {
    t.ok(may(key(`send:company:${company}`), 'send.company', { company }), company)
    t.notOk(may(key('send:company:<company>', 'send:company:a'), 'send.company', { company: `${company}.` }), company)
  }
  t.notOk(may(key('send:company:<company>'), 'send.company', { company: '$&' }))
  t.ok(may(key('inbox:read'), 'inbox.read', ofB))
  t.ok(may(key('users:write'), 'users.manage', ofNone))
  t.ok(may(key('metrics:read'), 'metrics.read'))
  t.ok(may(key('metrics:read'), 'overview.read'))
})

test('a key has no inbox, makes no keys, and recalls only what it sent', async t => {
  const all = key('send:all', 'send:company:a', 'inbox:read', 'users:write', 'metrics:read')
  t.notOk(may(all, 'inbox.use', mine(all)))
  t.notOk(may(all, 'keys.manage'))
  t.ok(may(all, 'recall', { owner: 'key:k', company: 'a' }))
  t.notOk(may(all, 'recall', ofA))
  t.notOk(may(all, 'recall', { owner: 'user:k', company: null }), 'not what a user of the same id sent')
  for (const right of ['send.all', 'send.company', 'inbox.read', 'users.manage', 'overview.read', 'metrics.read'] as const) {
    t.notOk(may(key(), right, ofA), `${right} without a scope`)
    t.notOk(mayEver(key(), right), right)
  }
})

test('whose targets a right is about', async t => {
  const reaches: [Principal, string[] | null][] = [
    [root, null], [alice, ['a']], [bob, []],
    [key('events:read'), null], [key('events:read:a', 'events:read:b:c', 'send:all'), ['a', 'b:c']], [key('events:read:a', 'events:read'), null], [key('send:company:a'), []], [key('events:read:$&'), ['$&']]
  ]
  for (const [principal, expected] of reaches) t.same(companiesInReach(principal, 'events.read'), expected, JSON.stringify(principal))
})
