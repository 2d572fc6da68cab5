import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { test } from 'tap'
import { RedisBus } from '../../src/bus/redis.ts'
import { freePort } from '../services/process.ts'
import { redis } from '../services/redis.ts'

// Made for this test; nothing else trusts it.
const file = (name: string) => join(import.meta.dirname, 'tls', name)

test('rediss:// speaks TLS, and only with a server that it trusts', async t => {
  const port = await freePort()
  const server = await redis(t, [
    '--tls-port', String(port), '--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem'),
    '--tls-ca-cert-file', file('cert.pem'), '--tls-auth-clients', 'no'
  ])
  if (!server) return
  const url = `rediss://127.0.0.1:${port}`

  const { promise: refused, resolve: refuse } = Promise.withResolvers<Error>()
  const a = new RedisBus(url, 'k3v9x0qa', { onError: refuse })
  t.teardown(() => a.close())
  t.match((await refused).message, /self.signed/)
  t.notOk(a.isUp, 'whom nobody vouches for is not talked to')

  setDefaultCACertificates([...getCACertificates('default'), readFileSync(file('cert.pem'), 'utf8')])
  const b = new RedisBus(url, 'k3v9x0qa')
  t.teardown(() => b.close())
  await Promise.all([a, b].map(bus => new Promise<void>(resolve => {
    if (bus.isUp) resolve()
    else bus.onChange(isUp => { if (isUp) resolve() })
  })))
  const heard = new Promise(resolve => b.onHint(resolve))
  a.publish({ epoch: 'k3v9x0qa', from: 1, to: 1 })
  t.match(await heard, { epoch: 'k3v9x0qa', from: 1, to: 1 })
})
