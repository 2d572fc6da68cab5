import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { test } from 'tap'
import * as ws from 'ws'
import { eventText, Frames, isPublic, PING, textFrame } from '../../src/hub/frame.ts'
import { notification, updated } from './recording.ts'

// Exported, but not in its types.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable }

/** A frame as an independent reader of RFC 6455 takes it. */
async function read (frame: Buffer): Promise<string> {
  const receiver = new Receiver({ isServer: false })
  const message = once(receiver, 'message')
  receiver.write(frame)
  const [data, isBinary] = await message as [Buffer, boolean]
  if (isBinary) throw new Error('not a text frame')
  return String(data)
}

test('a text frame is what a reader takes for the text, at every width of the length', async t => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
    const text = 'a'.repeat(length)
    t.equal(await read(textFrame(text)), text, `${length} bytes`)
  }
})

test('its length is one of bytes, not of characters', async t => {
  for (const text of ['é'.repeat(63), '🙂'.repeat(31), '🙂'.repeat(32), '漢'.repeat(21_845), '漢'.repeat(21_846)]) {
    t.equal(await read(textFrame(text)), text)
  }
})

test('several frames in one buffer are read one by one', async t => {
  const receiver = new Receiver({ isServer: false })
  const texts: string[] = []
  receiver.on('message', (data: Buffer) => texts.push(String(data)))
  receiver.write(Buffer.concat(['one', 'two', 'x'.repeat(300)].map(textFrame)))
  if (texts.length < 3) await once(receiver, 'drain')
  t.same(texts, ['one', 'two', 'x'.repeat(300)])
})

test('a ping is one', async t => {
  const receiver = new Receiver({ isServer: false })
  const ping = once(receiver, 'ping')
  receiver.write(PING)
  t.same(await ping, [Buffer.alloc(0)])
})

test('an event\'s frame has its id, type, cursor and payload', t => {
  const body = JSON.stringify({ id: 'n"7', title: 'Grüße 🙂' })
  t.same(JSON.parse(eventText('k3v9x0qa', notification(100, { id: 'n"7', body }))), {
    id: 'n"7', type: 'notification', cursor: 'k3v9x0qa.2s', payload: { id: 'n"7', title: 'Grüße 🙂' }
  })
  const marked = notification(36, { kind: 'notification.read', id: null, body: '{"ids":["n1"]}' })
  t.same(JSON.parse(eventText('k3v9x0qa', marked)), {
    type: 'notification.read', cursor: 'k3v9x0qa.10', payload: { ids: ['n1'] }
  }, 'only notifications have an id')
  t.end()
})

test('sockets are told of notifications and marks, not of what is between nodes', async t => {
  for (const kind of ['notification', 'notification.read', 'notification.unread', 'notification.deleted', 'notification.recalled', 'inbox.read_all'] as const) {
    t.ok(isPublic(notification(1, { kind })), kind)
  }
  for (const kind of ['session.revoked', 'key.revoked'] as const) t.notOk(isPublic(notification(1, { kind })), kind)
  t.notOk(isPublic(updated(1, { id: 'a' })))
})

test('an event is made into a frame once in each form', t => {
  const frames = new Frames('k3v9x0qa')
  const event = notification(1, { body: JSON.stringify({ id: 'n1', message: 'again and '.repeat(50) }) })
  const [plain, compressed] = [frames.of(event, false), frames.of(event, true)]
  t.equal(frames.of(event, false), plain)
  t.equal(frames.of(event, true), compressed)
  t.equal(compressed[0], 0xc1, 'final, RSV1, text')
  t.ok(compressed.length < plain.length / 3, 'and much smaller')
  t.same(frames.of(notification(2), true)[0], 0x81, 'what is short is not worth compressing')
  t.end()
})
