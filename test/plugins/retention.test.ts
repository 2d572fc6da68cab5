import { test, type Test } from 'tap'
import { build, call, clock, hello, listen, people, subscribe, Subscriber, bearer, type App } from '../helper.ts'

const DAY_MS = 86_400_000
const { bob, root } = people

async function send (app: App, id: string, more: object = {}): Promise<string> {
  const { status, body } = await call(app, root, 'POST', '/api/notifications/send', { ...hello, id, ...more })
  if (status !== 200) throw new Error(`answered ${status}`)
  return body.cursor
}

async function resume (t: Test, base: string, since: string): Promise<Subscriber> {
  const subscriber = new Subscriber(`${base}/ws/notifications?since=${since}`, { headers: bearer(bob) })
  t.teardown(() => subscriber.close())
  return subscriber
}

test('what is older than it is kept goes, and a cursor from before it gets a gap', async t => {
  const time = clock(t)
  const app = await build(t, { RETENTION_DAYS: '2' })
  const base = await listen(app)
  await call(app, bob, 'GET', '/api/auth/me')
  const cursors: string[] = []
  for (const id of ['day0', 'day1', 'day2', 'day3']) {
    cursors.push(await send(app, id))
    time.forward(DAY_MS)
  }
  // It is day 4: what came on days 0 and 1 is more than two days old.
  await app.sweep()

  const { body: inbox } = await call(app, bob, 'GET', '/api/notifications/me')
  t.same(inbox.items.map(({ id }: { id: string }) => id), ['day3'], 'two days and no more')
  t.equal(inbox.unread_count, 1)
  t.equal((await call(app, bob, 'PUT', '/api/notifications/day0/read')).status, 404)

  const late = await resume(t, base, cursors[0]!)
  t.match(await late.next(), { type: 'welcome', payload: { resume: 'gap' } })
  const gap = await late.next()
  t.match(gap, { type: 'gap', payload: { reason: 'expired' } })
  const again = await resume(t, base, gap.cursor!)
  t.match(await again.next(), { type: 'welcome', payload: { resume: 'complete' } }, 'the gap\'s own cursor is good')

  const edge = await resume(t, base, cursors[2]!)
  t.match(await edge.next(), { type: 'welcome', payload: { resume: 'complete' } }, 'the last one removed is where the log can still go on')
  t.match(await edge.next(), { type: 'notification', id: 'day3' })
  t.match(await edge.next(), { type: 'caught_up', payload: { count: 1 } })

  await send(app, 'day0')
  t.equal((await edge.next('notification')).id, 'day0', 'an id that is forgotten can be used again')
})

test('what retention removes is said, and to remove everything is a warning', async t => {
  const time = clock(t)
  const lines: { level: number, msg: string, removed?: number }[] = []
  const app = await build(t, { RETENTION_DAYS: '2' }, { logger: { level: 'info', stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } } })
  const said = () => lines.filter(({ msg }) => msg.startsWith('retention')).map(({ level, removed }) => ({ level, removed }))
  await send(app, 'day0')
  const before = await app.store.head()
  time.forward(3 * DAY_MS)
  await send(app, 'day3')
  await app.sweep()
  t.same(said(), [{ level: 30, removed: before }])
  await app.sweep()
  t.equal(said().length, 1, 'nothing was removed, nothing is said')
  // As a clock does that is wrong by more than is kept.
  time.forward(30 * DAY_MS)
  await app.sweep()
  t.match(said()[1], { level: 40 }, 'nothing is left')
})

test('sends go on while much is removed', async t => {
  const time = clock(t)
  const app = await build(t, { RETENTION_DAYS: '1' })
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => send(app, `old-${index}`)))
  time.forward(2 * DAY_MS)
  const sweeping = app.sweep()
  await Promise.all(Array.from({ length: 50 }, (_, index) => send(app, `new-${index}`)))
  await sweeping
  t.equal((await app.store.events(0, 5_000)).filter(({ id }) => id !== null).length, 50)
})

test('a notification that expired leaves inbox and count, and is not replayed', async t => {
  const time = clock(t)
  const app = await build(t)
  const base = await listen(app)
  const live = await subscribe(t, base, bob)
  const { cursor } = live.frames[0]!
  await send(app, 'stays')
  await send(app, 'goes', { expires_at: new Date(Date.now() + 60_000).toISOString() })
  t.match(await live.next('notification'), { id: 'stays' })
  t.match(await live.next('notification'), { id: 'goes' }, 'live it is still good')
  t.equal((await call(app, bob, 'GET', '/api/notifications/me/unread-count')).body.unread_count, 2)

  time.forward(61_000)
  const { body: inbox } = await call(app, bob, 'GET', '/api/notifications/me')
  t.same(inbox.items.map(({ id }: { id: string }) => id), ['stays'])
  t.equal(inbox.unread_count, 1)
  t.equal((await call(app, bob, 'PUT', '/api/notifications/goes/read')).status, 404)
  const back = await resume(t, base, cursor!)
  t.match(await back.next(), { type: 'welcome', payload: { unread_count: 1 } })
  t.match(await back.next(), { type: 'notification', id: 'stays' })
  t.match(await back.next(), { type: 'caught_up', payload: { count: 1 } })
})
