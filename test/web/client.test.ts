import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gzipSync } from 'node:zlib'
import tap, { test } from 'tap'
import pkg from '../../package.json' with { type: 'json' }
import { bundle, endBundling } from '../../src/web/bundle.ts'
import * as own from '../../src/web/served.ts'
import { scripts } from '../../src/web/client.ts'
import { folder } from '../folder.ts'
import { build, call, isProblem } from '../helper.ts'

const app = await build(tap, { ALLOWED_ORIGINS: 'https://shop.example' })
tap.teardown(endBundling)

test('the client is one module that pages of any origin may load, and so are preferences', async t => {
  for (const [name, origin] of [['belfry', undefined], ['belfry', 'https://shop.example'], ['belfry', 'https://elsewhere.example'], ['preferences', 'null']] as const) {
    const { statusCode, headers, body } = await app.inject({ url: `/client/${name}.js`, headers: origin === undefined ? {} : { origin } })
    t.equal(statusCode, 200)
    t.match(headers, {
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      etag: /^".+"$/
    }, String(origin))
    t.match(headers['content-security-policy'], /^default-src 'none'/)
    t.notMatch(body, /\bimport\s*[{"'*]|\bfrom\s*["']/, 'it imports nothing')
    t.match(body, /^\/\* @belfry\/client \d+\.\d+\.\d+, MIT \*\/\n/)
  }
})

for (const file of ['belfry', 'preferences']) {
  test(`the twin of ${file}.js is kept for good, and changes its name with its content`, async t => {
    const { headers, body, rawPayload } = await app.inject(`/client/${file}.js`)
    const name = String(headers['content-location'])
    t.match(name, new RegExp(`^${file}\\.[\\w-]{16}\\.js$`))
    const twin = await app.inject({ url: `/client/${name}`, headers: { 'accept-encoding': 'br' } })
    t.match(twin.headers, { 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'br', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
    t.ok(brotliDecompressSync(twin.rawPayload).equals(rawPayload))
    t.equal((await app.inject(`/client/${name}`)).body, body)
    const again = await app.inject({ url: `/client/${file}.js`, headers: { 'if-none-match': String(headers.etag) } })
    t.strictSame([again.statusCode, again.body], [304, ''])
    for (const other of ['belfry.AAAAAAAAAAAAAAAA.js', 'preferences.AAAAAAAAAAAAAAAA.js', 'constructor.js', 'package.json', 'index.ts', '..%2fapp.ts']) isProblem(t, await call(app, null, 'GET', `/client/${other}`), 'BLF_ROUTE_NOT_FOUND', other)
  })
}

/** What a script loads on demand, by its name: it is named relative to the script, so that it works under any prefix. */
const partOf = (body: string, name: string) => body.match(new RegExp(`"\\./(${name}\\.[\\w-]{16}\\.js)"`))?.[1]

test('what is loaded on demand lies beside it for pages of any origin, whichever of the twins they load', async t => {
  for (const [script, name, text] of [['belfry', 'sending', 'api/notifications/batch'], ['belfry', 'stream', 'text/event-stream'], ['inbox', 'sending', 'api/notifications/batch'], ['inbox', 'stream', 'text/event-stream']] as const) {
    const { body, headers } = await app.inject(`/client/${script}.js`)
    t.equal(partOf((await app.inject(`/client/${headers['content-location']}`)).body, name), partOf(body, name))
    const part = await app.inject(`/client/${partOf(body, name)}`)
    t.match(part.headers, {
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable'
    })
    t.match(part.headers['content-security-policy'], /^default-src 'none'/)
    t.match(part.body, /^\/\* @belfry\/\w+ \d+\.\d+\.\d+, MIT \*\/\nexport default\(/)
    t.notMatch(part.body, /\bimport\b|\bfrom\s*["']/, 'it imports nothing')
    t.ok(part.body.includes(text))
    t.notOk(body.includes(text))
  }
})

test('no module that is served imports another at once, which might be missing', async t => {
  for (const script of Object.values(scripts)) {
    for (const [name, { content }] of (await script()).files) t.notMatch(content.toString(), /(?:^|[;}])import\s*[{"'*]|\bfrom\s*["']\.|export\s*\*/m, name)
  }
})

test('Node runs it, and what it exports has names', async t => {
  const home = folder(t)
  const { body } = await app.inject('/client/belfry.js')
  const part = partOf(body, 'sending')!
  for (const [name, text] of [['belfry.mjs', body], [part, (await app.inject(`/client/${part}`)).body]] as const) writeFileSync(join(home, name), text)
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  const served = await import(join(home, 'belfry.mjs')) as typeof own
  t.strictSame(Object.keys(served).sort(), Object.keys(own).sort())
  t.notOk('default' in served)
  const requests: string[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    requests.push(`${init!.method} ${String(url)}`)
    return Response.json(JSON.parse(String(init!.body)))
  }
  const sent = await new served.Belfry('https://belfry.test', { token: 'a.token.here', fetch }).send({ id: 'mine', title: 'a', message: 'b', priority: 'info', topic: 'c' })
  t.strictSame([sent.id, requests], ['mine', ['POST https://belfry.test/api/notifications/send']])
  const refused = await new served.Belfry('https://belfry.test', { token: 'a.token.here', fetch }).send(null as never).catch(error => error)
  t.ok(refused instanceof served.BelfryError, 'what is loaded has the same errors')
})

test('it does not grow unnoticed', async t => {
  const gzipped = (content: string | Buffer) => gzipSync(content, { level: 9 }).length
  const sizeOf = async (files: string[], external: string[] = []) => gzipped(await bundle(files, external))
  const core = await sizeOf(['index.ts'], ['./inbox/index.ts'])
  const { name, files } = await scripts.belfry()
  const all = gzipped(files.get(name)!.content)
  const onDemand = [...files.values()].reduce((sum, { content }) => sum + gzipped(content), 0) - all
  t.comment(`without inboxes ${core} bytes, all ${all} bytes, and ${onDemand} on demand`)
  t.ok(core <= 9_010, `without inboxes: ${core} bytes, gzipped`)
  t.ok(all <= 17_475, `all: ${all} bytes, gzipped`)
  t.ok(onDemand <= 2_322, `on demand: ${onDemand} bytes, gzipped`)
  const sent = (await files.get(name)!.body('br')).length
  t.ok(sent <= 16_010, `all: ${sent} bytes as browsers get it, by Brotli`)
  const preferences = await sizeOf(['preferences.ts'])
  t.comment(`preferences alone ${preferences} bytes`)
  t.ok(preferences <= 2_330, `preferences: ${preferences} bytes, gzipped`)
})

test('names that begin with _ are of the client alone, and shortened', async t => {
  const folder = join(import.meta.dirname, '../../src')
  const sources = globSync('client/**/*.ts', { cwd: folder }).map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)
  const internal = new Set(sources.flatMap(([, text]) => text.match(/\b_[a-z]\w*/gi) ?? []))
  t.ok(internal.size > 20)
  const outside = [...globSync('protocol/*.ts', { cwd: folder }), ...['api', 'errors', 'events', 'inbox/types', 'options', 'react', 'seam', 'storage', 'sending/types', 'tabs/messages', 'connection/transport', 'preferences', 'preferences/store', 'backend/reports', 'push'].map(name => `client/${name}.ts`)]
  for (const name of outside) t.notMatch(readFileSync(join(folder, name), 'utf8'), /(^|[^\w'(])_[a-z]/im, `${name} is seen by others, or crosses to them`)
  for (const [name, text] of sources) t.notMatch(text, /['"`]_[a-z]/i, `${name} names one in a string, where it would stay as it is`)
  // A variable may get a name like _n.
  t.notMatch(await bundle(['../web/served.ts']), /[.{,]_[a-z]\w{2,}/i)
})

test('what makes it is installed for production', async t => {
  t.ok('esbuild' in pkg.dependencies)
})
