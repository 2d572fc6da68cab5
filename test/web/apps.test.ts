import { brotliDecompressSync, gzipSync } from 'node:zlib'
import tap, { test } from 'tap'
import { build, call, isProblem, type App } from '../helper.ts'

const app = await build(tap, { ICON_ORIGINS: 'https://icons.example' })
const PAGES = ['/inbox', '/inbox/', '/console', '/console/', '/console/users/bob?tab=inbox']
const POLICY = [
  "default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "script-src 'self'", "style-src 'self'",
  "img-src 'self' data: https://icons.example", "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'",
  "require-trusted-types-for 'script'", 'trusted-types lit-html belfry'
]

/** What a page loads, as a browser resolves it. */
async function loadedBy (app: App, page: string): Promise<string[]> {
  const { body } = await app.inject(page)
  return [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => new URL(name!, `http://belfry${page}`).pathname)
}

test('a page loads what it names, from wherever it stands, and nothing else is allowed to it', async t => {
  for (const url of PAGES) {
    const { statusCode, headers, body } = await app.inject(url)
    t.equal(statusCode, 200, url)
    t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
    t.strictSame(String(headers['content-security-policy']).split(';'), POLICY)
    t.notMatch(body, /<script(?![^>]*\bsrc=)|style=|(src|href)="(https?:)?\/\//)
    for (const name of await loadedBy(app, url)) t.equal((await app.inject(name)).statusCode, 200, `${url} loads ${name}`)
  }
  isProblem(t, await call(app, null, 'GET', `/console${'/a'.repeat(20)}`), 'BLF_ROUTE_NOT_FOUND')
})

test('scripts and styles are kept for good, compressed', async t => {
  for (const name of (await loadedBy(app, '/inbox')).filter(name => /\.(js|css)$/.test(name))) {
    const { headers, rawPayload } = await app.inject({ url: name, headers: { 'accept-encoding': 'br' } })
    t.match(headers, { 'cache-control': 'public, max-age=31536000, immutable', 'content-type': /^text\/(javascript|css); charset=utf-8$/ }, name)
    // What fits into one packet is sent as it is.
    if (headers['content-encoding'] === undefined) t.ok(rawPayload.length < 1_024, name)
    else t.ok(headers['content-encoding'] === 'br' && brotliDecompressSync(rawPayload).length > rawPayload.length, name)
  }
  isProblem(t, await call(app, null, 'GET', '/static/inbox.AAAAAAAA.js'), 'BLF_ROUTE_NOT_FOUND')
})

test('pages do not grow unnoticed', async t => {
  for (const [page, most] of [['/inbox', 66_400], ['/console', 80_000]] as const) {
    const scripts = (await loadedBy(app, page)).filter(name => name.endsWith('.js'))
    const sizes = await Promise.all(scripts.map(async name => gzipSync((await app.inject(name)).rawPayload, { level: 9 }).length))
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
    t.comment(`${page}: ${size} bytes, gzipped`)
    t.ok(size <= most, `${page} has ${size} bytes, gzipped`)
  }
})

test('an installed app begins where its page is, under any prefix', async t => {
  for (const page of ['/inbox', '/console']) {
    const path = (await loadedBy(app, page)).find(name => name.endsWith('.webmanifest'))!
    const { headers, body } = await app.inject(path)
    t.match(headers, { 'content-type': /^application\/manifest\+json/ })
    const { start_url: start, scope, icons } = JSON.parse(body) as { start_url: string, scope: string, icons: { src: string, sizes: string }[] }
    const from = (url: string) => new URL(url, `http://belfry/prefix${path}`).pathname
    t.same([from(start), from(scope)], [`/prefix${page}`, `/prefix${page}`])
    t.same(icons.map(({ sizes }) => sizes), ['any', '192x192', '512x512'])
    for (const { src } of icons) t.equal((await app.inject(from(src).replace('/prefix', ''))).statusCode, 200, src)
  }
})

test('the elements are one module that pages of any origin may load, with a twin that never changes and the list beside it', async t => {
  const { statusCode, headers, body } = await app.inject('/client/inbox.js')
  t.equal(statusCode, 200)
  t.match(headers, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-cache', 'content-location': /^inbox\.[\w-]{16}\.js$/ })
  t.match(body, /^\/\* @belfry\/inbox \d+\.\d+\.\d+, MIT \*\/\n/)
  t.notMatch(body, /\bimport\s*[{"'*]|\bfrom\s*["']/, 'it imports nothing at once')
  const [, list] = body.match(/"\.\/(list\.[\w-]{16}\.js)"/) ?? []
  t.ok(list, 'and the list by a name relative to its own, so that it works under any prefix')
  for (const [name, text] of [[headers['content-location'], body], [list, /^\/\* @belfry\/inbox .*\nexport default\(/]] as const) {
    const twin = await app.inject(`/client/${name}`)
    t.match(twin.body, text)
    t.notMatch(twin.body, /\bimport\s*[{"'*]|\bfrom\s*["']/)
    t.match(twin.headers, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'public, max-age=31536000, immutable' })
  }
})

test('without the console there are no pages but those of the API', async t => {
  const app = await build(t, { CONSOLE: 'off' })
  for (const url of ['/inbox', '/console', '/console/users']) isProblem(t, await call(app, null, 'GET', url), 'BLF_ROUTE_NOT_FOUND', url)
  t.match((await app.inject({ url: '/', headers: { accept: 'text/html' } })).headers, { 'content-type': /json/ })
  for (const url of ['/docs', '/redoc', '/asyncapi', '/client/inbox.js']) t.equal((await app.inject(url)).statusCode, 200, url)
})
