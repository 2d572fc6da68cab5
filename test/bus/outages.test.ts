import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test, type Test } from 'tap'
import { OutageLog } from '../../src/process/outage-log.ts'
import { loggerOptions } from '../../src/process/logger.ts'
import { build, call, people } from '../helper.ts'
import { Lines } from '../e2e/process.ts'
import { eventually, freePort } from '../services/process.ts'
import { redis } from '../services/redis.ts'

const file = (name: string) => join(import.meta.dirname, 'tls', name)

/** What a node that is given this URL warns of first. */
async function warning (t: Test, url: string): Promise<{ reason: string, redis?: string, text: string }> {
  const stream = new PassThrough()
  const lines = new Lines(stream)
  const app = await build(t, { REDIS_URL: url, RATE_LIMIT: '600' }, { logger: { ...loggerOptions('info'), stream } })
  // Again and again: a request that comes before the connection asks Redis nothing.
  const text = await eventually(async () => {
    t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200, 'which works all the same')
    const line = lines.all.find(line => /"level":40.*"reason":/.test(line))
    if (line === undefined) throw new Error('nothing was said')
    return line
  })
  return { ...JSON.parse(text), text }
}

test('a Redis that is not there', async t => {
  const port = await freePort()
  t.match(await warning(t, `redis://127.0.0.1:${port}`), { reason: `connect ECONNREFUSED 127.0.0.1:${port}`, redis: `127.0.0.1:${port}` })
  t.match((await warning(t, 'redis://no-such-host.invalid')).reason, /ENOTFOUND|EAI_AGAIN/)
})

test('a password that is missing, or wrong', async t => {
  const server = await redis(t, ['--requirepass', 'right'])
  if (!server) return
  t.match((await warning(t, server.url)).reason, /^NOAUTH/)
  const { reason, text } = await warning(t, server.url.replace('redis://', 'redis://:a-wrong-one@'))
  t.match(reason, /^WRONGPASS/)
  t.notMatch(text, 'a-wrong-one')
})

test('TLS where there is none, and none where there is', async t => {
  const port = await freePort()
  const server = await redis(t, [
    '--tls-port', String(port), '--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem'), '--tls-ca-cert-file', file('cert.pem'), '--tls-auth-clients', 'no'
  ])
  if (!server) return
  t.match((await warning(t, `redis://127.0.0.1:${port}`)).reason, /does it want TLS|ECONNRESET/)
  t.match((await warning(t, server.url.replace('redis:', 'rediss:'))).reason, /ETIMEDOUT|wrong version|packet length|closed/i)
})

test('a user that may not subscribe, or run scripts', async t => {
  const noSubscribe = await redis(t, ['--user', ...'default on nopass ~* &* +@all -subscribe'.split(' ')])
  if (!noSubscribe) return
  t.match((await warning(t, noSubscribe.url)).reason, /NOPERM.*subscribe/)
  const noScripts = await redis(t, ['--user', ...'default on nopass ~* &* +@all -@scripting'.split(' ')])
  t.match((await warning(t, noScripts!.url)).reason, /NOPERM/)
})

test('a reason is said once, until it changes or is over', async t => {
  const said: string[] = []
  let now = 0
  const outage = new OutageLog(reason => said.push(reason), () => said.push('end'), () => now)
  outage.reportRecovery()
  for (const message of ['a', 'a', 'b', 'b', 'a']) outage.reportFailure(new Error(message))
  outage.reportRecovery()
  outage.reportRecovery()
  outage.reportFailure(new Error('a'))
  outage.reportFailure(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))
  outage.reportFailure(new Error('the store cannot be reached', { cause: new Error('why') }))
  t.same(said.splice(0), ['a', 'b', 'end', 'a', 'ECONNREFUSED', 'why'])

  for (now = 1_000; now <= 180_000; now += 1_000) outage.reportFailure(new Error('a'))
  t.same(said.splice(0), ['a', 'a', 'a'], 'reminders')
  outage.reportRecovery()
  said.length = 0
  for (let reason = 0; reason < 1_000; reason++) outage.reportFailure(new Error(`port ${reason}`))
  t.equal(said.length, 5, 'reasons that never repeat do not flood either')
})
