import { test, type Test } from 'tap'
import { call, people } from '../../helper.ts'
import { MINUTE, open } from './opened.ts'

const { root, bob } = people

/** A server with a group `g`; notifications to it are for late joiners. */
async function openLate (t: Test, names: string[]) {
  const { app, box, later, titles, mailOf, ...server } = await open(t)
  const personOf = (name: string) => name === 'root' ? root : { ...bob, sub: name }
  const ask = async (name: string, method: 'GET' | 'PUT' | 'PATCH', url: string, body?: object) => {
    const answer = await call(app, personOf(name), method, url, body)
    t.ok(answer.status < 300, `${method} ${url}: ${answer.status}`)
  }
  await ask('root', 'PUT', '/api/groups/g', { name: 'G' })
  for (const name of names) {
    await ask(name, 'GET', '/api/auth/me')
    await ask('root', 'PATCH', `/api/users/${name}`, { email: `${name}@example.com` })
  }
  const join = (...add: string[]) => ask('root', 'PUT', '/api/groups/g/members', { add })
  const send = (id: string, audience: object, overrides: object = {}) => server.send([], { id, title: id, audience, ...overrides })
  const sendLate = (id: string) => send(id, { groups: ['g'] }, { late_joiners: true, expires_at: new Date(Date.now() + 24 * 60 * MINUTE).toISOString() })
  /** What was mailed since. */
  const mailed = () => {
    const lines = titles().sort()
    box.mails.length = 0
    return lines
  }
  const stateOf = async (id: string, name: string) => (await mailOf(id, personOf(name)))[0]?.state
  return { box, ask, join, send, sendLate, later, mailed, stateOf }
}

test('who joins its audience until it is mailed is mailed, and the report says what became of it', async t => {
  const names = ['before', 'joins', 'reads', 'digest', 'after', 'again']
  const { ask, join, send, sendLate, later, mailed, stateOf } = await openLate(t, names)
  const states = async () => Object.fromEntries(await Promise.all(names.map(async name => [name, await stateOf('late', name)])))
  await ask('digest', 'PATCH', '/api/preferences/me', { channels: { mail: 'digest' } })
  await send('first', { users: ['again'] })
  await later(16)
  t.same(mailed(), ['again@example.com | first'])
  await join('before')
  await sendLate('late')
  await send('own', { users: ['joins', 'digest'] })
  await later(10)
  await join('joins', 'reads', 'digest')
  await ask('reads', 'PUT', '/api/notifications/late/read')
  t.same(await states(), { before: 'waiting', joins: 'waiting', reads: 'not_needed', digest: 'digest' })
  await later(6)
  t.same(mailed(), ['before@example.com | late', 'joins@example.com | own | late'])
  await join('after', 'again')
  t.same(await states(), { before: 'sent', joins: 'sent', reads: 'not_needed', digest: 'digest', after: 'joined_later', again: 'joined_later' })
  await send('next', { users: ['after', 'again'] })
  await later(16)
  t.same(mailed(), ['after@example.com | next | late', 'again@example.com | next | late'], 'the next mail has it, too')
  t.same([await stateOf('late', 'after'), await stateOf('late', 'again')], ['sent', 'sent'])
  await later(24 * 60 - 60)
  t.same(mailed(), ['digest@example.com | own | late'])
})

test('who joins after a mail of something newer is mailed, and a mail that is tried again has nothing that came meanwhile', async t => {
  const { box, join, send, sendLate, later, mailed } = await openLate(t, ['joins', 'retried'])
  await send('first', { users: ['joins', 'retried'] })
  await later(10)
  await sendLate('late')
  box.answers.recipient = address => address.startsWith('retried') ? 451 : undefined
  await later(6)
  t.same(mailed(), ['joins@example.com | first'], 'of what there was, which is up to the one that comes late')
  await join('joins', 'retried')
  box.answers.recipient = () => undefined
  await later(1)
  t.same(mailed(), ['retried@example.com | first'], 'the same mail')
  await later(9)
  t.same(mailed(), ['joins@example.com | late', 'retried@example.com | late'])
  await later(60)
  t.same(mailed(), [])
})
