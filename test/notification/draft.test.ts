import { test } from 'tap'
import { keysOfAudience } from '../../src/log/audience.ts'
import { contentOfEnvelope, contentOfSend, draftOf, expired, isExpired, type Content } from '../../src/notification/draft.ts'
import type { BelfryError } from '../../src/errors.ts'

const content: Content = { title: 'Hello', message: 'Belfry is up', type: 'info', data: { topic: 'greetings' } }
const addressing = { keys: ['all'], sender: 'user:root', scope: null }
const draft = (rest: Partial<Content> = {}) => draftOf({ ...content, ...rest }, addressing)

/** The path of what is wrong. */
function wrong (run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return (error as BelfryError).errors?.[0]?.path
  }
  return undefined
}

test('a send body becomes a content: its priority is the type, its topic stands in the data', async t => {
  const made = contentOfSend({ title: 'a', message: 'b', priority: 'warning', topic: 'x', data: { link: '/y' }, expires_at: '2030-01-01T00:00:00+01:00' })
  t.match(made, { type: 'warning', data: { topic: 'x', link: '/y' }, expiresAt: Date.UTC(2029, 11, 31, 23) })
  t.equal(wrong(() => contentOfSend({ title: 'a', message: 'b', priority: 'info', topic: 'x', data: { topic: 'y' } })), '/data/topic')
})

test('an envelope becomes the same content, its ids must agree and are its label', async t => {
  const payload = { title: 'a', message: 'b', type: 'error', created_at: '2025-05-03T11:15:26.463425', read: true } as const
  t.match(contentOfEnvelope({ type: 'notification', payload }), { id: undefined, label: undefined, type: 'error', data: {}, createdAt: Date.UTC(2025, 4, 3, 11, 15, 26, 463) })
  t.equal(contentOfEnvelope({ type: 'notification', id: 'n1', payload }).label, 'n1')
  t.equal(contentOfEnvelope({ type: 'notification', payload: { ...payload, id: 'n1' } }).label, 'n1')
  t.equal(contentOfEnvelope({ type: 'notification', id: 'n1', payload: { ...payload, id: 'n1' } }).label, 'n1')
  t.equal(wrong(() => contentOfEnvelope({ type: 'notification', id: 'n1', payload: { ...payload, id: 'n2' } })), '/payload/id')
})

test('a moment that does not exist is named', async t => {
  const payload = { title: 'a', message: 'b', type: 'info' } as const
  t.equal(wrong(() => contentOfSend({ title: 'a', message: 'b', priority: 'info', topic: 'x', expires_at: '2030-02-30T00:00:00Z' })), '/expires_at')
  t.equal(wrong(() => contentOfEnvelope({ type: 'notification', payload: { ...payload, created_at: '2025-13-01T00:00' } })), '/payload/created_at')
  t.equal(wrong(() => contentOfEnvelope({ type: 'notification', payload: { ...payload, expires_at: '2025-01-01T25:00' } })), '/payload/expires_at')
})

test('what is wrong is named where the caller wrote it', async t => {
  const body = { title: 'a', message: 'b', priority: 'info', topic: 'x' } as const
  const sent = (rest: object, path?: string) => wrong(() => draftOf(contentOfSend({ ...body, ...rest }, path), addressing))
  t.equal(sent({ data: { a: '\0' } }), '/data')
  t.equal(sent({ expires_at: '2030-02-30T00:00' }, '/payload'), '/payload/expires_at', 'in a frame')
  t.equal(sent({ data: { topic: 'y' } }, '/payload'), '/payload/data/topic')
  const payload = { title: 'a', message: 'b', type: 'info' } as const
  const broadcast = (rest: object) => wrong(() => draftOf(contentOfEnvelope({ type: 'notification', payload: { ...payload, ...rest } }), addressing))
  t.equal(broadcast({ data: { a: 'a'.repeat(9000) } }), '/payload/data')
})

test('a draft is a whole notification, unread, under the keys of its audience', async t => {
  const made = draftOf({ ...content, id: 'n1', createdAt: 0 }, { ...addressing, keys: keysOfAudience({ companies: ['a'], roles: ['x', 'y'] }), scope: 'a' })
  t.match(made, { id: 'n1', sender: 'user:root', scope: 'a', keys: ['cr:a/x', 'cr:a/y'], type: 'info', topic: 'greetings', expiresAt: null })
  t.same(JSON.parse(made.body), {
    id: 'n1', title: 'Hello', message: 'Belfry is up', type: 'info', created_at: '1970-01-01T00:00:00.000Z', read: false, data: { topic: 'greetings' }
  })
})

