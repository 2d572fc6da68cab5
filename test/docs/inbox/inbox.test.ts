import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build as bundle, stop } from 'esbuild'
import tap, { test, type Test } from 'tap'
import pkg from '../../../src/inbox/package.json' with { type: 'json' }
import client from '../../../src/client/package.json' with { type: 'json' }
import root from '../../../package.json' with { type: 'json' }
import { scripts } from '../../../src/web/client.ts'
import { reacts } from '../../client/react/reacts.ts'
import { call, people } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { link, pack, runIn, unpack } from '../../web/packed.ts'
import { site, tellBob } from '../../web/site.ts'
import { folder } from '../../folder.ts'
import { browse, type Browsing } from '../browsing.ts'
import { blocksOf, type Block } from '../client/blocks.ts'
import { bundleApp, mounts, PACKAGES } from '../client/bundling.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)
tap.teardown(stop)

const EXAMPLE = 'https://notifications.example'
const blocks = blocksOf('docs/inbox.md')
const run = new Set<Block>()
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const at = await site(tap)
const { app, address, base, put } = at
const home = folder(tap)
const tarball = await pack(tap, '@belfry/inbox')
const installed = await unpack(home, tarball, '@belfry/inbox')
// The client's tarball has tests of its own.
const CLIENT = join(import.meta.dirname, '../../../src/client')
writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
await tellBob(app, 'Order shipped')

/** The block under a heading in a language, with the address of the server. */
function take (heading: string, language: string): string {
  const block = blocks.find(block => block.heading === heading && block.language === language)
  if (block === undefined) throw new Error(`no such block: ${heading}, ${language}`)
  run.add(block)
  return block.text.replaceAll(EXAMPLE, base)
}

/** One page for all tests. */
let browsing: Browsing | undefined

/** The page with a bell at a path, which opens and shows what bob got. */
async function showsBell (t: Test, path: string) {
  const { page, complaints } = browsing ??= await browse(tap as Test, browser)
  complaints.length = 0
  await page.goto(address + path)
  await page.getByRole('button', { name: /^Notifications/ }).click()
  await page.getByRole('button', { name: 'Order shipped' }).first().waitFor()
  t.strictSame(complaints, [])
  return page
}

test('the tarball has JavaScript, declarations and maps of the elements only, and imports what it says', async t => {
  const files = globSync('**/*', { cwd: installed, withFileTypes: true }).filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(installed.length + 1))
  t.strictSame([...new Set(files.map(file => file.replace(/^.*?(\.d\.ts|\.js\.map|\.\w+|)$/, '$1')))].sort(), ['', '.d.ts', '.js', '.js.map', '.json', '.md'])
  t.strictSame(files.filter(file => !file.includes('/')).sort(), ['LICENSE', 'README.md', 'package.json'])
  t.ok(files.filter(file => file.includes('/')).every(file => file.startsWith('dist/inbox/')), 'and nothing of the client')
  for (const path of Object.values(pkg.exports['.'])) t.ok(existsSync(join(installed, path)), path)
  const imported = new Set(files.filter(file => /\.(js|d\.ts)$/.test(file)).flatMap(file => [...readFileSync(join(installed, file), 'utf8').matchAll(/(?:from|import)\s*\(?['"]([^'"]+)['"]/g)].map(([, name]) => name!)))
  for (const name of imported) t.match(name, /^(\.\.?\/.*\.js|lit|lit\/.*\.js|@belfry\/client(\/\w+)?)$/, name)
  t.strictSame(pkg.dependencies, { '@belfry/client': client.version, lit: root.dependencies.lit })
  t.equal(pkg.version, root.version)
})

