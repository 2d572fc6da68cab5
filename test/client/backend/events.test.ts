import { test, type Test } from 'tap'
import { events, type CursorGone, type EventsOptions, type FeedItem } from '../../../src/client/backend/events.ts'
import { call, hello, people, serve, type App } from '../../helper.ts'
import { makeKey } from '../../security/accounts.ts'
import { until } from '../../within.ts'

const { root, bob } = people

async function open (t: Test) {
  const { app, base } = await serve(t)
  for (const person of [root, bob]) await call(app, person, 'GET', '/api/auth/me')
  const token = await makeKey(app, 'k', ['events:read'])
  return { app, base, token }
}

const send = async (app: App, id: string) => { await call(app, root, 'POST', '/api/notifications/send', { ...hello, id }) }

/** Takes so many events. */
async function take (count: number, feed: AsyncIterable<FeedItem>): Promise<FeedItem[]> {
  const items: FeedItem[] = []
  for await (const item of feed) if (items.push(item) === count) break
  return items
}

test('events come as they happen, and after a restart from where it was', async t => {
  const { app, base, token } = await open(t)
  await send(app, 'first')
  const feed = events(base, { token, types: ['notification.sent', 'notification.read'], limit: 1 })
  const taking = take(3, feed)
  await until('it to wait', () => app.feed.waiting === 1)
  await call(app, bob, 'PUT', '/api/notifications/first/read')
  await until('it to wait again', () => app.feed.waiting === 1)
  await send(app, 'second')
  const items = await taking
  t.match(items, [{ type: 'notification.sent', notification_ids: ['first'] }, { type: 'notification.read', user_id: 'bob' }, { notification_ids: ['second'] }])
  t.equal(feed.cursor, items[1]!.cursor, 'what was not done to its end comes again')
  t.same(await take(1, events(base, { token, since: feed.cursor!, types: ['notification.sent'] })), items.slice(2))
  t.same(await take(1, events(base, { token, since: items[2]!.cursor, types: ['notification.sent'], signal: AbortSignal.timeout(1) })), [], 'a signal ends it')
})

test('it goes on after outages, and with another token', async t => {
  const { app, base, token } = await open(t)
  await send(app, 'n')
  const answers: (Error | number)[] = [new TypeError('fetch failed'), 503, 401]
  const asked: string[] = []
  const flaky: EventsOptions['fetch'] = async (url, init) => {
    asked.push(new Headers(init?.headers).get('authorization')!)
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer === undefined ? await fetch(url, init) : new Response('{}', { status: answer })
  }
  let tokens = 0
  const [item] = await take(1, events(`${base}/`, { getToken: () => tokens++ === 0 ? 'old' : token, fetch: flaky, types: ['notification.sent'] }))
  t.match(item, { notification_ids: ['n'] })
  t.same(asked, ['Bearer old', 'Bearer old', 'Bearer old', `Bearer ${token}`])
})

test('what does not pass by itself is thrown', async t => {
  const { app, base, token } = await open(t)
  await t.rejects(take(1, events(base, { token: 'nothing' })), { code: 'BLF_UNAUTHENTICATED', status: 401 })
  await t.rejects(take(1, events(base, { token: await makeKey(app, 'other', ['send:all']) })), { code: 'BLF_FORBIDDEN' })
  await t.rejects(take(1, events(base, { token, types: ['nothing'] })), { code: 'BLF_VALIDATION' })
  await t.rejects(take(1, events(base, { getToken: () => { throw new Error('no key') } })), { message: 'no key' })
  const gone = await take(1, events(base, { token, since: 'zzzzzzzz.1' })).catch((error: CursorGone) => error) as CursorGone
  t.match(gone, { code: 'BLF_CURSOR_GONE', status: 410, reason: 'epoch', cursor: `${app.store.epoch}.0` })
  t.match(await take(1, events(base, { token, since: gone.cursor })), [{ type: 'user.created' }])
})

test('options that are wrong are said to be', async t => {
  const wrong: [unknown, RegExp][] = [
    [{}, /token or getToken/], [{ token: '' }, /token/], [{ token: 'k', types: [] }, /types/], [{ token: 'k', limit: 501 }, /limit/], [{ token: 'k', wait: 31 }, /wait/],
    [{ token: 'k', form: 'x' }, /There is no option form/], [null, /options must be an object/]
  ]
  for (const [options, message] of wrong) t.throws(() => events('http://localhost', options as EventsOptions), { name: 'TypeError', message })
  t.throws(() => events('localhost', { token: 'k' }), { name: 'TypeError', message: /url/ })
})
