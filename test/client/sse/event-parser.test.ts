import fc from 'fast-check'
import { test } from 'tap'
import { createEventParser, type ParsedEvent } from '../../../src/client/connection/event-parser.ts'

const parse = (...chunks: string[]): ParsedEvent[] => {
  const push = createEventParser()
  return chunks.flatMap(chunk => push(chunk))
}

test('events are told as the standard says', async t => {
  t.same(parse('event: a\ndata: 1\n\ndata: 2\n\n'), [{ type: 'a', data: '1' }, { type: 'message', data: '2' }], 'the type is of one event')
  t.same(parse('data: 1\ndata:2\ndata:  3\n\n'), [{ type: 'message', data: '1\n2\n 3' }], 'one space is cut')
  t.same(parse('retry: 1\n\n: comment\n\nid: x\nevent: a\n\n'), [], 'without data there is no event')
  t.same(parse('event: a\n\ndata: 1\n\n'), [{ type: 'message', data: '1' }], 'and it takes its type with it')
  t.same(parse('data\n\n'), [{ type: 'message', data: '' }])
  t.same(parse('unknown: x\ndata: 1\n\n'), [{ type: 'message', data: '1' }])
  t.same(parse('event: a\u2028b\ndata: 1\u20282\nevents: c\ndatabase: 3\n\n'), [{ type: 'a\u2028b', data: '1\u20282' }], 'other line breaks are none, and names are whole')
  t.same(parse('data: 1\n'), [], 'what is incomplete is none')
})

test('however it is cut, and whatever ends its lines', async t => {
  const events = fc.array(fc.record({ type: fc.constantFrom('a', 'notification.read'), data: fc.string({ minLength: 1 }).map(text => JSON.stringify(text)) }))
  fc.assert(fc.property(events, fc.constantFrom('\n', '\r', '\r\n'), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (events, end, sizes) => {
    const text = events.map(({ type, data }) => [': c', 'id: 1', `event: ${type}`, `data: ${data}`, '', ''].join(end)).join('') + `:${end}`
    const chunks: string[] = []
    for (let at = 0; at < text.length;) {
      const { value } = sizes.next()
      chunks.push(text.slice(at, at + value!))
      at += value!
    }
    t.same(parse(...chunks), events)
  }), { numRuns: 200 })
})

test('what never ends is refused, in one line or in many', async t => {
  const line = createEventParser()
  t.throws(() => { for (let chunk = 0; chunk < 100; chunk++) line('x'.repeat(65_536)) }, RangeError)
  const lines = createEventParser()
  t.throws(() => { for (let chunk = 0; chunk < 100; chunk++) lines(`data: ${'x'.repeat(65_536)}\n`) }, RangeError)
  const many = createEventParser()
  for (let chunk = 0; chunk < 100; chunk++) many(`data: ${'x'.repeat(65_536)}\n\n`)
})