test('without an id it gets one that sorts by time', async t => {
  const [one, two] = [draft(), draft()]
  t.match(one.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.ok(one.id < two.id)
})

test('what a retry repeats has the same digest, anything else another', async t => {
  const keyed = { ...addressing, idempotencyKey: 'k' }
  const digest = (rest: Partial<Content> = {}, about: object = {}) => draftOf({ ...content, ...rest }, { ...keyed, ...about }).digest
  const first = digest()
  t.equal(digest(), first, 'the generated id and the time of sending do not count')
  const others: Partial<Content>[] = [
    { id: 'n1' }, { title: 'Hallo' }, { message: 'x' }, { type: 'error' }, { data: { topic: 'other' } }, { data: {} },
    { data: { topic: 'greetings', more: 1 } }, { createdAt: 0 }, { expiresAt: Date.now() + 60_000 }
  ]
  for (const other of others) t.not(digest(other), first, JSON.stringify(other))
  t.not(digest({}, { sender: 'user:eve' }), first, 'another sender')
  t.not(digest({}, { keys: keysOfAudience({ roles: ['all'] }) }), first, 'another audience')
  const named = (users: string[]) => digest({}, { keys: keysOfAudience({ users }) })
  t.equal(named(['a', 'b']), named(['b', 'a', 'b']), 'the same users in another order')
})

test('without newer fields the digest is that of version 9, so that retries of what it stored are recognised', async t => {
  const about = { ...addressing, keys: keysOfAudience({ companies: ['a'] }) }
  const sent = contentOfSend({ id: 'n1', title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings', data: { a: 1 }, expires_at: '2099-01-01' })
  t.equal(draftOf(sent, about).digest, 'z9_cHFFnrj1WLPmQ-OOKR9e4vWpYvPdEWqd6JbIaiho')
  t.equal(draftOf({ ...sent, shape: { urgency: 'normal', actions: [] }, lateJoiners: false }, about).digest, draftOf(sent, about).digest, 'and a default that is spelled out is none')
  const broadcasted = contentOfEnvelope({ type: 'notification', id: 'l1', payload: { title: 'Hello', message: 'Belfry is up', type: 'info' } })
  t.equal(draftOf(broadcasted, about).digest, 'twpk37u5gZy-XfYKvuEy1r38HnaK887jjbkggfc5pD0')
  t.not(draftOf({ ...sent, shape: { urgency: 'low' } }, about).digest, draftOf(sent, about).digest)
})

test('only what names itself can be repeated', async t => {
  t.match(draft(), { isNew: true, digest: '' })
  t.match(draft({ id: 'n1' }), { isNew: false, digest: /^[\w-]{43}$/ })
  t.match(draftOf(content, { ...addressing, idempotencyKey: 'k' }), { isNew: false, digest: /^[\w-]{43}$/ })
})

test('the order of fields in its data does not make another notification of it', async t => {
  const data = (text: string) => draft({ id: 'n1', data: JSON.parse(text) }).digest
  t.equal(data('{"a":1,"b":{"c":[1,2],"d":null}}'), data('{"b":{"d":null,"c":[1,2]},"a":1}'))
  t.not(data('{"a":[1,2]}'), data('{"a":[2,1]}'), 'the order in a list does')
  t.not(data('{"a":{"b":1}}'), data('{"a":1,"b":1}'))
})

test('an expiry must lie in the future', async t => {
  t.same([Date.now(), 0, Date.now() + 60_000, undefined].map(expiresAt => isExpired({ ...content, expiresAt })), [true, true, false, false])
  t.equal(wrong(() => { throw expired(content) }), '/expires_at')
  t.equal(wrong(() => { throw expired({ ...content, path: '/payload' }) }), '/payload/expires_at')
})

test('data holds 8 KiB as JSON and no more, counted in bytes', async t => {
  const frame = JSON.stringify({ s: '' }).length
  t.equal(wrong(() => draft({ data: { s: 'a'.repeat(8192 - frame) } })), undefined)
  t.equal(wrong(() => draft({ data: { s: 'a'.repeat(8193 - frame) } })), '/data')
  t.equal(wrong(() => draft({ data: { s: 'ü'.repeat(5000) } })), '/data')
})

test('data is nested 32 levels deep at most', async t => {
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
  t.equal(wrong(() => draft({ data: { a: nested(31) } })), undefined)
  t.equal(wrong(() => draft({ data: { a: nested(32) } })), '/data')
  t.equal(wrong(() => draft({ data: { a: nested(10_000) } })), '/data')
  t.equal(wrong(() => draft({ data: JSON.parse('{"a":'.repeat(3000) + '1' + '}'.repeat(3000)) })), '/data')
})

test('data holds neither NUL nor lone surrogates, in keys or values, however deep', async t => {
  for (const odd of ['\0', '\ud800', '\udfff', 'a\udc00b', '\udc00\ud800', 'x\\\0']) {
    const name = JSON.stringify(odd)
    t.equal(wrong(() => draft({ data: { a: odd } })), '/data', name)
    t.equal(wrong(() => draft({ data: { [odd]: 1 } })), '/data', `${name} as a key`)
    t.equal(wrong(() => draft({ data: { a: [{ b: [odd] }] } })), '/data', `${name} deep inside`)
  }
})

test('data may hold any other text, also what only looks like an escape', async t => {
  for (const fine of ['\\u0000', '\\ud800', '\\\\u0000', '"\\', '🙂', '\u0001', '\u2028', '\ufffd', '\uffff', '\u007f']) {
    t.equal(wrong(() => draft({ data: { [fine]: fine } })), undefined, encodeURI(fine))
  }
})
