import t from 'tap'
import { newPushKey } from '../../src/settings/push.ts'
import { Mailbox } from './mail/mailbox.ts'
import { PUSHING } from './push/pushing.ts'
import { PushService } from './push/service.ts'
import { draft } from '../contract/store/engine.ts'
import { bearer, call, clock, people } from '../helper.ts'
import { postgres } from '../services/postgres.ts'
import { node, send } from '../nodes/cluster.ts'
import { until } from '../within.ts'

const server = await postgres(t)
const HOUR = 3_600_000

if (server) {
  for (const [which, off] of [['ahead', HOUR], ['behind', -HOUR]] as const) {
    t.test(`a node whose clock is an hour ${which} of the database's pushes and mails what it is sent, and what others are`, async t => {
      const rightNow = Date.now()
      const time = clock(t)
      time.forward(off)
      const lines: { level: number, msg: string, offset_seconds?: number }[] = []
      const said = () => lines.filter(({ msg }) => msg.startsWith('the clock of this node'))
      const [box, service] = await Promise.all([Mailbox.open(t), PushService.open(t)])
      const env = { ...PUSHING, ...box.env, VAPID_PRIVATE_KEY: newPushKey(), PUSH_AFTER: '1', MAIL_AFTER: '1', DATABASE_URL: await server.database(t) }
      const wrong = await node(t, env, { leaseMs: 1_000, clockMs: 50, logger: { level: 'info', stream: { write: line => { lines.push(JSON.parse(line)) } } } })
      const { app } = wrong
      for (const person of [people.root, people.bob, people.carol]) await call(app, person, 'GET', '/api/auth/me')
      t.equal((await call(app, people.root, 'PATCH', '/api/users/bob', { email: 'bob@example.com' })).status, 200)
      t.equal((await call(app, people.bob, 'POST', '/api/push/subscriptions', service.subscribe('bob').subscription)).status, 201)
      t.equal((await call(app, people.carol, 'POST', '/api/push/subscriptions', service.subscribe('carol').subscription)).status, 201)
      const timeIn = (ms: number) => new Date(rightNow + ms).toISOString().slice(11, 16)
      const quiet = { timezone: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: timeIn(-HOUR / 6), to: timeIn(HOUR / 3) }
      t.equal((await call(app, people.carol, 'PATCH', '/api/preferences/me', { quiet_hours: quiet })).status, 200)
      await until('its readers to run', async () => await app.store.reader('push') !== undefined)
      const sentAt = performance.now()
      await send(wrong, { users: ['bob'] }, 'by this node')
      await app.store.notify(draft({ users: ['bob', 'carol'] }, { at: rightNow, expiresAt: rightNow + HOUR / 2, body: JSON.stringify({ id: 'other', title: 'by another', message: 'm', type: 'info', created_at: new Date(rightNow).toISOString(), read: false, data: {} }) }))
      t.same((await service.received(2)).map(({ payload }) => payload.title), ['by this node', 'by another'])
      t.ok(performance.now() - sentAt > 990, 'not before its time')
      const [mail] = await box.received(1)
      t.match(mail!.text, 'by this node')
      await until('quiet hours to hold what carol has', async () => (await app.store.pendingPushes()).dueIn !== null)
      const { dueIn } = await app.store.pendingPushes()
      t.ok(Math.abs(dueIn! - HOUR / 3) < 120_000, `for ${dueIn} ms`)
      const [line] = said()
      t.match(line, { level: 40, msg: `the clock of this node is ${which} ` })
      t.ok(Math.abs(line!.offset_seconds! - off / 1_000) < 5, `by ${line!.offset_seconds} s`)
      const { body } = await app.inject({ url: '/metrics', headers: bearer(people.root) })
      t.match(body, new RegExp(`\\nbelfry_clock_offset_seconds ${off < 0 ? '-' : ''}3[56]\\d\\d`))
      time.forward(-off)
      await until('the clock to be right', () => said().at(-1)?.level === 30)
    })
  }
}
