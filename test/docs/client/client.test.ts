import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stop } from 'esbuild'
import type { Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { call, mint, people, type App } from '../../helper.ts'
import { as, makeKey } from '../../security/accounts.ts'
import { chromium } from '../../services/chromium.ts'
import { eventually } from '../../services/process.ts'
import { install, pack, runIn } from '../../web/packed.ts'
import { site, tellBob, unreadOfBob, type Site } from '../../web/site.ts'
import { browse } from '../browsing.ts'
import { blocksOf, type Block } from './blocks.ts'
import { bundleApp, mounts } from './bundling.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)
tap.teardown(stop)

const EXAMPLE = 'https://notifications.example'
const blocks = blocksOf('docs/client.md')
const run = new Set<Block>()
const home = await install(tap, await pack(tap))
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }

/** The block under a heading in a language; `index` where there are several. */
function take (heading: string, language: string, index = 0): string {
  const block = blocks.filter(block => block.heading === heading && block.language === language)[index]
  if (block === undefined) throw new Error(`no such block: ${heading}, ${language}`)
  run.add(block)
  return block.text
}

/** A page that shows bob's inbox, and marks it as read: what every example of one does. */
async function showsInbox (t: Test, page: Page, { app, address }: Site): Promise<void> {
  await tellBob(app, 'Before it was opened')
  await page.goto(address)
  await page.getByText('Before it was opened').waitFor()
  await tellBob(app, 'While it is open')
  await page.getByText('While it is open').waitFor()
  const count = page.locator('output')
  await count.getByText('2', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await count.getByText('0', { exact: true }).waitFor()
  await eventually(async () => {
    if (await unreadOfBob(app) > 0) throw new Error('not stored yet')
  })
  t.equal(await unreadOfBob(app), 0)
}

test('the page without a build', inBrowser, async t => {
  const at = await site(t)
  at.put('/', 'text/html', take('In a page without a build', 'html').replaceAll(EXAMPLE, at.base))
  const { page, complaints } = await browse(t, browser)
  await showsInbox(t, page, at)
  t.strictSame(complaints, [])
})

/** Runs a block in Node, in the folder where the client is installed; what it printed. */
async function inNode (text: string, env: Record<string, string>, rest = ''): Promise<string> {
  const assigned = Object.entries(env).map(([name, value]) => `process.env.${name} = ${JSON.stringify(value)}`).join('\n')
  const imports = text.split('\n').filter(line => line.startsWith('import ')).join('\n')
  writeFileSync(join(home, 'block.js'), `${imports}\n${assigned}\n${text.replaceAll(/^import .*$/gm, '')}\n${rest}`)
  const { code, output } = await runIn(home, 'node', 'block.js')
  if (code !== 0) throw new Error(output)
  return output
}

test('Node receives', async t => {
  const { app, base } = await site(t)
  await tellBob(app, 'An old one')
  const output = await inNode(take('In Node', 'js'), { BELFRY_URL: base, BELFRY_TOKEN: mint(people.root) }, `
await belfry.send({ title: 'Live', message: 'To root.', priority: 'info', topic: 'orders', audience: { users: ['root'] } })
belfry.on('notification', () => belfry.disconnect())
`)
  t.equal(output, 'Live\n1000 disconnect was called\n')
})

test('Node sends', async t => {
  const { app, base } = await site(t)
  const key = await makeKey(app, 'backend', ['send:all'])
  t.equal(await inNode(take('In Node', 'js', 1), { BELFRY_URL: base, BELFRY_KEY: key }), 'sent string\nsent\nBLF_VALIDATION\n')
  const { body } = await call(app, people.bob, 'GET', '/api/notifications/me')
  t.strictSame(body.items.map(({ title }: { title: string }) => title), ['Invoice 7', 'Maintenance tonight', 'Order shipped'])
})

test('Node asks for reports', async t => {
  const { app, base } = await site(t)
  const key = await makeKey(app, 'backend', ['reports:read'])
  await call(app, people.root, 'POST', '/api/notifications/send', { id: 'outage-7', title: 'Outage', message: 'The shop is down.', priority: 'error', topic: 'operations', acknowledge: {}, audience: { users: ['bob', 'dave'] } })
  await call(app, people.bob, 'PUT', '/api/notifications/outage-7/acknowledge')
  t.equal(await inNode(take('Reports', 'js'), { BELFRY_URL: base, BELFRY_KEY: key }), '1 of 2 have it, 1 acknowledged it\ndave not_connected\n')
})

test('Node reminds', async t => {
  const { app, base } = await site(t)
  const key = await makeKey(app, 'backend', ['send:all'])
  const body = { id: 'outage-7', title: 'Outage', message: 'The shop is down.', priority: 'error', topic: 'operations', acknowledge: {}, audience: { users: ['bob', 'dave'] } }
  t.equal((await as(app, key, 'POST', '/api/notifications/send', body)).status, 200)
  const text = take('Reports', 'js', 1)
  const again = `console.log((await remind(belfry, 'outage-7')).message)
console.log(await remind(belfry, 'unknown').catch(({ code }) => code))
`
  t.match(await inNode(text, { BELFRY_URL: base, BELFRY_KEY: key }, again), /^Reminder begun and again from \d{4}-\S+Z\nReminded within the hour\nBLF_FORBIDDEN\n$/)
  t.match((await call(app, people.root, 'GET', '/api/reports/outage-7')).body.acknowledge, { reminded: 1 })
})

const SHELL = '<!doctype html><title>App</title><body><script type="module" src="/app.js"></script>'

for (const [heading, language] of [['React', 'jsx'], ['Vue', 'vue'], ['Svelte', 'svelte']] as const) {
  test(heading, inBrowser, async t => {
    const at = await site(t)
    writeFileSync(join(home, 'belfry.js'), take('In an app with a bundler', 'js').replaceAll(EXAMPLE, at.base))
    writeFileSync(join(home, `App.${language}`), take(heading, language))
    at.put('/app.js', 'text/javascript', await bundleApp(home, mounts[language]))
    at.put('/', 'text/html', SHELL)
    const { page, complaints } = await browse(t, browser)
    await showsInbox(t, page, at)
    t.strictSame(complaints, [])
  })
}

/** A page with the client that examples share, the HTML and the module of one. */
async function withClient (t: Test, { base, put, address }: Site, body: string, text: string): Promise<Page> {
  writeFileSync(join(home, 'belfry.js'), take('In an app with a bundler', 'js').replaceAll(EXAMPLE, base))
  put('/app.js', 'text/javascript', await bundleApp(home, text))
  put('/', 'text/html', `${SHELL}${body}`)
  const { page } = await browse(t, browser)
  // Clients that hear of something together do not all ask at once: this one is the first of them.
  await page.addInitScript('Math.random = () => 0')
  await page.goto(address)
  return page
}

test('what must be acknowledged', inBrowser, async t => {
  const at = await site(t)
  const page = await withClient(t, at, '<ul></ul>', take('What must be acknowledged', 'js'))
  const { body: { id } } = await call(at.app, people.root, 'POST', '/api/notifications/send', { title: 'Evacuate', message: 'Now.', priority: 'error', topic: 'safety', acknowledge: { by: new Date(Date.now() + 3_600_000).toISOString() }, audience: { users: ['bob'] } })
  t.match(await page.getByRole('listitem').innerText(), /^Evacuate.*until /)
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await page.getByRole('button').waitFor({ state: 'detached' })
  await eventually(async () => {
    if ((await call(at.app, people.root, 'GET', `/api/reports/${id}`)).body.acknowledged === 0) throw new Error('not stored yet')
  })
})

test('preferences, from the package and from the server', inBrowser, async t => {
  const at = await site(t)
  const text = take('Preferences', 'js')
  for (const from of ['@belfry/client/preferences', `${at.base}/client/preferences.js`]) {
    await call(at.app, people.root, 'PUT', '/api/topics/comments', { default: 'on' })
    const page = await withClient(t, at, '<label><input type=checkbox disabled> Comments</label>', text.replace('@belfry/client/preferences', from))
    const box = page.getByRole('checkbox')
    await page.locator('input:checked:enabled').waitFor()
    await box.uncheck()
    await eventually(async () => {
      if ((await call(at.app, people.bob, 'GET', '/api/preferences/me')).body.topics.comments?.inbox !== 'off') throw new Error('not stored yet')
    })
    await call(at.app, people.bob, 'PATCH', '/api/preferences/me', { topics: null })
    await page.locator('input:checked:enabled').waitFor()
    await call(at.app, people.root, 'PUT', '/api/topics/comments', { default: 'off', locked: true })
    await page.locator('input:not(:checked):disabled').waitFor()
  }
})

test('delivered', inBrowser, async t => {
  const at = await site(t)
  const { page } = await showing(t, at, take('Delivered', 'js'))
  await tellBob(at.app, 'To this device')
  await page.getByText('To this device').waitFor()
  const { body: { items: [{ id }] } } = await call(at.app, people.bob, 'GET', '/api/notifications/me')
  await eventually(async () => {
    if ((await call(at.app, people.root, 'GET', `/api/reports/${id}`)).body.delivered === 0) throw new Error('not delivered yet')
  })
})

/** A page with a client of a block, whose inbox it shows by titles. */
async function showing (t: Test, { app, base, put, address }: Site, text: string) {
  writeFileSync(join(home, 'belfry.js'), text.replaceAll(EXAMPLE, base))
  put('/app.js', 'text/javascript', await bundleApp(home, `import { belfry } from './belfry.js'
belfry.on('connected', ({ transport }) => { document.title = transport })
const inbox = belfry.inbox()
inbox.subscribe(() => { document.body.textContent = inbox.getSnapshot().items.map(({ title }) => title).join() })`))
  put('/', 'text/html', SHELL)
  const browsing = await browse(t, browser)
  await browsing.page.addInitScript('localStorage.setItem("user", "bob")')
  await tellBob(app, 'Kept')
  await browsing.page.goto(address)
  await browsing.page.getByText('Kept').waitFor()
  return browsing
}

/** Whether the notification is in the browser's storage. It does not open a database that is not there, which would make it. */
const IS_KEPT = `indexedDB.databases().then(([database]) => database && new Promise(resolve => {
  const opening = indexedDB.open(database.name)
  opening.onsuccess = () => {
    const [name] = opening.result.objectStoreNames
    const reading = opening.result.transaction(name).objectStore(name).getAll()
    reading.onsuccess = () => {
      opening.result.close()
      resolve(JSON.stringify(reading.result).includes('Kept'))
    }
  }
}))`

test('offline', inBrowser, async t => {
  const at = await site(t)
  const { page } = await showing(t, at, take('Offline', 'js'))
  await eventually(async () => {
    if (await page.evaluate(IS_KEPT) !== true) throw new Error('not kept yet')
  })
  await at.app.close()
  await page.route('**/token', route => route.abort())
  await page.reload()
  await page.getByText('Kept').waitFor()
  t.equal(await page.locator('body').innerText(), 'Kept', 'shown although there is neither a server nor a token')
})

test('where WebSockets are blocked', inBrowser, async t => {
  const at = await site(t)
  const text = take('Where WebSockets are blocked', 'js')
  const { page } = await showing(t, at, text.replace('getToken:', 'websocket: class extends EventTarget { constructor () { super(); setTimeout(() => this.onclose?.({ code: 1006, reason: "" })) } close () {} },\n  getToken:'))
  await page.waitForFunction('document.title === "sse"')
  await tellBob(at.app as App, 'Over the stream')
  await page.getByText('Over the stream').waitFor()
})

test('every block of the page was run', inBrowser, async t => {
  const left = blocks.filter(block => !run.has(block))
  t.strictSame(left.map(({ language, text }) => `${language}: ${text}`), ['sh: (cd ../belfry && npm ci && npm pack -w @belfry/client --pack-destination "$OLDPWD")\nnpm install ./belfry-client-*.tgz\n'], 'all but the installation, which other tests do from a tarball')
})
