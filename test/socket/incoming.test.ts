import { test } from 'tap'
import { BadFrames, Flood, parseFrame } from '../../src/socket/incoming.ts'

test('a frame is read and given to its verb\'s check', async t => {
  const checked: unknown[] = []
  const read = (text: string) => parseFrame(text, (verb, frame) => {
    checked.push([verb, frame])
    return verb === 'read' ? [{ path: '/payload/ids', message: 'is required' }] : undefined
  })
  t.same(read('{"id":"1","type":"ping"}'), { frame: { id: '1', type: 'ping' } })
  t.match(read('{"id":"2","type":"read"}'), { replyTo: '2', error: { code: 'BLF_VALIDATION', errors: [{ path: '/payload/ids' }] } })
  t.same(checked, [['ping', { id: '1', type: 'ping' }], ['read', { id: '2', type: 'read' }]])
})

test('20 bad frames a minute are borne, whenever the minute begins', async t => {
  let now = 5_000
  t.capture(performance, 'now', () => now)
  const bad = new BadFrames()
  const count = (frames: number) => Array.from({ length: frames }, () => bad.isTooMany()).filter(Boolean).length
  t.equal(count(20), 0)
  t.equal(count(2), 2)
  now += 60_001
  t.equal(count(20), 0, 'a new minute')
  now += 59_000
  t.equal(count(1), 1)
})

test('a thousand frames in ten seconds are borne', async t => {
  let now = 5_000
  t.capture(performance, 'now', () => now)
  const flood = new Flood()
  const count = (frames: number) => Array.from({ length: frames }, () => flood.isTooMany()).filter(Boolean).length
  t.equal(count(1001), 1)
  now += 10_001
  t.equal(count(1000), 0)
})

test('a number that would come back changed is named, before the verb\'s check', async t => {
  const read = parseFrame('{"id":"1","type":"send","payload":{"data":{"order":9007199254740993}}}', () => [])
  t.match(read, { replyTo: '1', error: { code: 'BLF_VALIDATION', errors: [{ path: '/payload/data/order' }] } })
})
