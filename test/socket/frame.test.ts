import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { test } from 'tap'
import * as ws from 'ws'
import { PING, pongFrame, textFrame } from '../../src/socket/frame.ts'

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

test('a pong carries the payload of its ping', async t => {
  for (const length of [0, 1, 125]) {
    const receiver = new Receiver({ isServer: false })
    const pong = once(receiver, 'pong')
    const payload = Buffer.alloc(length, 'x')
    receiver.write(pongFrame(payload))
    t.same(await pong, [payload], `${length} bytes`)
  }
})
