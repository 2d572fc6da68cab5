import { test } from 'tap'
import type { BelfryError } from '../../src/errors.ts'
import { checkContent, type Checked } from '../../src/notification/check.ts'

/** What is wrong with a content that its schema accepts. */
function wrong (content: Checked, path = ''): { path: string, message: string } | undefined {
  try {
    checkContent(path, content)
  } catch (error) {
    return (error as BelfryError).errors![0]
  }
  return undefined
}

test('a URL must be one by the URL standard, without a user or a password', async t => {
  for (const url of ['https://shop.example/a?b=c#d', 'http://127.0.0.1:8080', 'https://münchen.example/ü', 'https://[::1]/', 'mailto:ann@shop.example?subject=a%20b', '/', '/a', '/a//b', '/a\\b', '/a@b', '/./..//x', 'https://shop.example/@ann', 'https://shop.example/?to=a@b']) {
    t.equal(wrong({ url }), undefined, url)
  }
  for (const url of ['https://', 'https://a b', 'https://[::1', 'https://shop.example:99999', 'https://%', '//evil.example']) {
    t.equal(wrong({ url })?.message, 'must be a valid URL', url)
  }
  for (const url of ['https://bank.example@evil.example', 'https://@evil.example', 'https://a:b@evil.example/', 'HTTP://a:@evil.example?x', 'https:///a@evil.example', 'https://\\@evil.example']) {
    t.equal(wrong({ url })?.message, 'must not contain a user name or a password', url)
  }
})

test('each of them is checked, and named where the caller wrote it', async t => {
  const url = 'https://'
  t.equal(wrong({ url })?.path, '/url')
  t.equal(wrong({ icon: url }, '/payload')?.path, '/payload/icon')
  t.equal(wrong({ actions: [{ id: 'a', label: 'A', url: '/' }, { id: 'b', label: 'B', url }] }, '/items/3')?.path, '/items/3/actions/1/url')
})

test('the ids of actions differ', async t => {
  const [a, b] = [{ id: 'a', label: 'A' }, { id: 'b', label: 'A' }]
  t.equal(wrong({ actions: [] }), undefined)
  t.equal(wrong({ actions: [a, b, { ...a, id: 'A' }] }), undefined)
  t.equal(wrong({ actions: [a, b, a] })?.path, '/actions/2/id')
})

test('the key of a text that clients translate is a text, its arguments are texts and numbers', async t => {
  const data = (data: Record<string, unknown>) => wrong({ data })?.path
  t.equal(data({ key: 'order_shipped', args: { order: 1742, carrier: 'DHL', empty: '' } }), undefined)
  t.equal(data({ key: 'k', args: {} }), undefined)
  t.equal(data({ args: { n: 1 } }), undefined)
  for (const key of ['', 'k'.repeat(201), 1, null, ['k'], {}]) t.equal(data({ key }), '/data/key', JSON.stringify(key))
  for (const args of [null, 'x', 1, ['a'], [], true]) t.equal(data({ args }), '/data/args', JSON.stringify(args))
  for (const value of [null, true, ['a'], { a: 1 }]) t.equal(data({ args: { ok: 1, 'a/b~': value } }), '/data/args/a~1b~0', JSON.stringify(value))
  t.equal(data({ deeper: { key: 1, args: null } }), undefined, 'only there')
})
