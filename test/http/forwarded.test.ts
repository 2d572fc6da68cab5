import { test } from 'tap'
import { proxiesAt } from '../../src/http/forwarded.ts'
import { bearer, build, call, isProblem, people } from '../helper.ts'

test('proxies are told from others by address, and what is no address is none', async t => {
  const isProxy = proxiesAt(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
  for (const address of ['10.1.2.3', '192.0.2.7', '::ffff:10.1.2.3', 'fd00::1']) t.ok(isProxy(address), address)
  for (const address of ['11.0.0.1', '192.0.2.8', 'fe80::1', '', 'unknown', '10.1.2.3:80', '10.1.2', '_hidden']) t.notOk(isProxy(address), address)
})

test('an address forwarded by a trusted proxy that is none is a 400, wherever it stands', async t => {
  const app = await build(t, { TRUST_PROXY: '127.0.0.1,10.0.0.0/8', RATE_LIMIT: '600' })
  const ask = (forwarded: string, url = '/api/auth/me') => call(app, people.bob, 'GET', url, undefined, { ...bearer(people.bob), 'x-forwarded-for': forwarded })
  for (const forwarded of ['garbage', '192.0.2.1, garbage', 'garbage, 10.0.0.1', '192.0.2.1:4711', 'unknown', '_hidden']) {
    for (const url of ['/api/auth/me', '/nowhere', '/healthz', '/ws/notifications']) isProblem(t, await ask(forwarded, url), 'BLF_BAD_REQUEST', `${forwarded} ${url}`)
  }
  t.equal((await ask('garbage, 192.0.2.1')).status, 200, 'what stands before an address that is not trusted is not looked at')
  t.equal((await ask('2001:db8::1, 10.0.0.1')).status, 200)
  const alone = await build(t)
  t.equal((await call(alone, people.bob, 'GET', '/api/auth/me', undefined, { 'x-forwarded-for': 'garbage' })).status, 200, 'nobody is believed without TRUST_PROXY')
})
