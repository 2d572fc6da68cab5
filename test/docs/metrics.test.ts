import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { build } from '../helper.ts'
import { bearing, makeKey } from '../security/accounts.ts'

test('the metrics of docs/running.md are those there are, for a key with the one scope', async t => {
  // Nothing listens there: some metrics are of what can be switched off.
  const app = await build(t, { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'belfry@example.com' })
  const key = await makeKey(app, 'prometheus', ['metrics:read'])
  const { body, statusCode } = await app.inject({ url: '/metrics', headers: bearing(key) })
  t.equal(statusCode, 200)
  const there = [...body.matchAll(/^# TYPE (belfry_\w+) /gm)].map(([, name]) => name!)
  const page = readFileSync(join(import.meta.dirname, '../../docs/running.md'), 'utf8')
  const table = page.slice(page.indexOf('## Metrics'), page.indexOf('Worth an alarm'))
  t.same([...table.matchAll(/`(belfry_\w+)`/g)].map(([, name]) => name!).sort(), there.sort())
})
