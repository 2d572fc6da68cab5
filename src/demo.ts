import process from 'node:process'
import { keysOfAudience } from './log/audience.ts'
import { contentOfSend, draftOf } from './notification/draft.ts'
import { hashPassword } from './identity/password.ts'
import { senderOf } from './rights/principal.ts'
import { start } from './start.ts'
import type { Store } from './store/store.ts'
import type { Audience } from '../schemas/audience.ts'
import type { Send } from '../schemas/send.ts'

/** Runs the server on a store in memory with example users and notifications. */

const users = [
  { id: 'admin', role: 'admin', company: null, is: 'platform admin' },
  { id: 'alice', role: 'admin', company: 'company_a', is: 'admin of company_a' },
  { id: 'bob', role: 'user', company: 'company_a', is: 'user of company_a' },
  { id: 'carol', role: 'user', company: 'company_b', is: 'user of company_b' }
]
const passwordOf = (id: string) => `demo-${id}`

const groups = [
  { ref: { company: 'company_a', group: 'order-1742' }, name: 'Order 1742', isOpen: false, members: ['alice', 'bob'] },
  { ref: { company: 'company_a', group: 'lunch' }, name: 'Lunch', isOpen: true, members: ['bob'] },
  { ref: { company: null, group: 'beta' }, name: 'Testers of new features', isOpen: true, members: ['alice', 'carol'] }
]

interface Example extends Omit<Send, 'id' | 'audience'> { by?: string, audience: Audience, minutesAgo: number }
const examples: Example[] = [
  { audience: { all: true }, minutesAgo: 2880, priority: 'info', topic: 'new_features', title: 'Dark mode is here', message: 'Choose it under Settings, Appearance.', url: '/settings/appearance', urgency: 'low' },
  { audience: { all: true }, minutesAgo: 1500, priority: 'warning', topic: 'system_maintenance', title: 'Maintenance tonight', message: 'Reports are unavailable from 22:00 to 22:30 UTC.' },
  { audience: { roles: ['admin'] }, minutesAgo: 720, priority: 'warning', topic: 'security', title: 'Review access rights', message: 'Two accounts have not logged in for 90 days.', url: '/admin/users', urgency: 'high' },
  { by: 'alice', audience: { companies: ['company_a'] }, minutesAgo: 300, priority: 'info', topic: 'company_announcement', title: 'The office is closed on Friday', message: 'Enjoy the long weekend.' },
  { audience: { companies: ['company_a'], roles: ['user'] }, minutesAgo: 95, priority: 'success', topic: 'billing', title: 'Your seats were renewed', message: 'Nothing to do: all seats of your team go on for a year.' },
  { audience: { groups: ['beta'] }, minutesAgo: 75, priority: 'info', topic: 'new_features', title: 'Try the new reports', message: 'They load ten times as fast. Tell us what is missing.', url: '/reports?beta=1', actions: [{ id: 'try', label: 'Try them', url: '/reports?beta=1' }], urgency: 'low' },
  { audience: { companies: ['company_b'] }, minutesAgo: 60, priority: 'error', topic: 'billing', title: 'Payment failed', message: 'The card ending in 4242 was declined. Please check it.', url: 'mailto:billing@belfry.example?subject=INV-1042', urgency: 'high', actions: [{ id: 'pay', label: 'Pay now', url: '/billing/INV-1042' }], data: { invoice: 'INV-1042', key: 'payment_failed', args: { card: '4242' } } },
  { by: 'alice', audience: { groups: ['order-1742'], company: 'company_a', not: { users: ['alice'] } }, minutesAgo: 30, priority: 'success', topic: 'orders', title: 'Order 1742 shipped', message: 'It arrives on Monday.', url: '/orders/1742', actions: [{ id: 'track', label: 'Track it', url: 'https://shop.example/orders/1742/tracking' }], data: { key: 'order_shipped', args: { order: 1742 } } },
  { audience: { groups: ['order-1742'], company: 'company_a', not: { users: ['bob'] } }, minutesAgo: 20, priority: 'info', topic: 'comments', title: 'Bob commented on order 1742', message: 'Can it be delivered to the other door?', url: '/orders/1742#comments' },
  { audience: { users: ['bob'] }, minutesAgo: 12, priority: 'success', topic: 'export', title: 'Your export is ready', message: 'orders.csv has 1,204 rows.', url: '/exports/orders.csv', actions: [{ id: 'download', label: 'Download', url: '/exports/orders.csv' }, { id: 'share', label: 'Share' }] },
  { by: 'alice', audience: { users: ['bob'] }, minutesAgo: 3, priority: 'info', topic: 'mentions', title: 'Alice mentioned you', message: '“@bob, can you check the numbers of March?”', url: '/reports/march#comments', actions: [{ id: 'reply', label: 'Reply', url: '/reports/march#reply' }], urgency: 'high' }
]

async function prepare (store: Store): Promise<void> {
  for (const { id, role, company } of users) {
    await store.createUser({ id, username: id, role, company, passwordHash: await hashPassword(passwordOf(id)) })
  }
  for (const { ref, members, ...group } of groups) {
    await store.putGroup(ref, group)
    await store.changeMembers(ref, { add: members, remove: [] }, { perGroup: members.length, perUser: groups.length })
  }
  for (const { by = 'admin', audience, minutesAgo, ...body } of examples) {
    const scope = 'companies' in audience ? audience.companies![0]! : 'company' in audience ? audience.company! : null
    const content = { ...contentOfSend(body), createdAt: Date.now() - minutesAgo * 60_000 }
    const { id } = await store.notify(draftOf(content, { keys: keysOfAudience(audience), scope, sender: senderOf({ kind: 'user', id: by }) }))
    // Bob has read everything that is older than a day, and archived the announcement of the company.
    if (minutesAgo > 1440) await store.mark('bob', 'read', [id])
    if (body.topic === 'company_announcement') await store.mark('bob', 'archive', [id])
  }
}

function welcome (base: string): string {
  const login = (id: string) => `TOKEN=$(curl -s ${base}/api/auth/login -H 'Content-Type: application/json' \\
    -d '{"username":"${id}","password":"${passwordOf(id)}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`
  return `
Belfry's demo runs on ${base}; everything in it is gone when it stops.

  user    password     who
${users.map(({ id, is }) => `  ${id.padEnd(8)}${passwordOf(id).padEnd(13)}${is}`).join('\n')}

  group        company     members
${groups.map(({ ref: { group, company }, members }) => `  ${group.padEnd(13)}${(company ?? '(global)').padEnd(12)}${members.join(', ')}`).join('\n')}

In a browser, where each form offers these users:

  ${base}/inbox     the inbox of a user
  ${base}/console   for admin and alice
  ${base}/          the way to everything else

With the console open as admin and the inbox as bob in a private window, send something: it arrives at once.

Or from here. Listen as bob:

  ${login('bob')}
  npx -y wscat -c ${base.replace('http', 'ws')}/ws/notifications -H "Authorization: Bearer $TOKEN"

Send to everyone, in another terminal:

  ${login('admin')}
  curl -s ${base}/api/notifications/send -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{"title":"Hello","message":"Belfry is up","priority":"info","topic":"greetings"}'

The API, to try: ${base}/docs
`
}

const demoUsers = users.map(({ id, is }) => ({ username: id, password: passwordOf(id), is }))
const base = await start({ env: { ...process.env, DATABASE_URL: 'sqlite::memory:' }, prepare, demoUsers })
process.stderr.write(welcome(base))
