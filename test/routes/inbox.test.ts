import { test, type Test } from 'tap'
import { build, call, isProblem, people, populate, type App, type Person } from '../helper.ts'

const send = async (app: App, id: string, rest: object = {}) => {
  const { status } = await call(app, people.root, 'POST', '/api/notifications/send', { id, title: id, message: 'b', priority: 'info', topic: 'x', ...rest })
  if (status !== 200) throw new Error(`not sent: ${status}`)
}
const read = (app: App, person: Person, query = '', user = 'me') => call(app, person, 'GET', `/api/notifications/${user}${query}`)
const ids = async (app: App, person: Person, query = '') => {
  const { body } = await read(app, person, query)
  return (body.items as { id: string }[]).map(({ id }) => id)
}

/** An application in which everybody is known and `count` notifications went to everyone. */
async function filled (t: Test, count = 0): Promise<App> {
  const app = await populate(t)
  for (let n = 1; n <= count; n++) await send(app, `n${n}`)
  return app
}

test('an inbox is read newest first, with its unread count and the place to resume from', async t => {
  const app = await filled(t, 3)
  const { status, body } = await read(app, people.bob)
  t.match({ status, body }, { status: 200, body: { next_before: null, unread_count: 3, cursor: /^[a-z0-9]{8}\.\w+$/ } })
  t.same(body.items.map(({ id, read }: { id: string, read: boolean }) => [id, read]), [['n3', false], ['n2', false], ['n1', false]])
  t.equal(body.cursor, body.items[0].cursor, 'nothing came after the newest')
  t.same(await read(app, people.bob, '', 'bob').then(({ body }) => body), body, '`me` is one\'s own id')
})

test('an empty inbox is a page too', async t => {
  const app = await build(t)
  t.match((await read(app, people.bob)).body, { items: [], next_before: null, unread_count: 0, cursor: /^\S+$/ })
})

test('pages follow each other without a hole or a double, also while more arrive', async t => {
  const app = await filled(t, 7)
  const pages: string[][] = []
  let query = '?limit=3'
  for (let extra = 0; ; extra++) {
    const { body } = await read(app, people.bob, query)
    pages.push(body.items.map(({ id }: { id: string }) => id))
    t.equal(body.unread_count, 7 + extra, 'of the whole inbox, not of the page')
    if (body.next_before === null) break
    query = `?limit=3&before=${body.next_before}`
    await send(app, `late${extra}`)
  }
  t.same(pages, [['n7', 'n6', 'n5'], ['n4', 'n3', 'n2'], ['n1']])
})

test('a last page that is full says that it is the last', async t => {
  const app = await filled(t, 4)
  const first = await read(app, people.bob, '?limit=2')
  const second = await read(app, people.bob, `?limit=2&before=${first.body.next_before}`)
  t.equal(second.body.items.length, 2)
  t.equal(second.body.next_before, null)
})

test('any item\'s cursor is a place to read on from', async t => {
  const app = await filled(t, 4)
  const { body } = await read(app, people.bob)
  t.same(await ids(app, people.bob, `?before=${body.items[1].cursor}`), ['n2', 'n1'])
  t.same(await ids(app, people.bob, `?before=${body.cursor}`), ['n3', 'n2', 'n1'])
})

test('the limit is 50 unless it is given, and 200 at most', async t => {
  const app = await filled(t, 60)
  t.equal((await ids(app, people.bob)).length, 50)
  t.equal((await ids(app, people.bob, '?limit=200')).length, 60)
  t.same(await ids(app, people.bob, '?limit=1'), ['n60'])
})

test('filters by state, topic and type go together and with pages', async t => {
  const app = await filled(t)
  const kinds = [['a', 'info'], ['b', 'error'], ['a', 'error'], ['b', 'info'], ['a', 'info']]
  for (const [index, [topic, priority]] of kinds.entries()) await send(app, `n${index + 1}`, { topic, priority })
  for (const id of ['n1', 'n3']) await call(app, people.bob, 'PUT', `/api/notifications/${id}/read`)
  const queries: [string, string[]][] = [
    ['?unread=true', ['n5', 'n4', 'n2']], ['?unread=false', ['n3', 'n1']], ['?topic=a', ['n5', 'n3', 'n1']], ['?type=error', ['n3', 'n2']],
    ['?topic=a&type=info', ['n5', 'n1']], ['?topic=a&unread=true', ['n5']], ['?topic=z', []], ['?type=success', []], ['?type=error&topic=a&unread=false', ['n3']]
  ]
  for (const [query, expected] of queries) t.same(await ids(app, people.bob, query), expected, query)
  const first = await read(app, people.bob, '?topic=a&limit=2')
  t.same(await ids(app, people.bob, `?topic=a&limit=2&before=${first.body.next_before}`), ['n1'])
  t.equal(first.body.unread_count, 3, 'the unread count is not filtered')
})

