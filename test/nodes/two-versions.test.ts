import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseCursor } from '../../src/protocol/cursor.ts'
import { build, call, listen, people, subscribe, type App, type Frame, type Subscriber } from '../helper.ts'
import { folder } from '../folder.ts'
import { enrol, login, open } from '../security/accounts.ts'
import { ask, postgres } from '../services/postgres.ts'
import { receive, send } from './cluster.ts'

/**
 * During an upgrade a newer Belfry writes to the log that this one follows: kinds that this version does
 * not know, and known kinds whose bodies say more. Here they are written straight into the tables.
 */

/** An event as a newer version writes it; `also` is what it changes in other tables, where `seq` is its place. */
interface Foreign { kind: string, body: object, keys?: string[], id?: string, topic?: string, also?: string }

const quoted = (value: string | undefined) => value === undefined ? 'NULL' : `'${value.replaceAll("'", "''")}'`

/** SQL for both engines: each event takes the next number of the log. */
const sqlOf = (events: Foreign[]) => ['BEGIN', ...events.flatMap(({ kind, body, keys = [], id, topic, also }) => [
  'UPDATE log SET seq = seq + 1',
  `INSERT INTO events (seq, kind, id, keys, topic, at, body, type, sender, digest)
   SELECT seq, ${quoted(kind)}, ${quoted(id)}, ${quoted(JSON.stringify(keys))}, ${quoted(topic)}, ${Date.now()}, ${quoted(JSON.stringify(body))},
   ${id === undefined ? 'NULL, NULL, NULL' : "'info', 'user:root', 'd'"} FROM log`,
  ...keys.map(key => kind === 'notification'
    ? `INSERT INTO event_keys (key, class, seq, type, ordinal) SELECT ${quoted(key)}, 0, seq, 'info', (SELECT count(*) + 1 FROM event_keys WHERE key = ${quoted(key)} AND class = 0) FROM log`
    : `INSERT INTO event_keys (key, class, seq) SELECT ${quoted(key)}, 1, seq FROM log`),
  ...also === undefined ? [] : [also]
]), 'COMMIT'].join(';\n')

const SEQ = '(SELECT seq FROM log)'
const UNKNOWN_CONTROL: Foreign = { kind: 'company.renamed', body: { id: 'company_a', name: { old: 'a', new: 'b' } } }
const editor = { ...people.bob, role: 'editor' }

/** What a person's open socket was sent of the log, without what only this socket was told. */
const told = (frames: Frame[]) => frames.filter(({ cursor, type }) => cursor !== undefined && !['welcome', 'caught_up', 'subscribed', 'ok'].includes(type))
const seqOf = ({ cursor }: Frame) => parseCursor(cursor!)!.seq

async function isOpen (t: Test, socket: Subscriber, who: string): Promise<void> {
  t.match(await socket.ask({ id: `ping-${socket.frames.length}`, type: 'ping' }), { type: 'pong' }, `${who}'s socket is open`)
}

async function inboxOf (app: App, person: typeof editor | typeof people.carol): Promise<unknown> {
  const { body } = await call(app, person, 'GET', '/api/notifications/me')
  const { body: { unread_count: unread } } = await call(app, person, 'GET', '/api/notifications/me/unread-count')
  return { items: body.items.map(({ id, read }: { id: string, read: boolean }) => [id, read]), unread, unreadThere: body.unread_count }
}

