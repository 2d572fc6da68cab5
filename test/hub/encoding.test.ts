import { test } from 'tap'
import { eventText, Frames, isPublic } from '../../src/hub/encoding.ts'
import { deflatedEncoding, plainEncoding } from '../../src/socket/frame.ts'
import { notification, updated } from './recording.ts'

test('an event\'s frame has its id, type, cursor and payload', t => {
  const body = JSON.stringify({ id: 'n"7', title: 'Grüße 🙂' })
  t.same(JSON.parse(eventText('k3v9x0qa', notification(100, { id: 'n"7', body }))), {
    id: 'n"7', type: 'notification', cursor: 'k3v9x0qa.2s', payload: { id: 'n"7', title: 'Grüße 🙂' }
  })
  const marked = notification(36, { kind: 'notification.read', id: null, body: '{"ids":["n1"]}' })
  t.same(JSON.parse(eventText('k3v9x0qa', marked)), {
    type: 'notification.read', cursor: 'k3v9x0qa.10', payload: { ids: ['n1'] }
  }, 'only notifications have an id')
  const edited = notification(37, { kind: 'notification.updated', id: null, originSeq: 36, body: '{"id":"n1","revision":2}' })
  t.same(JSON.parse(eventText('k3v9x0qa', edited)), {
    id: 'n1', type: 'notification.updated', cursor: 'k3v9x0qa.11', payload: { id: 'n1', revision: 2 }
  }, 'and their edits')
  t.end()
})

test('sockets are told of notifications and marks, not of what is between nodes', async t => {
  for (const kind of ['notification', 'notification.read', 'notification.unread', 'notification.deleted', 'notification.recalled', 'inbox.read_all'] as const) {
    t.ok(isPublic(notification(1, { kind })), kind)
  }
  for (const kind of ['session.revoked', 'key.revoked'] as const) t.notOk(isPublic(notification(1, { kind })), kind)
  t.notOk(isPublic(updated(1, { id: 'a' })))
})

test('an event is encoded once per encoding', t => {
  const frames = new Frames('k3v9x0qa')
  const event = notification(1, { body: JSON.stringify({ id: 'n1', message: 'again and '.repeat(50) }) })
  const [plain, compressed] = [frames.of(event, plainEncoding), frames.of(event, deflatedEncoding)]
  t.equal(frames.of(event, plainEncoding), plain)
  t.equal(frames.of(event, deflatedEncoding), compressed)
  t.equal(compressed[0], 0xc1, 'final, RSV1, text')
  t.ok(compressed.length < plain.length / 3, 'and much smaller')
  t.same(frames.of(notification(2), deflatedEncoding)[0], 0x81, 'what is short is not worth compressing')
  t.end()
})
