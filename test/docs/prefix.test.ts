import type { AddressInfo } from 'node:net'
import tap, { test } from 'tap'
import { build, call, mint, people } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { front, hasFront } from '../services/front.ts'
import { freePort } from '../services/process.ts'
import { tellBob } from '../web/site.ts'
import { browse } from './browsing.ts'
import { prefixedConfigOf } from './running.ts'

// Browser and proxy may have to be installed first.
tap.setTimeout(300_000)

const browser = (await chromium(tap))!
const isHere = browser !== undefined && hasFront(tap, 'nginx')

test('in a browser, everything works under a path of a proxy', { skip: !isHere && 'without a browser or nginx' }, async t => {
  const port = await freePort()
  const base = `https://127.0.0.1:${port}/belfry`
  const app = await build(t, { PUBLIC_URL: base, TRUST_PROXY: '127.0.0.1' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const node = (app.server.address() as AddressInfo).port
  await front(t, 'nginx', prefixedConfigOf('nginx'), [node, node], port)
  await call(app, people.root, 'POST', '/api/users', { username: 'admin', password: 'demo-admin', role: 'admin' })
  const { page, requests, complaints } = await browse(t, browser, { ignoreHTTPSErrors: true })

  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 700 })
    await page.goto(`${base}/`)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `nothing is cut off at ${width} px`)
  }
  await page.getByRole('link', { name: /^Inbox/ }).click()
  await page.getByLabel('Username').fill('admin')
  await page.getByLabel('Password', { exact: true }).fill('demo-admin')
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: 'Unread' }).waitFor()
  t.match(await page.context().cookies(), [{ name: 'belfry_refresh', path: '/belfry/api/auth', httpOnly: true, secure: true, sameSite: 'Strict' }])
  await page.reload()
  await page.getByRole('tab', { name: 'Unread' }).waitFor()

  await page.goto(`${base}/`)
  await page.getByRole('link', { name: 'Try the API' }).focus()
  await page.keyboard.press('Enter')
  const login = page.locator('.opblock[id$="-login"]')
  await login.locator('.opblock-summary-control').click()
  await login.locator('button.execute').click()
  const row = login.locator('.live-responses-table tbody tr.response')
  t.equal((await row.locator('.response-col_status').innerText()).trim().slice(0, 3), '200', 'Execute asks the server of the page')

  await page.goto(`${base}/redoc/`)
  await page.getByRole('heading', { name: 'Getting a token' }).waitFor()
  const opened = await page.evaluate(([url, token]) => new Promise(resolve => {
    const socket = new WebSocket(url!, ['belfry.v1', `bearer.${token}`])
    socket.onmessage = ({ data }) => resolve(JSON.parse(data).type)
    socket.onclose = ({ code }) => resolve(code)
  }), [`${base.replace('http', 'ws')}/ws/notifications`, mint(people.bob)])
  t.equal(opened, 'welcome')
  await page.goto(`${base}/asyncapi/#notification`)
  await page.getByRole('heading', { name: 'notification', exact: true }).waitFor()
  t.ok((await page.locator('pre').first().innerText()).includes(`${base.replace('http', 'ws')}/ws/notifications`), 'examples name the server of the page')
  await page.getByRole('link', { name: 'AsyncAPI document' }).click()
  t.equal(new URL(page.url()).pathname, '/belfry/asyncapi.json')

  // The element, in a page of an application: it finds its list and the server under the path, too.
  const shop = await browse(t, browser, { ignoreHTTPSErrors: true, bypassCSP: true })
  await shop.page.goto(`${base}/healthz`)
  await shop.page.evaluate(`import('./client/inbox.js').then(() => {
    const bell = document.createElement('belfry-inbox')
    Object.assign(bell, { url: '${base}', getToken: () => '${mint(people.bob)}' })
    document.body.replaceChildren(bell)
  })`)
  await shop.page.getByRole('button', { name: /^Notifications/ }).click()
  await tellBob(app, 'Under a path')
  await shop.page.getByRole('button', { name: 'Under a path' }).waitFor()
  t.ok(shop.requests.some(url => /\/client\/list\.[\w-]+\.js$/.test(url)), 'the list was loaded')
  requests.push(...shop.requests)
  // What is no page has no icon: the browser asks the root for one.
  complaints.push(...shop.complaints.filter(text => !text.includes('Failed to load resource')))

  for (const url of requests) if (!url.startsWith('data:')) t.match(new URL(url).pathname, /^\/belfry\//, url)
  t.strictSame(complaints, [])
})