test('it type-checks in an app, declarations included', async t => {
  link(home, 'lit', 'lit-html', 'lit-element', '@lit/reactive-element', '@types/trusted-types')
  writeFileSync(join(home, 'app.ts'), `import { Belfry, type ClickDetail, type Messages } from '@belfry/inbox'
const element = document.createElement('belfry-inbox')
element.client = new Belfry('https://notifications.example', { token: 'a token' })
const messages: Partial<Messages> = { title: 'Messages' }
element.messages = messages
element.show()
element.addEventListener('belfry-action', ({ detail: { item, action } }) => { console.log(item.title, action.label) })
document.addEventListener('belfry-click', event => { if (event.detail.item.url) event.preventDefault() })
addEventListener('belfry-open', () => {})
const opened = ({ item }: ClickDetail) => item.id
// @ts-expect-error: no such field
document.addEventListener('belfry-click', event => event.detail.action)
// @ts-expect-error: no such property
element.client2 = 1
`)
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'], types: [], target: 'es2022', strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, paths: { '@belfry/client': [`${CLIENT}/index.ts`], '@belfry/client/*': [`${CLIENT}/*.ts`] } }, files: ['app.ts'] }))
  t.strictSame(await runIn(home, 'tsc', '-p', '.'), { code: 0, output: '' })
})

test('publint finds nothing', async t => {
  t.match(await runIn(home, 'publint', '--strict', tarball), { code: 0, output: /All good/ })
})

test('it does not grow unnoticed', async t => {
  const { name, files } = await scripts.inbox()
  const list = [...files.keys()].find(file => file.startsWith('list.'))!
  const sizeOf = (file: string) => gzipSync(files.get(file)!.content, { level: 9 }).length
  const [first, both] = [sizeOf(name), sizeOf(name) + sizeOf(list)]
  t.comment(`${first} bytes with the client and Lit, ${both} with the list`)
  t.ok(first <= 32_220, `${first} bytes at first, gzipped`)
  t.ok(both <= 51_900, `${both} bytes with the list`)
  for (const file of files.keys()) if (file !== name && file !== list) t.ok(sizeOf(file) < 2_150, `${file} is loaded on demand`)
})

test('the page without a build, and that with one client for several elements', inBrowser, async t => {
  put('/plain', 'text/html', take('In a page without a build', 'html'))
  await showsBell(t, '/plain')
  put('/several', 'text/html', take('One client for several elements', 'html'))
  const page = await showsBell(t, '/several')
  await page.locator('body > belfry-feed .row').waitFor()
  t.equal(await page.getByRole('link', { name: 'Open the inbox' }).getAttribute('href'), '/inbox')
})

test('through a bundler that splits, the list stays a module of its own', inBrowser, async t => {
  const { outputFiles, metafile } = await bundle({
    stdin: { contents: "import '@belfry/inbox'\ndocument.body.querySelector('belfry-inbox').getToken = async () => (await fetch('/token')).text()", resolveDir: home },
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    outdir: folder(t),
    entryNames: 'app',
    format: 'esm',
    nodePaths: [PACKAGES],
    alias: { '@belfry/client': CLIENT },
    logLevel: 'silent'
  })
  const imports = new Map(Object.entries(metafile.outputs).map(([path, { imports }]) => [basename(path), imports]))
  const atOnce = (name: string): string[] => [name, ...imports.get(name)!.filter(({ kind }) => kind === 'import-statement').flatMap(({ path }) => atOnce(basename(path)))]
  const sizeOf = (names: string[]) => names.reduce((sum, name) => sum + gzipSync(outputFiles.find(({ path }) => basename(path) === name)!.contents, { level: 9 }).length, 0)
  const first = sizeOf([...new Set(atOnce('app.js'))])
  t.comment(`${first} bytes at first, with a bundler`)
  t.ok(first <= 34_720, `${first} bytes at first, gzipped`)
  for (const { path, text } of outputFiles) put(`/split/${basename(path)}`, 'text/javascript', text)
  put('/split', 'text/html', `<!doctype html><html lang="en"><title>App</title><body><belfry-inbox url="${base}"></belfry-inbox><script type="module" src="/split/app.js"></script>`)
  await showsBell(t, '/split')
})

for (const [heading, language, alias] of [['React 19', 'jsx', reacts[19]], ['React 18', 'jsx', reacts[18]], ['Vue', 'vue', {}], ['Svelte', 'svelte', {}]] as const) {
  test(`${heading}, from the tarball`, inBrowser, async t => {
    writeFileSync(join(home, 'belfry.js'), take('In an app with a bundler', 'js'))
    writeFileSync(join(home, `App.${language}`), take(heading, language))
    put('/app.js', 'text/javascript', await bundleApp(home, mounts[language], { ...alias, '@belfry/client': CLIENT }))
    put('/app', 'text/html', '<!doctype html><html lang="en"><title>App</title><body><script type="module" src="/app.js"></script>')
    const page = await showsBell(t, '/app')
    const logged = heading === 'React 18' ? undefined : page.waitForEvent('console')
    await page.getByRole('button', { name: 'Order shipped' }).click()
    if (logged) t.match((await logged).text(), /^[\w-]{20,}$/, 'and hears its events')
  })
}

test('links, look, content and languages', inBrowser, async t => {
  const page = await showsBell(t, '/plain')
  await page.evaluate(take('Links and actions', 'js'))
  const { body: { id } } = await call(app, people.root, 'POST', '/api/notifications/send', { title: 'With a link', message: 'Look.', priority: 'info', topic: 'orders', url: '/orders/7', data: { order: 1742 }, audience: { users: ['bob'] } })
  await page.locator(`[data-id="${id}"] .name`).click()
  t.equal(page.url(), `${address}/orders/7`)
  await page.evaluate(take('Languages', 'js'))
  await page.getByRole('heading', { name: 'Messages' }).waitFor()
  await page.addStyleTag({ content: take('Look', 'css') })
  await tellBob(app, 'Another')
  await page.locator('.badge').waitFor()
  const styleOf = async (selector: string, name: string) => await page.locator(selector).evaluate((element, name) => (globalThis as any).getComputedStyle(element)[name], name)
  t.strictSame([await styleOf('.badge', 'borderRadius'), await styleOf('.badge', 'backgroundColor'), await styleOf('.panel', 'width')], ['4px', 'rgb(123, 31, 162)', '420px'])
  put('/row.css', 'text/css', 'strong { font-style: italic }')
  put('/content', 'text/html', `<!doctype html><html lang="en"><title>Shop</title>${take('Content', 'html')}<script type="module">import '${base}/client/inbox.js'; document.querySelector('belfry-feed').getToken = async () => (await fetch('/token')).text()</script>`)
  await page.goto(`${address}/content`)
  const row = page.locator(`[data-id="${id}"]`)
  await row.getByText('Order 1742').waitFor()
  t.equal(await row.locator('strong').innerText(), 'With a link')
  await page.locator('[data-tab=archived]').click()
  await page.locator('[data-tab=all]').click()
  await call(app, people.bob, 'POST', '/api/notifications/mark', { as: 'deleted', ids: (await call(app, people.bob, 'GET', '/api/notifications/me')).body.items.map((item: { id: string }) => item.id) })
  await page.getByText('Nothing to do.').waitFor()
})

test('every block of the page was run, and every name of it is real', inBrowser, async t => {
  const left = blocks.filter(block => !run.has(block))
  t.strictSame(left.map(({ language, text }) => `${language}: ${text}`), ['sh: (cd ../belfry && npm ci && npm pack -w @belfry/client -w @belfry/inbox --pack-destination "$OLDPWD")\nnpm install ./belfry-client-*.tgz ./belfry-inbox-*.tgz\n'], 'all but the installation, which is done from a tarball')
  const text = readFileSync(join(import.meta.dirname, '../../../docs/inbox.md'), 'utf8')
  const sources = globSync('src/inbox/**/*.ts', { cwd: join(import.meta.dirname, '../../..') }).map(file => readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')).join('\n')
  const used = new Set([...sources.matchAll(/ part="([^"$]+)(?=["$])/g)].flatMap(([, names]) => names!.trim().split(' ')))
  const tables = text.slice(text.indexOf('| parts |'), text.indexOf('| custom property |'))
  const named = new Set([...tables.matchAll(/`([a-z]+)`/g)].map(([, name]) => name!))
  t.strictSame([...used].sort(), [...named].filter(name => name !== 'read' && name !== 'unread').sort(), 'parts')
  for (const [, name] of text.matchAll(/`--belfry-([\w-]+)`/g)) t.ok(sources.includes(`--belfry-${name!}`) || sources.includes(` ${name}: [`) || sources.includes(`'${name}': [`), name!)
})
