import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import tap, { test } from 'tap'
import pkg from '../../package.json' with { type: 'json' }
import { build, type App } from '../helper.ts'

const app = await build(tap)
const policyOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers['content-security-policy'])
const PAGES = ['/docs', '/docs/', '/redoc', '/redoc/', '/asyncapi', '/asyncapi/']

/** What a page loads, as a browser resolves it. */
async function loadedBy (app: App, page: string): Promise<string[]> {
  const { body } = await app.inject({ url: page, headers: { accept: 'text/html' } })
  const names = [...body.matchAll(/(?:src|href|spec-url|data-document)="([^"#]+)"/g)].map(([, name]) => name!)
  return names.map(name => new URL(name, `http://belfry${page}`).pathname)
}

test('what is no page may load nothing', async t => {
  for (const url of ['/healthz', '/openapi.json', '/api/auth/me', '/nowhere']) {
    t.equal(policyOf(await app.inject(url)), "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'", url)
  }
})

test('pages run scripts from here only, and none that is written into them', async t => {
  for (const url of PAGES) {
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

test('with and without a slash at the end, pages and routes answer the same', async t => {
  for (const page of PAGES) {
    const loaded = await loadedBy(app, page)
    t.ok(loaded.length > 1)
    for (const url of loaded) t.equal((await app.inject(url)).statusCode, 200, `${page} loads ${url}`)
  }
  for (const url of ['/healthz', '/readyz', '/openapi.json', '/api/auth/me', '/favicon.ico', '/metrics']) {
    const [bare, slashed] = [await app.inject(url), await app.inject(`${url}/`)]
    t.equal(slashed.statusCode, bare.statusCode, url)
    t.not(bare.statusCode, 404, url)
  }
})

test('what a page loads is compressed, and kept for good: its name changes with it', async t => {
  for (const page of ['/', '/docs', '/redoc', '/asyncapi']) {
    for (const url of await loadedBy(app, page)) {
      if (!/\.\w+\.(js|css|svg)$/.test(url)) continue
      const plain = await app.inject(url)
      t.match(plain.headers, { 'cache-control': 'public, max-age=31536000, immutable', etag: /^"[\w-]{16}"$/, vary: /accept-encoding/ }, url)
      t.notOk('content-encoding' in plain.headers)
      if (plain.rawPayload.length < 1_024) continue
      for (const [encoding, unpack] of [['br', brotliDecompressSync], ['gzip', gunzipSync]] as const) {
        const packed = await app.inject({ url, headers: { 'accept-encoding': encoding } })
        t.equal(packed.headers['content-encoding'], encoding)
        t.not(packed.headers.etag, plain.headers.etag)
        t.ok(packed.rawPayload.length < plain.rawPayload.length / 2)
        t.ok(unpack(packed.rawPayload).equals(plain.rawPayload), `${url} in ${encoding}`)
      }
    }
  }
})

test('pages and the document are asked about each time, and come again only when they changed', async t => {
  for (const url of ['/docs', '/redoc', '/asyncapi', '/openapi.json', '/asyncapi.json', '/favicon.ico']) {
    for (const encoding of ['br', 'identity']) {
      const headers = { 'accept-encoding': encoding }
      const first = await app.inject({ url, headers })
      t.match(first.headers, { 'cache-control': 'no-cache', etag: /^".+"$/ }, url)
      const again = await app.inject({ url, headers: { ...headers, 'if-none-match': String(first.headers.etag) } })
      t.strictSame([again.statusCode, again.body], [304, ''], url)
      t.equal((await app.inject({ url, headers: { ...headers, 'if-none-match': '"another"' } })).statusCode, 200)
    }
  }
})

test('ReDoc is installed for production and tells its makers nothing', async t => {
  t.ok('redoc' in pkg.dependencies)
  const page = await app.inject('/redoc')
  t.match(page.body, /<redoc [^>]*disable-telemetry="true"/)
  const [script] = (await loadedBy(app, '/redoc')).filter(url => url.endsWith('.js'))
  const bundle = await app.inject(script!)
  t.match(bundle.headers['content-type'], /^text\/javascript/)
  t.notMatch(bundle.body, 'cdn.redoc.ly')
})
