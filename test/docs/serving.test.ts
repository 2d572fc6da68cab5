import tap, { test } from 'tap'
import pkg from '../../package.json' with { type: 'json' }
import { build } from '../helper.ts'

const app = await build(tap)
const policyOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers['content-security-policy'])

test('what is no page may load nothing', async t => {
  for (const url of ['/healthz', '/openapi.json', '/api/auth/me', '/nowhere']) {
    t.equal(policyOf(await app.inject(url)), "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'", url)
  }
})

test('pages run scripts from here only, and none that is written into them', async t => {
  for (const url of ['/docs', '/docs/', '/redoc']) {
    const page = await app.inject(url)
    t.equal(page.statusCode, 200)
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' })
    const policy = policyOf(page)
    for (const directive of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
      t.ok(policy.split(';').includes(directive), `${url}: ${directive}`)
    }
    t.notMatch(policy, /unsafe-eval|https?:|upgrade-insecure-requests/)
    t.notMatch(page.body, /<script(?![^>]*\bsrc=)|(src|href)="(https?:)?\/\//, 'refers to nothing elsewhere')
  }
})

test('ReDoc is installed for production, tells its makers nothing, and is cached', async t => {
  t.ok('redoc' in pkg.dependencies)
  t.match((await app.inject('/redoc')).body, /<redoc [^>]*disable-telemetry="true"/)
  const bundle = await app.inject('/redoc/redoc.standalone.js')
  t.match(bundle.headers, { 'content-type': /^text\/javascript/, etag: /^".+"$/ })
  t.notMatch(bundle.body, 'cdn.redoc.ly')
  const again = await app.inject({ url: '/redoc/redoc.standalone.js', headers: { 'if-none-match': String(bundle.headers.etag) } })
  t.strictSame([again.statusCode, again.body], [304, ''])
})