async function besideANewerVersion (t: Test, url: string, write: (sql: string) => unknown): Promise<void> {
  const lines: { kind?: string, msg: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const app = await build(t, { DATABASE_URL: url }, { logger: { level: 'warn', stream } })
  const base = await listen(app)
  const node = { app, base }
  await enrol(app, { id: 'carol', company: 'company_b' })
  const { access_token: token } = await login(app, 'carol')
  const [session] = await app.store.sessions('carol')
  const [bob, bobsOther, carol, loggedIn] = [
    await subscribe(t, base, people.bob), await subscribe(t, base, people.bob), await subscribe(t, base, people.carol), await open(t, base, token)
  ]
  const first = await send(node, { all: true })
  for (const socket of [bob, bobsOther, carol, loggedIn]) await receive(socket, first)
  t.match(await app.directory.user('bob'), { role: 'user' })
  t.equal(await app.directory.isSessionOpen(session!.id), true)

  const before = await app.store.head()
  await write(sqlOf([
    UNKNOWN_CONTROL,
    { kind: 'notification.pinned', keys: ['u:bob'], body: { ids: [first], pinned_by: { device: 'watch' } } },
    { kind: 'inbox.archived', keys: ['all'], body: { until: 1 } },
    {
      kind: 'notification.read',
      keys: ['u:bob'],
      body: { ids: [first], unread_count: 0, device: 'watch' },
      also: `INSERT INTO marks (user_id, seq, key, read, read_at, at_seq) SELECT 'bob', seq, 'all', 1, 5, seq FROM events WHERE id = ${quoted(first)}`
    },
    {
      kind: 'notification',
      id: 'newer',
      keys: ['all'],
      topic: 'x',
      body: { id: 'newer', title: 'T', message: 'm', type: 'info', created_at: '2026-01-01T00:00:00.000Z', read: false, data: { topic: 'x' }, colour: { r: 1 } }
    },
    UNKNOWN_CONTROL,
    {
      kind: 'user.updated',
      body: { id: 'bob', role: 'editor', company: 'company_a', locale: 'de' },
      also: `UPDATE users SET role = 'editor' WHERE id = 'bob';
        UPDATE memberships SET to_seq = ${SEQ} WHERE user_id = 'bob' AND to_seq IS NULL AND key IN ('r:user', 'cr:company_a/user');
        INSERT INTO memberships (user_id, key, from_seq, source, since) VALUES ('bob', 'r:editor', ${SEQ}, 'user', 5), ('bob', 'cr:company_a/editor', ${SEQ}, 'user', 5)`
    },
    {
      kind: 'session.revoked',
      body: { id: session!.id, user_id: 'carol', reason: 'stolen' },
      also: `UPDATE sessions SET revoked_at = 1 WHERE id = ${quoted(session!.id)}`
    }
  ]))
  t.equal(await app.store.head(), before + 8)
  await app.tail.reached(before + 8)

  t.equal((await loggedIn.closed).code, 4401, 'a known control event after unknown ones is obeyed')
  t.match(await app.directory.user('bob'), { role: 'editor' })
  t.equal(await app.directory.isSessionOpen(session!.id), false)
  for (const [socket, who] of [[bob, 'bob'], [bobsOther, 'bob'], [carol, 'carol']] as const) await isOpen(t, socket, who)
  t.strictSame(lines.filter(({ msg }) => msg.startsWith('skipped')).map(({ kind }) => kind), ['company.renamed'], 'the log says it once')

  const forEditors = await send(node, { roles: ['editor'] })
  const last = await send(node, { all: true })
  for (const socket of [bob, bobsOther, carol]) await receive(socket, last)
  t.equal(await app.store.head(), before + 10, 'this version writes on after them')

  const asBob = [
    ['notification', before], ['notification.pinned', before + 2], ['inbox.archived', before + 3], ['notification.read', before + 4],
    ['notification', before + 5], ['notification', before + 9], ['notification', before + 10]
  ]
  const asCarol = asBob.filter(([, seq]) => ![2, 4, 9].includes(Number(seq) - before))
  const seen = (frames: Frame[]) => told(frames).map(frame => [frame.type, seqOf(frame)])
  for (const socket of [bob, bobsOther]) t.strictSame(seen(await socket.settled()), asBob, 'everything, in order and once')
  t.strictSame(seen(await carol.settled()), asCarol)
  t.match(told(bob.frames), [{ id: first }, { payload: { pinned_by: { device: 'watch' } } }, {}, { payload: { ids: [first], device: 'watch' } }, { id: 'newer' }, { id: forEditors }, { id: last }])

  const inboxes = async (app: App) => [await inboxOf(app, editor), await inboxOf(app, people.carol)]
  const expected = [
    { items: [[last, false], [forEditors, false], ['newer', false], [first, true]], unread: 3, unreadThere: 3 },
    { items: [[last, false], ['newer', false], [first, false]], unread: 3, unreadThere: 3 }
  ]
  t.strictSame(await inboxes(app), expected)

  /** Both come back from before the newer version's events; each gets what the open sockets got. */
  const resumes = async (base: string, how: string) => {
    for (const [person, live, count] of [[editor, bob, asBob.length], [people.carol, carol, asCarol.length]] as const) {
      const resumed = await subscribe(t, base, person, `?since=${live.frames[0]!.cursor}`)
      t.match(resumed.frames[0], { payload: { resume: 'complete', unread_count: 3 } })
      t.match(await resumed.next('caught_up'), { payload: { count } }, `${person.sub} catches up ${how}`)
      t.strictSame(told(resumed.frames), told(live.frames), 'with the same frames')
      await isOpen(t, resumed, person.sub)
    }
  }
  await resumes(base, 'on this node')
  await app.close()

  const next = await build(t, { DATABASE_URL: url })
  await resumes(await listen(next), 'after a restart, from the store')
  t.strictSame(await inboxes(next), expected)
  t.match((await call(next, editor, 'PUT', '/api/notifications/newer/read')).body, { unread_count: 2 })
  t.match((await call(next, people.carol, 'POST', '/api/notifications/read-all')), { status: 200, body: { count: 3 } })
  t.match(await inboxes(next), [{ unread: 2 }, { unread: 0 }])
}

t.test('SQLite', async t => {
  const path = join(folder(t), 'belfry.db')
  await besideANewerVersion(t, `sqlite:${path}`, sql => {
    const raw = new DatabaseSync(path, { timeout: 10_000 })
    raw.exec(sql)
    raw.close()
  })
})

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL', async t => {
    const url = await server.database(t)
    await besideANewerVersion(t, url, sql => ask(url, sql))
  })
}
