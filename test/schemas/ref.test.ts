import { Type } from '@sinclair/typebox'
import t from 'tap'
import { nullable, refTo } from '../../schemas/ref.ts'

t.test('a reference points to the $id of its schema', async t => {
  const Bell = Type.Object({ tone: Type.String() }, { $id: 'Bell' })
  t.match(refTo(Bell), { $ref: 'Bell#' })
  t.notOk('properties' in refTo(Bell), 'and copies nothing of it')
})

t.test('a schema without an $id has no reference', async t => {
  t.throws(() => refTo(Type.String()), TypeError)
})

t.test('nullable adds null to the type and keeps everything else', async t => {
  const name = Type.String({ minLength: 1, description: 'A name.', examples: ['x'] })
  t.match(nullable(name), { type: ['string', 'null'], minLength: 1, description: 'A name.', examples: ['x'] })
  t.equal(name.type, 'string', 'the schema itself stays as it was')
})
