import { test } from 'tap'
import { isAfter, parseFrame } from '../../src/client/connection/frames.ts'
import { cursor, journal, notification, World } from './world/world.ts'

const payload = { id: 'n1', title: 't', message: 'm', data: {} }

test('what is not a frame is not taken for one', async t => {
  for (const text of [
    '', 'null', '7', '"text"', '[]', '{', '<!doctype html><title>Welcome</title>',
    '{}', '{"type":7}', `{"type":"${'x'.repeat(129)}"}`,
    '{"type":"notification"}', '{"type":"notification","payload":null}', '{"type":"notification","payload":[]}',
    JSON.stringify({ type: 'notification', payload: { ...payload, title: 7 } }),
    JSON.stringify({ type: 'notification', payload: { ...payload, data: undefined } }),
    JSON.stringify({ type: 'notification', payload: { ...payload, id: 'x'.repeat(129) } }),
    JSON.stringify({ type: 'notification', cursor: 7, payload }),
    JSON.stringify({ type: 'notification', cursor: 'x'.repeat(257), payload }),
    '{"type":"notification.read","payload":{"ids":"n1"}}', '{"type":"notification.read","payload":{"ids":[null]}}',
    `{"type":"notification.read","payload":{"ids":["${'x'.repeat(129)}"]}}`,
    '{"type":"ok","reply_to":{}}', '{"type":"welcome"}', '{"type":"error"}',
    JSON.stringify({ type: 'x', payload: { text: 'x'.repeat(1_048_576) } })
  ]) t.equal(parseFrame(text), undefined, text.slice(0, 80))
  for (const text of ['{"type":"pong"}', '{"type":"ok","reply_to":"a"}', JSON.stringify({ type: 'notification', cursor: cursor(1), payload }), '{"type":"of.a.later.version","payload":{"ids":["a"],"more":1}}']) t.ok(parseFrame(text), text)
})

test('names of prototypes are names', async t => {
  const world = new World()
  const client = world.client(t)
  const told = journal(client, 'notification')
  for (const listener of [5, null, undefined, {}]) {
    t.throws(() => client.on('notification', listener as never), { name: 'TypeError', message: /^listener must be/ })
    t.throws(() => client.inbox().subscribe(listener as never), { name: 'TypeError', message: /^listener must be/ })
  }
  client.connect()
  const socket = await world.server.socket()
  socket.welcome()
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    socket.text(`{"type":"${name}","cursor":"${name}","payload":{"id":"${name}","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}`)
    socket.text(`{"type":"notification","id":"${name}","cursor":"${name}.1","payload":{"id":"${name}","title":"t","message":"m","data":{"topic":"__proto__"},"__proto__":{"polluted":true}}}`)
  }
  t.same(told.slice(2), ['notification __proto__', 'notification constructor', 'notification toString', 'notification hasOwnProperty'])
  t.equal(({} as any).polluted, undefined)
  t.equal(client.state, 'connected')
})

test('frames that nobody should send are reported, and the connection goes on', async t => {
  const world = new World()
  const client = world.client(t)
  const told = journal(client, 'notification')
  client.connect()
  const socket = await world.server.socket()
  socket.open()
  socket.text('<html>')
  socket.frame(notification(5))
  t.same(told.slice(1), ['error frame'], 'before the welcome nothing is taken')
  socket.welcome()
  socket.text(new ArrayBuffer(8))
  socket.text('<html>')
  socket.frame(notification(2))
  socket.frame({ type: 'error', payload: { code: 'BLF_FORBIDDEN', detail: 'no' } })
  t.same(told.slice(2), ['connected websocket', 'error frame', 'error frame', 'notification n2', 'error BLF_FORBIDDEN'])
  socket.welcome(cursor(3), { heartbeat_interval: 1e300, user: undefined })
  socket.frame({ type: 'token.expiring', payload: {} })
  t.equal(client.state, 'connected')
})

test('cursors are compared as the log counts', async t => {
  const later: [string, string][] = [['abcdefgh.2', 'abcdefgh.1'], ['abcdefgh.10', 'abcdefgh.z'], ['abcdefgh.zz', 'abcdefgh.10'], ['zzzzzzzz.1', 'abcdefgh.9'], ['abcdefgh.1', 'zzzzzzzz.9'], ['of-another-form', 'abcdefgh.1'], ['abcdefgh.1', 'of-another-form']]
  for (const [a, b] of later) t.ok(isAfter(a, b), `${a} after ${b}`)
  for (const [a, b] of later.slice(0, 3)) t.notOk(isAfter(b, a), `${b} after ${a}`)
  t.notOk(isAfter('abcdefgh.1', 'abcdefgh.1'))
  t.notOk(isAfter('x', 'x'))
  t.ok(isAfter('abcdefgh.1', undefined))
  t.notOk(isAfter(undefined, 'abcdefgh.1'))
  t.notOk(isAfter(undefined, undefined))
})
