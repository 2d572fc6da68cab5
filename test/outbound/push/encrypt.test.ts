import { test } from 'tap'
import type { PushPayload } from '../../../src/protocol/outbound/push.ts'
import { areUsable, encrypt, MAX_PLAINTEXT_BYTES } from '../../../src/outbound/push/encrypt.ts'
import { encodePayload, pushTopic, SHORT_BYTES } from '../../../src/outbound/push/payload.ts'
import { PushServices } from '../../../src/outbound/push/services.ts'
import { Vapid } from '../../../src/outbound/push/vapid.ts'
import { isPushKey, isPushSubject, newPushKey } from '../../../src/settings/push.ts'
import { Browser, faultOfToken } from './service.ts'

/** RFC 8291 §5 and appendix A. */
const RFC = {
  text: 'When I grow up, I want to be a watermelon',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  publicKey: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  message: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'
}
const decoded = (text: string) => Buffer.from(text, 'base64url')

test('a message is encrypted as in RFC 8291', async t => {
  const { text, p256dh, auth, privateKey, salt, message, publicKey } = RFC
  t.equal(encrypt(Buffer.from(text), { p256dh, auth }, { salt: decoded(salt), privateKey: decoded(privateKey) }).toString('base64url'), message)
  t.equal(new Vapid({ privateKey, subject: 'mailto:ops@example.com' }).publicKey, publicKey)
})

test('another implementation decrypts messages of any length that fits, each with a key of its own', async t => {
  const browser = new Browser('https://push.example.net/1')
  for (const length of [0, 1, 100, MAX_PLAINTEXT_BYTES - 2]) {
    const text = JSON.stringify('x'.repeat(length))
    const [one, other] = [encrypt(Buffer.from(text), browser.subscription.keys), encrypt(Buffer.from(text), browser.subscription.keys)]
    t.equal(browser.open(one), JSON.parse(text))
    t.not(one.subarray(21, 86).toString('hex'), other.subarray(21, 86).toString('hex'))
    t.ok(one.length <= 4_096)
  }
  const messages = Array.from({ length: 600 }, () => encrypt(Buffer.from('x'), browser.subscription.keys))
  for (const [what, from, to] of [['salt', 0, 16], ['key', 21, 86]] as const) t.equal(new Set(messages.map(message => message.subarray(from, to).toString('hex'))).size, messages.length, `each has a ${what} of its own`)
  t.throws(() => encrypt(Buffer.alloc(MAX_PLAINTEXT_BYTES + 1), browser.subscription.keys), RangeError)
})

test('keys that no browser made are told', async t => {
  const { p256dh, auth } = RFC
  t.ok(areUsable({ p256dh, auth }))
  const point = decoded(p256dh)
  const offCurve = Buffer.concat([point.subarray(0, 64), Buffer.of(point[64]! ^ 1)])
  const compressed = Buffer.concat([Buffer.of(2), point.subarray(1, 33)])
  const hybrid = Buffer.concat([Buffer.of(6), point.subarray(1)])
  for (const bad of [offCurve, compressed, hybrid, Buffer.alloc(65), Buffer.of(0), Buffer.concat([point, Buffer.of(0)])]) t.notOk(areUsable({ p256dh: bad.toString('base64url'), auth }), bad.toString('hex').slice(0, 20))
  for (const bad of ['', decoded(auth).subarray(1).toString('base64url'), Buffer.alloc(17).toString('base64url')]) t.notOk(areUsable({ p256dh, auth: bad }))
})

test('a token is good for its push service, and is used for hours', async t => {
  const vapid = new Vapid({ privateKey: newPushKey(), subject: 'mailto:ops@example.com' })
  const tokenOf = (endpoint: string, now: number) => vapid.authorization(new URL(endpoint).origin, now).slice('vapid t='.length).split(', k=') as [string, string]
  const now = Date.now()
  const [token, key] = tokenOf('https://push.example.net/push/1', now)
  t.equal(key, vapid.publicKey)
  t.equal(faultOfToken(token, key, 'https://push.example.net'), undefined)
  t.equal(tokenOf('https://push.example.net/push/2', now + 10 * 3_600_000)[0], token)
  t.not(tokenOf('https://push.example.net/push/2', now + 11 * 3_600_000)[0], token, 'not up to its end')
  t.equal(faultOfToken(tokenOf('https://push.example.net:8443/1', now)[0], key, 'https://push.example.net:8443'), undefined)
})

