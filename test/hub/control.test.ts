import { test } from 'tap'
import { Hub } from '../../src/hub/hub.ts'
import { CONTROL_KINDS, type LogEvent } from '../../src/log/event.ts'
import { hello, people, call, serve } from '../helper.ts'
import { notification, recorded, updated } from './recording.ts'

const bob = { id: 'bob', role: 'user', company: 'a' }

/** A control event as a newer version might write it. */
const unknown = (seq: number, kind: string): LogEvent => ({ ...updated(seq, { id: 'bob' }), kind: kind as LogEvent['kind'] })

test('an event of an unknown kind is skipped, and sockets stay as they are', async t => {
  const skipped: string[] = []
  const hub = new Hub({ epoch: 'k3v9x0qa', seq: 0, onUnknown: ({ kind }) => skipped.push(kind) })
  const { connection, wire, seen } = recorded(bob)
  hub.register(connection)
  hub.goLive(connection, 0)
  hub.publish([unknown(1, 'user.erased'), notification(2), unknown(3, 'toString'), unknown(4, '__proto__'), notification(5)])
  hub.flush()
  t.same(seen(), ['n2', 'n5'])
  t.same(skipped, ['user.erased', 'toString', '__proto__'])
  t.equal(wire.code, undefined)
  hub.publish([updated(6, { id: 'bob' })])
  t.equal(wire.code, 4401, 'what it knows it acts on')
})

test('every kind that this version writes is known', async t => {
  const skipped: string[] = []
  const hub = new Hub({ epoch: 'k3v9x0qa', seq: 0, onUnknown: ({ kind }) => skipped.push(kind) })
  const body = JSON.stringify({ id: 'x', user_id: 'x', key: 'g:x', joined: {}, left: {}, scope: 'all', topics: {} })
  for (const [index, kind] of CONTROL_KINDS.entries()) hub.publish([{ ...unknown(index + 1, kind), body }])
  hub.flush()
  t.same(skipped, [])
})

test('a node of an older version lives beside a newer one, and says once what it skips', async t => {
  const lines: { kind?: string, msg: string }[] = []
  const { app, open } = await serve(t, {}, { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } } })
  const socket = await open(people.bob)
  const head = await app.store.head()
  app.tail.offer([unknown(head + 1, 'user.erased'), unknown(head + 2, 'user.erased'), notification(head + 3)])
  t.match(await socket.next('notification'), { id: `n${head + 3}` })
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
  t.equal((await call(app, people.root, 'POST', '/api/notifications/send', hello)).status, 200)
  t.match(lines, [{ kind: 'user.erased', msg: /^skipped a log event/ }])
  t.equal(lines.length, 1)
})
