import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build as bundle, stop } from 'esbuild'
import tap, { test } from 'tap'
import pkg from '../../src/client/package.json' with { type: 'json' }
import root from '../../package.json' with { type: 'json' }
import { browse } from '../docs/browsing.ts'
import { mint, people } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { install, link, pack, runIn } from './packed.ts'
import { site, tellBob } from './site.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)
tap.teardown(stop)

const browser = (await chromium(tap))!
const tarball = await pack(tap)
const home = await install(tap, tarball)
const installed = join(home, 'node_modules/@belfry/client')
const entries = Object.keys(pkg.exports).map(path => path.replace('.', pkg.name))

test('the tarball has JavaScript, declarations and maps, and nothing else', async t => {
  const files = globSync('**/*', { cwd: installed, withFileTypes: true }).filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(installed.length + 1))
  const kinds = new Set(files.map(file => file.replace(/^.*?(\.d\.ts|\.js\.map|\.\w+|)$/, '$1')))
  t.strictSame([...kinds].sort(), ['', '.d.ts', '.js', '.js.map', '.json', '.md'])
  for (const file of files.filter(file => file.endsWith('.js'))) {
    t.ok(files.includes(file.replace(/\.js$/, '.d.ts')) && files.includes(`${file}.map`), file)
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(installed, `${file}.map`), 'utf8'))
    t.equal(sourcesContent?.length, sources.length, 'the map has the source in it')
  }
  for (const file of files.filter(file => file.endsWith('.d.ts'))) t.notMatch(readFileSync(join(installed, file), 'utf8'), /from '\.[^']*\.ts'|typebox/, file)
  for (const path of Object.values(pkg.exports).flatMap(conditions => Object.values(conditions))) t.ok(existsSync(join(installed, path)), path)
  t.notOk('dependencies' in pkg)
  t.equal(pkg.version, root.version)
})

test('publint and attw find nothing', async t => {
  t.match(await runIn(home, 'publint', '--strict', tarball), { code: 0, output: /All good/ })
  const { code, output } = await runIn(home, 'attw', '--profile', 'esm-only', '--no-color', tarball)
  t.equal(code, 0, output)
})

/** How people's own compilers are set. */
const configs = {
  browser: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  node: { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022'], types: ['node'] }
}

test('it type-checks in an app for browsers, and in one for Node, declarations included', async t => {
  link(home, '@types/node', 'undici-types', '@types/react', 'csstype', '@types/prop-types')
  writeFileSync(join(home, 'all.ts'), entries.map((entry, index) => `export * as entry${index} from '${entry}'`).join('\n'))
  writeFileSync(join(home, 'app.ts'), `import { Belfry } from '@belfry/client'
const belfry = new Belfry('https://notifications.example', { token: 'a token' })
const end: () => void = belfry.on('notification', frame => {
  const title: string = frame.payload.title
  // @ts-expect-error: no such field
  frame.payload.text
  return title
})
export const { unreadCount }: { unreadCount: number } = belfry.inbox().getSnapshot()
// @ts-expect-error: no such event
belfry.on('notifications', end)
`)
  for (const [name, options] of Object.entries(configs)) {
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, target: 'es2022', strict: true, noEmit: true, skipLibCheck: false }, files: ['all.ts', 'app.ts'] }))
    t.strictSame(await runIn(home, 'tsc', '-p', '.'), { code: 0, output: '' }, name)
  }
})

test('Node runs it', async t => {
  const { base } = await site(t)
  writeFileSync(join(home, 'app.js'), `import { Belfry } from '@belfry/client'
${entries.filter(entry => !entry.endsWith('react')).map(entry => `import '${entry}'`).join('\n')}
const [, , url, token] = process.argv
const belfry = new Belfry(url, { token })
belfry.on('notification', ({ payload }) => {
  console.log(payload.title)
  belfry.disconnect()
})
belfry.connect()
await belfry.ready()
await belfry.send({ title: 'To myself', message: 'From Node.', priority: 'info', topic: 'orders', audience: { users: ['root'] } })
`)
  t.strictSame(await runIn(home, 'node', 'app.js', base, mint(people.root)), { code: 0, output: 'To myself\n' }, 'and ends by itself')
})

test('through a bundler that splits, what sends is a chunk of its own', async t => {
  const { outputFiles } = await bundle({
    stdin: { contents: "import { Belfry } from '@belfry/client'\nnew Belfry('/')", resolveDir: home },
    bundle: true,
    splitting: true,
    write: false,
    outdir: home,
    entryNames: 'app',
    format: 'esm'
  })
  const sending = outputFiles.filter(({ text }) => text.includes('/api/notifications/batch')).map(({ path }) => basename(path))
  t.equal(sending.length, 1)
  t.match(sending[0], /^delivery-\w+\.js$/)
  t.ok(outputFiles.find(({ path }) => basename(path) === 'app.js')!.text.includes(`import("./${sending[0]}")`))
})

test('Chromium runs it, through a bundler', { skip: browser === undefined && 'without a browser' }, async t => {
  const { app, base, address, put } = await site(t)
  const { outputFiles: [script], warnings } = await bundle({
    stdin: {
      contents: `import { Belfry } from '@belfry/client'
const belfry = new Belfry('${base}', { getToken: async () => (await fetch('/token')).text() })
belfry.on('notification', ({ payload }) => { document.body.append(payload.title) })
belfry.on('connected', ({ transport }) => { document.title = transport })
belfry.connect()`,
      resolveDir: home
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm'
  })
  t.strictSame(warnings, [])
  put('/app.js', 'text/javascript', script!.text)
  put('/', 'text/html', '<!doctype html><title>connecting</title><body><script type="module" src="/app.js"></script>')
  const { page, complaints } = await browse(t, browser)
  await page.goto(address)
  await page.waitForFunction('document.title === "websocket"')
  await tellBob(app, 'Order shipped')
  await page.getByText('Order shipped').waitFor()
  t.strictSame(complaints, [])
})
