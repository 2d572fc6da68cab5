import { test } from 'tap'
import { Belfry } from '../../src/client/belfry.ts'
import { settingsOf } from '../../src/client/options.ts'

test('the url is a base address', async t => {
  for (const [url, base] of [
    ['https://belfry.example.com', 'https://belfry.example.com'],
    ['https://belfry.example.com/', 'https://belfry.example.com'],
    ['http://localhost:8000/prefix//', 'http://localhost:8000/prefix'],
    ['wss://belfry.example.com/a?b=c#d', 'https://belfry.example.com/a'],
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
    ['', /must be the address/], ['/', /must be the address/], ['belfry', /must be the address/],
    ['ftp://belfry.example.com', /begin with https/], ['javascript:alert(1)', /begin with https/], ['https://alice:secret@belfry.example.com', /without a user name/],
    ['https://belfry.example.com/ws/notifications', /without \/ws\/notifications/]
  ] as const) t.throws(() => new Belfry(url), { name: 'TypeError', message }, url)
  for (const value of [0, -1, NaN, Infinity, 2 ** 31, '5']) {
    if (value !== '5') t.throws(() => new Belfry('https://belfry.example.com', { timeout: value as number }), { name: 'TypeError', message: /^timeout must be/ })
  }
  t.throws(() => new Belfry('https://belfry.example.com', { transports: [] }), { message: /^transports/ })
})

test('undefined is as good as absent', async t => {
  const { timeout, minReconnectDelay, maxReconnectDelay, maxServerPingDelay, shareTabs, transports } = settingsOf('https://belfry.example.com', { timeout: undefined, shareTabs: undefined })
  t.same({ timeout, minReconnectDelay, maxReconnectDelay, maxServerPingDelay, shareTabs, transports: transports.map(({ name }) => name) },
    { timeout: 5000, minReconnectDelay: 500, maxReconnectDelay: 20_000, maxServerPingDelay: 10_000, shareTabs: true, transports: ['websocket'] })
})
