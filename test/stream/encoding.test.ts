import { test } from 'tap'
import { Frames } from '../../src/hub/encoding.ts'
import { closeCodes, type CloseCode } from '../../src/protocol/close-codes.ts'
import { closeEvent, COMMENT, preamble, streamEncoding } from '../../src/stream/encoding.ts'
import { notification } from '../hub/recording.ts'
import { EventReader } from './event-stream.ts'

const read = (bytes: Buffer) => {
  const reader = new EventReader()
  reader.push(String(bytes))
  return reader
}

test('an event has its cursor as id, its type and its frame, and no line more', async t => {
  const body = JSON.stringify({ id: 'n1', title: 'Zeile 1\nZeile 2\r\n🙂 ', message: ': no comment\n\ndata: no line' })
  const bytes = new Frames('k3v9x0qa').of(notification(100, { id: 'n1', body }), streamEncoding)
  t.equal(String(bytes), `id: k3v9x0qa.2s\nevent: notification\ndata: {"id":"n1","type":"notification","cursor":"k3v9x0qa.2s","payload":${body}}\n\n`)
  t.same(read(bytes).events[0]!.frame.payload, JSON.parse(body))
})

test('a frame without a cursor has no id, and no id is empty or breaks a line', async t => {
  const payload = { expires_at: '2026-01-01T00:00:00.000Z' }
  t.equal(String(streamEncoding.encodeFrame({ type: 'token.expiring', payload })), `event: token.expiring\ndata: ${JSON.stringify({ type: 'token.expiring', payload })}\n\n`)
  for (const cursor of ['', 'a\n\ndata: injected', 'a\rb', 'a\0b', 'a b', 'ü']) {
    const [event, ...more] = read(streamEncoding.encodeFrame({ type: 'caught_up', cursor, payload: { count: 0 } })).events
    t.same([event!.id, event!.frame.cursor, more], [undefined, cursor, []], JSON.stringify(cursor))
  }
  t.equal(read(streamEncoding.encodeFrame({ type: 'caught_up', cursor: 'k3v9x0qa.2s', payload: { count: 0 } })).events[0]!.id, 'k3v9x0qa.2s')
})

test('the end says of every code what the close table says', async t => {
  for (const code of Object.keys(closeCodes).map(Number).filter(code => code !== 1005 && code !== 1006)) {
    const { reason, reconnect } = closeCodes[code as CloseCode]
    t.same(read(closeEvent(code as CloseCode)).events, [{ id: undefined, event: 'close', frame: { type: 'close', payload: { code, reason, reconnect } } }])
  }
})

test('a stream begins with a time to come back after, which differs from stream to stream, and a comment', async t => {
  const retries = Array.from({ length: 500 }, () => {
    const text = String(preamble())
    t.match(text, /^retry: \d{4}\n\n: \w+\n\n$/)
    return Number(text.slice('retry: '.length, 11))
  })
  t.ok(Math.min(...retries) >= 1000 && Math.max(...retries) <= 5000)
  t.ok(Math.max(...retries) - Math.min(...retries) > 3000, 'spread over the whole range')
  t.equal(read(COMMENT).comments, 1)
})
