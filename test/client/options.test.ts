import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { Belfry } from '../../src/client/belfry.ts'
import { rules, settingsOf } from '../../src/client/options.ts'

test('the url is a base address', async t => {
  for (const [url, base] of [
    ['https://belfry.example.com', 'https://belfry.example.com'],
    ['https://belfry.example.com/', 'https://belfry.example.com'],
    ['http://localhost:8000/prefix//', 'http://localhost:8000/prefix'],
    ['wss://belfry.example.com/a/', 'https://belfry.example.com/a'],
    ['ws://[::1]:8000', 'http://[::1]:8000']
  ] as const) t.equal(settingsOf(url, {}).base, base, url)
  t.equal(settingsOf(new URL('https://belfry.example.com/x/'), {}).base, 'https://belfry.example.com/x')
})

test('in a page it may be relative', async t => {
  Object.assign(globalThis, { document: { baseURI: 'https://app.example.com/deep/page.html?x' } })
  t.teardown(() => { delete (globalThis as { document?: unknown }).document })
  for (const [url, base] of [['/', 'https://app.example.com'], ['/belfry', 'https://app.example.com/belfry'], ['.', 'https://app.example.com/deep'], ['//other.example.com', 'https://other.example.com']] as const) t.equal(settingsOf(url, {}).base, base, url)
})

test('what is wrong is named', async t => {
  for (const [url, message] of [
    ['', /^url must be an address such as https/], ['/', /^url must be an address/], ['belfry', /^url must be an address/],
    ['ftp://belfry.example.com', /^url must be an address/], ['javascript:alert(1)', /^url must be an address/], ['https://alice:secret@belfry.example.com', /without alice$/],
    ['https://belfry.example.com/ws/notifications', /without \/ws\/notifications/],
    ['https://belfry.example.com/?tenant=a', /without \?tenant=a/], ['https://belfry.example.com/#inbox', /without #inbox/]
  ] as const) t.throws(() => new Belfry(url), { name: 'TypeError', message }, url)
  for (const value of [0, -1, NaN, Infinity, 2 ** 31, '5']) {
    t.throws(() => new Belfry('https://belfry.example.com', { timeout: value as number }), { name: 'TypeError', message: /^timeout must be/ })
  }
  const wrong: Record<string, unknown[]> = {
    transports: [[], ['sse'], 'sse', [null], { open () {} }],
    topics: ['ab', ['a b'], [''], ['a,b'], ['я'], ['a'.repeat(65)], [5], new Set(['a']), Array.from({ length: 101 }, (_, index) => `t${index}`), null],
    device: ['', 'ä', 'a b', '.', '..', 'me', 'a'.repeat(129), 5, null],
    token: [5, '', null, {}],
    getToken: ['x', null, 5],
    fetch: [null, 'x'],
    websocket: [null, {}],
    shareTabs: ['no', 0, null],
    storage: [null, {}, 'indexedDb', () => {}]
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) t.throws(() => new Belfry('https://belfry.example.com', { [name]: value }), { name: 'TypeError', message: new RegExp(`^${name} must be`) }, `${name} ${JSON.stringify(value)}`)
  }
  const client = new Belfry('https://belfry.example.com')
  for (const token of [5, '', null, undefined]) t.throws(() => client.setToken(token as string), { name: 'TypeError', message: /^token must be/ })
})

test('a name that is misspelt is told, and the nearest one', async t => {
  for (const [name, option] of [['tokn', 'token'], ['getTokn', 'getToken'], ['gettoken', 'getToken'], ['topic', 'topics'], ['webSocket', 'websocket'], ['transport', 'transports'], ['maxReconectDelay', 'maxReconnectDelay'], ['minReconnectionDelay', 'minReconnectDelay'], ['sharedTabs', 'shareTabs'], ['timeOut', 'timeout'], ['pingTimeout', 'timeout'], ['store', 'storage']] as const) {
    t.throws(() => new Belfry('https://belfry.example.com', { [name]: 'x' }), { name: 'TypeError', message: `There is no option ${name}. The nearest is ${option}.` })
  }
  for (const name of ['__proto__', 'constructor', 'toString', '']) t.throws(() => new Belfry('https://belfry.example.com', JSON.parse(`{"${name}":"x"}`)), { name: 'TypeError', message: /^There is no option/ }, name)
})

test('so is an event', async t => {
  const client = new Belfry('https://belfry.example.com')
  for (const [name, event] of [['notifications', 'notification'], ['notification.recall', 'notification.recalled'], ['Connected', 'connected'], ['disconnect', 'disconnected'], ['read_all', 'inbox.read_all'], ['token_expiring', 'token.expiring'], ['__proto__', undefined], [5, undefined], [undefined, undefined]] as const) {
    t.throws(() => client.on(name as never, () => {}), { name: 'TypeError', message: new RegExp(`^There is no event ${name}\\. The nearest is ${event ?? '[a-z.]+'}\\.$`) })
  }
})

test('the bounds of the waits are in order', async t => {
  for (const options of [{ minReconnectDelay: 30_000 }, { maxReconnectDelay: 400 }, { minReconnectDelay: 2, maxReconnectDelay: 1 }]) {
    t.throws(() => new Belfry('https://belfry.example.com', options), { name: 'TypeError', message: /^maxReconnectDelay must be minReconnectDelay or more/ })
  }
  t.ok(new Belfry('https://belfry.example.com', { minReconnectDelay: 5, maxReconnectDelay: 5 }))
})

test('options are an object', async t => {
  for (const options of [null, 'x', 5, []]) t.throws(() => new Belfry('https://belfry.example.com', options as never), { name: 'TypeError', message: 'options must be an object.' })
})

test('what is right is taken, as the server does', async t => {
  const topics = [...Array.from({ length: 98 }, (_, index) => `t${index}`), 'a'.repeat(64), '*']
  for (const options of [{ topics }, { topics: [] }, { topics: ['A.b_c-9'] }, { device: 'a'.repeat(128) }, { device: 'my:phone.1_2-3' }, { device: 'men' }, { shareTabs: false }]) t.ok(new Belfry('https://belfry.example.com', options))
})

test('undefined is as good as absent', async t => {
  const { timeout, minReconnectDelay, maxReconnectDelay, maxServerPingDelay, shareTabs, transports } = settingsOf('https://belfry.example.com', { timeout: undefined, shareTabs: undefined })
  t.same({ timeout, minReconnectDelay, maxReconnectDelay, maxServerPingDelay, shareTabs, transports: transports.map(({ name }) => name) },
    { timeout: 5000, minReconnectDelay: 500, maxReconnectDelay: 20_000, maxServerPingDelay: 10_000, shareTabs: true, transports: ['websocket'] })
})

test('every option is documented, with its default', async t => {
  const [, documented = ''] = /\n## Options\n([^]*?)\n## /.exec(readFileSync(join(import.meta.dirname, '../../docs/client.md'), 'utf8')) ?? []
  const rows = [...documented.matchAll(/^\| (`.*`) \|.*\|(.*)\|$/gm)].flatMap(([, names, fallback]) => [...names!.matchAll(/\w+/g)].map(([name]) => [name, fallback!.replaceAll('`', '').trim()] as const))
  t.same(rows.map(([name]) => name).sort(), Object.keys(rules).sort())
  for (const [name, fallback] of rows) {
    const [, , own] = rules[name as keyof typeof rules]
    if (typeof own === 'number' || typeof own === 'boolean') t.equal(fallback, String(own), name)
  }
})