test('who may read whose inbox', async t => {
  const app = await filled(t, 1)
  const others: [Person, string, boolean][] = [
    [people.root, 'bob', true], [people.root, 'erin', true], [people.alice, 'bob', true], [people.alice, 'carol', false], [people.alice, 'root', false],
    [people.alice, 'erin', false], [people.bob, 'alice', false], [people.erin, 'bob', false], [people.bob, 'nobody', false], [people.alice, 'nobody', false]
  ]
  for (const [person, user, isAllowed] of others) {
    for (const url of [`/api/notifications/${user}`, `/api/notifications/${user}/unread-count`]) {
      const answer = await call(app, person, 'GET', url)
      if (isAllowed) t.match(answer, { status: 200, body: { unread_count: 1 } }, `${person.sub} of ${user}`)
      else isProblem(t, answer, 'BLF_FORBIDDEN', `${person.sub} of ${user}`)
    }
  }
  for (const url of ['/api/notifications/nobody', '/api/notifications/nobody/unread-count']) isProblem(t, await call(app, people.root, 'GET', url), 'BLF_USER_NOT_FOUND')
})

test('another\'s inbox shows what its owner sees', async t => {
  const app = await filled(t, 2)
  await call(app, people.bob, 'PUT', '/api/notifications/n1/read')
  await call(app, people.alice, 'DELETE', '/api/notifications/n1')
  t.same((await read(app, people.alice, '', 'bob')).body, (await read(app, people.bob)).body)
})

test('leaving a company hides what was sent to it; coming back does not show what was missed', async t => {
  const app = await filled(t)
  const move = (company: string | null) => call(app, people.root, 'PATCH', '/api/users/bob', { company })
  // Tokens minted in the second of the change do not undo it.
  const visible = async () => (await read(app, people.root, '', 'bob')).body.items.map(({ id }: { id: string }) => id)
  await send(app, 'a1', { audience: { companies: ['company_a'] } })
  t.same(await visible(), ['a1'])
  await move('company_b')
  await send(app, 'a2', { audience: { companies: ['company_a'] } })
  await send(app, 'b1', { audience: { companies: ['company_b'], roles: ['user'] } })
  t.same(await visible(), ['b1'])
  await move('company_a')
  await send(app, 'a3', { audience: { companies: ['company_a'] } })
  t.same(await visible(), ['a3'])
  await move(null)
  t.same(await visible(), [])
})

test('a query that is not valid is 400', async t => {
  const app = await filled(t, 1)
  const queries = [
    'limit=0', 'limit=201', 'limit=-1', 'limit=1.5', 'limit=all', 'limit=', 'limit=1&limit=2', 'unread=maybe', 'unread=', 'topic=', 'topic=a%20b', 'topic=%00', 'topic=🙂',
    `topic=${'t'.repeat(65)}`, 'type=debug', 'type=', 'type=INFO', 'type[]=info', 'page=2', 'offset=10', '__proto__=1', 'constructor=1', 'before='
  ]
  for (const query of queries) isProblem(t, await read(app, people.bob, `?${encodeURI(query).replaceAll('%25', '%')}`), 'BLF_VALIDATION', encodeURI(query).slice(0, 30))
})

test('a cursor that is none of this log is 400', async t => {
  const app = await filled(t, 1)
  const { body: { cursor } } = await read(app, people.bob)
  const [epoch, seq] = cursor.split('.')
  const cursors: Record<string, string> = {
    garbage: 'garbage',
    'a number': '7',
    'of another log': `zzzzzzzz.${seq}`,
    'in the future': `${epoch}.zzz`,
    'beyond numbers': `${epoch}.zzzzzzzzzzz`,
    negative: `${epoch}.-1`,
    'with a leading zero': `${epoch}.0${seq}`,
    'upper case': cursor.toUpperCase(),
    'with a space': `${cursor}%20`,
    'with NUL': `${cursor}%00`,
    emoji: '%F0%9F%99%82',
    'a fraction': `${epoch}.1.5`
  }
  for (const [name, before] of Object.entries(cursors)) {
    isProblem(t, await read(app, people.bob, `?before=${before}`), 'BLF_BAD_CURSOR', name)
    isProblem(t, await call(app, people.bob, 'POST', '/api/notifications/read-all', { before: decodeURIComponent(before) }), 'BLF_BAD_CURSOR', `${name}, to read all`)
  }
  isProblem(t, await read(app, people.bob, `?before=${'a'.repeat(65)}`), 'BLF_VALIDATION', 'too long')
  t.equal((await read(app, people.bob)).body.unread_count, 1, 'nothing was read by it')
  t.same(await ids(app, people.bob, `?before=${epoch}.0`), [], 'the beginning is a place')
})
