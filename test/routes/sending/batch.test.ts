import tap, { test, type Test } from 'tap'
import { problem } from '../../../src/errors.ts'
import { parseCursor } from '../../../src/protocol/cursor.ts'
import { newSecret } from '../../../src/identity/opaque.ts'
import { KEY_PREFIX } from '../../../src/protocol/credential.ts'
import { as } from '../../security/accounts.ts'
import { postgres } from '../../services/postgres.ts'
import { build, call, hello, isProblem, people, populate, post, readersOf, serve, type Answer, type App, type Person } from '../../helper.ts'

const BATCH = '/api/notifications/batch'
const batch = (app: App, items: unknown, { person = people.root as Person, headers = {} } = {}) => call(app, person, 'POST', BATCH, { items }, headers)
const named = (...ids: string[]) => ids.map(id => ({ ...hello, id }))
const seqOf = ({ cursor }: { cursor: string }) => parseCursor(cursor)!.seq
const idsOf = async (app: App, person: Person) => (await call(app, person, 'GET', '/api/notifications/me?limit=200')).body.items.map(({ id }: { id: string }) => id)

/** Asserts an item to be a problem, as it would be the answer to a single send. */
function isRefused (t: Test, item: any, code: Parameters<typeof isProblem>[2], about?: string): void {
  isProblem(t, { status: item.status, body: item, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' } }, code, about)
}

async function inOneCommit (t: Test, env: Record<string, string>): Promise<void> {
  const { app, open } = await serve(t, env)
  const bob = await open(people.bob)
  const commits: number[] = []
  app.store.onCommit(events => { commits.push(events.filter(({ kind }) => kind === 'notification').length) })
  const items = Array.from({ length: 100 }, (_, n) => ({
    ...hello, id: `n${n}`, url: `/${n}`, audience: n % 3 === 0 ? { users: ['bob'] } : n % 3 === 1 ? undefined : { companies: ['company_a'], roles: ['user'] }
  }))
  const { status, body } = await batch(app, items)
  t.equal(status, 200)
  t.strictSame(body.items.map((item: object) => Object.keys(item)), items.map(() => ['id', 'cursor']))
  t.strictSame(body.items.map(({ id }: { id: string }) => id), items.map(({ id }) => id))
  t.strictSame(body.items.map(seqOf), items.map((_, n) => seqOf(body.items[0]) + n))
  t.strictSame(commits.filter(Boolean), [100])
  for (const { id, url } of items) t.match(await bob.next('notification'), { id, payload: { url } })
  const { body: again } = await batch(app, [...named('a', 'b', 'a'), { ...hello, id: 'b', title: 'Other' }, ...items.slice(0, 2)])
  t.strictSame(again.items[2], again.items[0], 'a retry within the call')
  isRefused(t, again.items[3], 'BLF_ID_CONFLICT')
  t.strictSame(again.items.slice(4), body.items.slice(0, 2), 'and one of the call before')
}

test('items are sent in order, in one commit, and answered in the same order', async t => {
  await inOneCommit(t, {})
})

const server = await postgres(tap)

test('on PostgreSQL too', { skip: !server && 'no PostgreSQL' }, async t => {
  await inOneCommit(t, { DATABASE_URL: await server!.database(t) })
})

test('without ids each item gets one', async t => {
  const app = await populate(t)
  const { body: { items } } = await batch(app, [hello, hello])
  t.not(items[0].id, items[1].id)
  t.strictSame(await idsOf(app, people.bob), [items[1].id, items[0].id])
})

test('an item that is refused leaves the others alone', async t => {
  const app = await populate(t)
  const bad: [item: unknown, code: Parameters<typeof isProblem>[2], path?: string][] = [
    [{ ...hello, title: undefined }, 'BLF_VALIDATION', '/title'], [{ ...hello, more: 1 }, 'BLF_VALIDATION', '/more'], [{ ...hello, dry_run: true }, 'BLF_VALIDATION', '/dry_run'],
    [null, 'BLF_VALIDATION', ''], [[], 'BLF_VALIDATION', ''], ['text', 'BLF_VALIDATION', ''], [1, 'BLF_VALIDATION', ''], [{ items: [hello] }, 'BLF_VALIDATION'],
    [{ ...hello, url: 'javascript:alert(1)' }, 'BLF_VALIDATION', '/url'], [{ ...hello, url: 'https://' }, 'BLF_VALIDATION', '/url'], [{ ...hello, actions: [{ id: 'a', label: 'A' }, { id: 'a', label: 'B' }] }, 'BLF_VALIDATION', '/actions/1/id'],
    [{ ...hello, data: { topic: 'other' } }, 'BLF_VALIDATION', '/data/topic'], [{ ...hello, data: { a: 'a'.repeat(8192) } }, 'BLF_VALIDATION', '/data'],
    [{ ...hello, expires_at: '2020-01-01' }, 'BLF_VALIDATION', '/expires_at'], [{ ...hello, audience: { users: [] } }, 'BLF_VALIDATION', '/audience/users'],
    [{ ...hello, id: 'taken', title: 'Other' }, 'BLF_ID_CONFLICT'],
    [{ ...hello, audience: { users: Array.from({ length: 1000 }, (_, n) => `${'u'.repeat(100)}${n}`) } }, 'BLF_TOO_LARGE'], [{ ...hello, data: { a: 'a'.repeat(70_000) } }, 'BLF_TOO_LARGE']
  ]
  await batch(app, named('taken'))
  const items = bad.flatMap(([item], n) => [...named(`good-${n}`), item])
  const { status, body } = await batch(app, items)
  t.equal(status, 200)
  for (const [n, [, code, path]] of bad.entries()) {
    t.equal(body.items[2 * n].id, `good-${n}`)
    const refused = body.items[2 * n + 1]
    isRefused(t, refused, code, `${code} ${path}`)
    if (path !== undefined) t.strictSame(refused.errors.map((error: { path: string }) => error.path), [`/items/${2 * n + 1}${path}`], 'with the path in the call')
  }
  t.strictSame(new Set(await idsOf(app, people.bob)), new Set(['taken', ...bad.map((_, n) => `good-${n}`)]))
  t.strictSame((await batch(app, [{}])).body.items.length, 1, 'also where none is good')
})

test('two equal ids in a call are a retry, or a conflict, as in two calls', async t => {
  const app = await populate(t)
  const { body: { items } } = await batch(app, [...named('a', 'b', 'a'), { ...hello, id: 'b', title: 'Other' }, ...named('c')])
  t.strictSame(items[2], items[0])
  isRefused(t, items[3], 'BLF_ID_CONFLICT')
  t.strictSame(await idsOf(app, people.bob), ['c', 'b', 'a'])
})

test('a call that is made again stores nothing again', async t => {
  const app = await populate(t)
  const first = await batch(app, named('a', 'b'))
  t.strictSame((await batch(app, named('a', 'b'))).body, first.body)
  t.strictSame((await batch(app, named('b', 'c', 'a'))).body.items.map(({ id }: { id: string }) => id), ['b', 'c', 'a'])
  const headers = { 'idempotency-key': 'monday' }
  const keyed = await batch(app, [hello, hello, { ...hello, title: 'Other' }], { headers })
  t.equal(new Set(keyed.body.items.map(({ id }: { id: string }) => id)).size, 3, 'items of one call are not retries of each other')
  t.strictSame((await batch(app, [hello, hello, { ...hello, title: 'Other' }], { headers })).body, keyed.body)
  const changed = await batch(app, [hello, { ...hello, title: 'Other' }, hello, hello], { headers })
  t.strictSame(changed.body.items[0], keyed.body.items[0])
  isRefused(t, changed.body.items[1], 'BLF_ID_CONFLICT')
  isRefused(t, changed.body.items[2], 'BLF_ID_CONFLICT')
  t.equal((await idsOf(app, people.bob)).length, 7)
  t.equal((await call(app, people.root, 'POST', '/api/notifications/send', hello, { 'idempotency-key': 'monday' })).body.id.length, 36, 'a key of a call is none of a send')
})

test('what is no list of items is 400 as a whole, and so is a dry run', async t => {
  const app = await populate(t)
  const head = await app.store.head()
  for (const body of [[], [hello], {}, null, 1, 'text', { items: {} }, { items: null }, { items: 'x' }, { items: [] }, { items: [hello], more: 1 }, { items: [hello], dry_run: true }, hello]) {
    isProblem(t, await post(app, people.root, BATCH, JSON.stringify(body)), 'BLF_VALIDATION', JSON.stringify(body))
  }
  const tooMany = await batch(app, Array.from({ length: 501 }, () => hello))
  isProblem(t, tooMany, 'BLF_VALIDATION', '501 items')
  t.strictSame(tooMany.body.errors, [{ path: '/items', message: 'must have at most 500 entries' }])
  for (const query of ['?dry_run=true', '?dry_run=false', '?x=1']) isProblem(t, await call(app, people.root, 'POST', `${BATCH}${query}`, { items: [hello] }), 'BLF_VALIDATION', query)
  isProblem(t, await post(app, people.root, BATCH, '{"items":['), 'BLF_BAD_JSON')
  t.equal(await app.store.head(), head)
  t.equal((await batch(app, Array.from({ length: 500 }, () => hello))).body.items.filter(({ id }: { id?: string }) => id).length, 500)
})

test('a call has 4 MiB at most, a single send still 64 KiB', async t => {
  const app = await populate(t)
  const text = JSON.stringify({ items: named('a') })
  const padded = (bytes: number) => text + ' '.repeat(bytes - text.length)
  isProblem(t, await post(app, people.root, BATCH, padded(4 * 1024 * 1024 + 1)), 'BLF_TOO_LARGE')
  t.match(await post(app, people.root, BATCH, padded(4 * 1024 * 1024)), { status: 200, body: { items: [{ id: 'a' }] } })
  isProblem(t, await post(app, people.root, '/api/notifications/send', JSON.stringify(hello) + ' '.repeat(65_536)), 'BLF_TOO_LARGE')
  const items = Array.from({ length: 500 }, (_, n) => ({ ...hello, id: `big-${n}`, data: { text: 'ü'.repeat(4_000) } }))
  t.ok((await batch(app, items)).body.items.every(({ id }: { id?: string }, n: number) => id === `big-${n}`), 'five hundred large ones')
})

test('what is nested deep is refused with its item', async t => {
  const app = await populate(t)
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const text = JSON.stringify({ items: [hello, { ...hello, data: { x: '!' } }, hello, '?'] }).replace('"!"', deep(20_000)).replace('"?"', deep(500_000))
  const { status, body } = await post(app, people.root, BATCH, text)
  t.equal(status, 200)
  t.strictSame(body.items.map(({ status = 200 }) => status), [200, 400, 200, 413])
})

test('rights are those of each item', async t => {
  const app = await populate(t)
  const audiences = [{ companies: ['company_a'] }, { companies: ['company_b'] }, { users: ['bob'] }, { users: ['carol'] }, undefined, { users: ['nobody'] }]
  const items = audiences.map((audience, n) => ({ ...hello, id: `n${n}`, audience }))
  const { body } = await batch(app, items, { person: people.alice })
  t.strictSame(body.items.map(({ status = 200 }) => status), [200, 403, 200, 403, 403, 403])
  t.strictSame(await readersOf(app, 'n0'), ['alice', 'bob'])
  t.strictSame(await readersOf(app, 'n2'), ['bob'])
  for (const id of ['n1', 'n3', 'n4']) t.strictSame(await readersOf(app, id), [], id)
  isProblem(t, await batch(app, items, { person: people.bob }), 'BLF_FORBIDDEN', 'who may send to nobody')
})

test('each item counts as a request, and those beyond the limit are refused', async t => {
  const app = await build(t, { RATE_LIMIT: '5' })
  const answers: Answer[] = []
  for (const ids of [['a', 'b'], ['c', 'd', 'e', 'f', 'g'], ['h']]) answers.push(await batch(app, named(...ids)))
  t.match(answers[0]!.headers['ratelimit'], /^"user";r=3;/)
  t.equal(answers[0]!.headers['retry-after'], undefined)
  t.strictSame(answers[1]!.body.items.map(({ id, code }: { id?: string, code?: string }) => id ?? code), ['c', 'd', 'e', 'BLF_RATE_LIMITED', 'BLF_RATE_LIMITED'])
  isRefused(t, answers[1]!.body.items[3], 'BLF_RATE_LIMITED')
  t.match(answers[1]!.headers['ratelimit'], /^"user";r=0;/)
  t.match(answers[1]!.headers['retry-after'], /^\d+$/)
  isProblem(t, answers[2]!, 'BLF_RATE_LIMITED', 'the call itself is beyond it')
})

test('a key has a limit of its own, and refused items count too', async t => {
  const app = await build(t, { RATE_LIMIT: '0', KEY_RATE_LIMIT: '10' })
  const { secret: key, hash } = newSecret(KEY_PREFIX)
  await app.store.createKey({ id: 'k', name: 'k', scopes: ['send:all'], hash, rateLimit: 4 })
  const { body } = await as(app, key, 'POST', BATCH, { items: [{}, {}, ...named('a', 'b', 'c')] })
  t.strictSame(body.items.map(({ id, status }: { id?: string, status?: number }) => id ?? status), [400, 400, 'a', 'b', 429])
})

test('a store that is away is a 503 if nothing was stored, else a problem of what was not', async t => {
  const app = await populate(t)
  const { notify } = app.store
  app.store.notify = async draft => draft.id === 'kept' ? await notify(draft) : await Promise.reject(problem('BLF_STORE_UNAVAILABLE'))
  isProblem(t, await batch(app, [...named('a', 'b'), {}]), 'BLF_STORE_UNAVAILABLE')
  const { status, body, headers } = await batch(app, named('a', 'kept'))
  t.equal(status, 200)
  isRefused(t, body.items[0], 'BLF_STORE_UNAVAILABLE')
  t.equal(body.items[1].id, 'kept')
  t.match(headers['retry-after'], /^\d+$/)
})

test('while a large call is validated, others are served', async t => {
  const app = await populate(t)
  const items = Array.from({ length: 100 }, () => ({ ...hello, ...Object.fromEntries(Array.from({ length: 800 }, (_, n) => [`x${n}`, 1])) }))
  let turns = 0
  let isOver = false
  const tick = () => { turns += 1; if (!isOver) setImmediate(tick) }
  const answered = batch(app, items).finally(() => { isOver = true })
  tick()
  const { body } = await answered
  t.equal(body.items.length, 100)
  t.ok(turns > 5, `${turns} turns meanwhile`)
})