test('a receipt says what it is for, and nobody else makes one', async t => {
  const [vapid, other] = [new Vapid({ privateKey: newPushKey(), subject: 'mailto:a@b.de' }), new Vapid({ privateKey: newPushKey(), subject: 'mailto:a@b.de' })]
  const subject = { subscriptionId: '0192f0c1-c3e5-7d22-8e4f-6b7c8d9eaf01', seq: 123_456 }
  const receipt = vapid.receipt(subject)
  t.same(vapid.subjectOf(receipt), subject)
  for (const bad of [other.receipt(subject), receipt.replace('.2n9c', '.2n9d'), `${receipt}A`, receipt.slice(0, -1), '', 'a.b.c', `${receipt}\n`]) t.equal(vapid.subjectOf(bad), undefined, bad)
})

test('a payload is cut to what fits: the message, then the buttons, then the address', async t => {
  const payload: PushPayload = { id: 'n', title: 'Title', message: 'short', url: '/orders/1', actions: [{ id: 'a', label: 'A' }], unread_count: 3, receipt: 'r', tag: 't' }
  const decode = (bytes: Buffer) => JSON.parse(bytes.toString()) as PushPayload
  t.same(decode(encodePayload(payload)), payload)
  for (const letter of ['x', 'ü', '"', '\u{1f514}']) {
    const message = letter.repeat(4_000 / letter.length)
    // Wherever the last character begins.
    for (const title of ['', 'x', 'xx', 'xxx']) t.ok(decode(encodePayload({ ...payload, title, message })).message.endsWith(`${letter}…`))
    const bytes = encodePayload({ ...payload, message })
    const cut = decode(bytes).message
    t.ok(bytes.length <= MAX_PLAINTEXT_BYTES && bytes.length > MAX_PLAINTEXT_BYTES - 8, `${bytes.length} bytes`)
    t.ok(cut.endsWith(`${letter}…`) && message.startsWith(cut.slice(0, -1)), 'at a character')
    t.ok(encodePayload({ ...payload, message }, SHORT_BYTES).length <= SHORT_BYTES)
  }
  const long = `https://example.com/${'x'.repeat(2_000)}`
  const actions = ['a', 'b', 'c'].map(id => ({ id, label: id, url: long }))
  t.match(decode(encodePayload({ ...payload, actions })), { url: '/orders/1', actions: undefined, message: 'short' })
  t.match(decode(encodePayload({ ...payload, url: long }, SHORT_BYTES)), { url: undefined, actions: undefined, message: 'short' })
  t.match(pushTopic('x'), /^[A-Za-z0-9_-]{32}$/)
})

test('a push service that does not answer is left alone, and tried by one call', async t => {
  let now = 0
  const services = new PushServices(() => now)
  const [one, other] = ['https://a.example', 'https://b.example']
  for (let count = 1; count < 8; count++) services.unanswered(one)
  t.equal(services.waitFor(one), 0)
  services.unanswered(one)
  t.same([services.waitFor(one), services.waitFor(other)], [30_000, 0])
  now = 30_000
  t.equal(services.waitFor(one), 0)
  services.unanswered(one)
  t.equal(services.waitFor(one), 30_000, 'still away')
  services.answered(one)
  services.unanswered(one)
  t.equal(services.waitFor(one), 0)
  services.answered(other, 5_000)
  t.equal(services.waitFor(other), 5_000)
  services.answered(other, 1e9)
  t.equal(services.waitFor(other), 3_600_000)
})

test('the subject must be an address that push services can write to', async t => {
  for (const good of ['mailto:ops@example.com', 'mailto:a.b+c@mail.example.co.uk', 'https://example.com', 'https://example.com/contact', 'https://xn--bcher-kva.example.com/']) t.ok(isPushSubject(good), good)
  for (const bad of [
    'mailto:ops@localhost', 'mailto:root@box.local', 'https://localhost', 'https://localhost:8000/', 'https://127.0.0.1/', 'https://[::1]/', 'https://10.0.0.1', 'http://example.com', 'ops@example.com', 'mailto:', 'mailto:@example.com',
    'mailto:ops@', 'mailto:a@b@example.com', 'mailto:a@example.com,b@example.com', 'mailto:ops@example.com?subject=x', 'https://user:pass@example.com', 'mailto:ops@intranet', 'mailto:ops@x.test', 'https://2130706433', 'mailto:ops@example.com\nx', ''
  ]) t.notOk(isPushSubject(bad), bad)
})

test('a key of P-256', async t => {
  for (let count = 0; count < 20; count++) t.ok(isPushKey(newPushKey()))
  for (const bad of ['', 'x', newPushKey().slice(1), `${newPushKey()}=`, Buffer.alloc(32).toString('base64url'), Buffer.alloc(32, 255).toString('base64url')]) t.notOk(isPushKey(bad), bad)
})
