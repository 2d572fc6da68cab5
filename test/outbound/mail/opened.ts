import type { Test } from 'tap'
import { build, call, clock, people, type Person } from '../../helper.ts'
import { Mailbox } from './mailbox.ts'

const { root, alice, bob, carol } = people
export const MINUTE = 60_000

/** A server that mails to a box, whose clock a test sets forward. */
export async function open (t: Test, env: Record<string, string> = {}) {
  const time = clock(t)
  const box = await Mailbox.open(t)
  const app = await build(t, { ...box.env, ...env })
  for (const person of [root, alice, bob, carol]) {
    await call(app, person, 'GET', '/api/auth/me')
    if (person !== root) t.equal((await call(app, root, 'PATCH', `/api/users/${person.sub}`, { email: `${person.sub}@example.com` })).status, 200)
  }
  let sent = 0
  const send = async (to: Person[] | 'all' = [bob], overrides: object = {}) => {
    const id = `n-${++sent}`
    const audience = to === 'all' ? { all: true } : { users: to.map(({ sub }) => sub) }
    const { status, body } = await call(app, root, 'POST', '/api/notifications/send', { id, title: `Title ${sent}`, message: `Message ${sent}`, priority: 'info', topic: 'news', audience, ...overrides })
    t.equal(status, 200, JSON.stringify(body))
    return id
  }
  /** Does all that is due. Twice: a run that was under way may have looked before. */
  const settled = async () => {
    for (const work of [app.mail!.reader, app.mail!.reader, app.mail!.sender, app.mail!.sender]) await work.run()
  }
  const later = async (minutes = 16) => {
    time.forward(minutes * MINUTE)
    await settled()
  }
  const titles = () => box.mails.map(({ envelope: { to }, html }) => [to.join(), ...[...html!.matchAll(/<h2[^>]*>(?:<a[^>]*>)?([^<]*)/g)].map(([, title]) => title)].join(' | '))
  const mailOf = async (id: string, person: Person) => (await call(app, root, 'GET', `/api/reports/${id}/users/${person.sub}`)).body.channels
  const choose = (person: Person, change: object) => call(app, person, 'PATCH', '/api/preferences/me', change)
  return { app, box, time, send, later, settled, titles, mailOf, choose }
}
