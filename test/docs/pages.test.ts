import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Locator, Page } from 'playwright-core'
import tap, { test } from 'tap'
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import { serverFrames } from '../../schemas/socket/server-frames.ts'
import { write } from '../../src/outbound/mail/letter.ts'
import { build, call, listen, mint, people } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { audit } from './audit.ts'
import { browse, originsOf } from './browsing.ts'
import { fetchDocument, operationsOf } from './document.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const app = await build(tap)
const base = await listen(app)
const operations = operationsOf(await fetchDocument(app))
// As the first example of a login says.
await call(app, people.root, 'POST', '/api/users', { username: 'admin', password: 'demo-admin', role: 'admin' })

const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }

/** Opens an operation of Swagger UI. */
async function open (page: Page, operationId: string): Promise<Locator> {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  return operation
}

/** Presses Execute; the status and body that came back. */
async function execute (operation: Locator): Promise<{ status: string, body: any }> {
  await operation.locator('button.execute').click()
  const row = operation.locator('.live-responses-table tbody tr.response')
  const status = await row.locator('.response-col_status').innerText()
  const body = await row.locator('.response-col_description pre').first().innerText()
  return { status: status.trim(), body: JSON.parse(body) }
}

test('Swagger UI shows every operation, logs in, authorizes, sends, reads, and fits on a phone', inBrowser, async t => {
  const { page, requests, complaints } = await browse(t, browser)
  await page.setViewportSize({ width: 320, height: 900 })
  await page.goto(`${base}/docs`)
  await page.locator('.opblock').first().waitFor()
  for (const width of [320, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, 'no scrolling aside')
    const text = await page.locator('.information-container').innerText()
    t.ok(text.includes(`curl -s ${base}/api/auth/login`), 'examples name this server')
    t.notMatch(text, /localhost:8000|BLF_VALIDATION/, 'what is long to read is elsewhere')
  }
  await page.setViewportSize({ width: 320, height: 900 })
  for (const id of ['openSocket', 'createWebhook', 'listWebhooks']) await open(page, id)
  await page.waitForFunction('document.querySelectorAll(".responses-table").length === 3')
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, 'no scrolling aside with what is opened, tables too')
  await page.setViewportSize({ width: 1440, height: 900 })
  const shown = await page.evaluate<string[]>("[...document.querySelectorAll('.opblock')].map(block => block.id.split('-').at(-1) + ': ' + block.querySelector('.opblock-summary-description')?.textContent)")
  t.same(shown.toSorted(), operations.map(({ operationId, summary }) => `${operationId}: ${summary}`).toSorted())
  t.equal(await page.title(), 'Belfry API')

  const login = await execute(await open(page, 'login'))
  t.match(login, { status: '200', body: { token_type: 'Bearer', user: { username: 'admin' } } })

  await page.locator('.auth-wrapper .btn.authorize').click()
  await page.locator('.auth-container input').fill(login.body.access_token)
  await page.locator('.auth-btn-wrapper button.authorize').click()
  await page.locator('.auth-btn-wrapper button.btn-done').click()

  const sent = await execute(await open(page, 'sendNotification'))
  t.match(sent, { status: '200', body: { message: 'Notification sent successfully', id: /./, cursor: /./ } })
  const inbox = await execute(await open(page, 'listNotifications'))
  t.match(inbox, { status: '200', body: { items: [{ id: sent.body.id, title: 'Hello', read: false }] } })
  const marked = await execute(await open(page, 'markAllRead'))
  t.match(marked, { status: '200', body: { count: 1, unread_count: 0 } })

  await page.reload()
  const me = await execute(await open(page, 'getPrincipal'))
  t.match(me, { status: '200', body: { kind: 'user', username: 'admin' } }, 'the token outlives a reload')
  t.strictSame(originsOf(requests), [base], 'asks nobody but us')
  t.strictSame(complaints, [])
})

/** Follows a link to each section in turn and waits, within the page, until its heading is there. */
const show = (sections: Array<{ place: string, title: string }>) => `(async () => {
  for (const { place, title } of ${JSON.stringify(sections)}) {
    location.hash = '#/' + place.toLowerCase()
    while (![...document.querySelectorAll('h2')].some(({ textContent }) => textContent.trim() === title)) await new Promise(requestAnimationFrame)
  }
})()`

/** What becomes of a socket that the page opens. */
async function connect (page: Page): Promise<{ protocol: string, frame: any } | { code: number }> {
  return await page.evaluate(([url, token]) => new Promise(resolve => {
    const socket = new WebSocket(url!, ['belfry.v1', `bearer.${token}`])
    socket.onmessage = ({ data }) => {
      resolve({ protocol: socket.protocol, frame: JSON.parse(data) })
      socket.onclose = null
      socket.close()
    }
    socket.onclose = ({ code }) => resolve({ code })
  }), [`${base.replace('http', 'ws')}/ws/notifications`, mint(people.bob)])
}

test('ReDoc searches, shows operations of every tag and frames, and may open a socket', inBrowser, async t => {
  const { page, requests, complaints } = await browse(t, browser)
  await page.goto(`${base}/redoc`)
  await page.getByRole('heading', { name: 'Getting a token' }).waitFor()
  t.ok((await page.locator('body').innerText()).includes(`curl -s ${base}/api/auth/login`), 'examples name this server')
  t.match(await connect(page), { protocol: 'belfry.v1', frame: { type: 'welcome', payload: { user: { id: 'bob' } } } }, 'a page of ours opens a socket with a token in the subprotocol')

  await page.getByAltText('redocly logo').waitFor()
  await page.getByText(/^Search (Ctrl|⌘)/).click()
  await page.getByPlaceholder('Search docs').fill('recall')
  await page.locator('section', { hasText: '/api/broadcast/{notification_id}' }).filter({ hasText: 'response 200' }).first().waitFor()
  await page.keyboard.press('Escape')

  // Each is drawn anew, which takes a quarter of a second: the other pages are asked for every operation and frame.
  const firsts = new Map(operations.toReversed().map(operation => [operation.tags[0], operation])).values()
  const frames = [clientFrames, serverFrames].map(frames => Object.values(frames).at(-1)!.$id!)
  await page.evaluate(show([
    ...[...firsts].map(({ tags: [tag], operationId, summary }) => ({ place: `${tag}/${operationId}`, title: summary })),
    ...frames.map(name => ({ place: `websocket-frames/${name}`, title: name }))
  ]))
  t.equal(await page.title(), 'Belfry API')
  t.strictSame(originsOf(requests), [base], 'asks nobody but us')
  t.strictSame(complaints, [])
})

test('a page of a foreign origin opens none', inBrowser, async t => {
  const foreign = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">'))
  t.teardown(() => foreign.close())
  await once(foreign.listen(0, '127.0.0.1'), 'listening')
  const { page, complaints } = await browse(t, browser)
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`)
  t.strictSame(await connect(page), { code: 1006 })
  t.equal(complaints.length, 1)
  t.match(complaints[0], /Unexpected response code: 403/)
})

test('a mail reads well in every size and light, and its link leads to a page with one button', inBrowser, async t => {
  const item = { seq: 1, title: 'Your order is on its way', message: 'It arrives\non Friday.', type: 'success', topic: 'orders', url: 'https://shop.example/7', createdAt: '2026-01-31T12:00:00.000Z' }
  const others = ['info', 'warning', 'error'].map(type => ({ ...item, type, url: undefined, title: 'x'.repeat(200) }))
  await call(app, people.bob, 'GET', '/api/auth/me')
  const token = app.mailLinks.sign({ userId: 'bob', createdAt: (await app.store.user('bob'))!.createdAt, topics: ['orders'] })
  const { html } = write({ kind: 'now', items: [item, ...others], more: 3, timezone: 'UTC', topics: ['orders'], places: { base, hasInbox: true }, token })
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, requests, complaints } = await browse(t, browser, { colorScheme })
    const check = async (about: string) => {
      for (const width of [320, 1440]) {
        await page.setViewportSize({ width, height: 800 })
        t.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false, `${about} at ${width} px`)
      }
      t.same(await audit(page), [], `${about}, ${colorScheme}`)
    }
    await page.setContent(html)
    await check('the mail')
    t.same(requests, [], 'it loads nothing')
    await page.getByRole('link', { name: 'Get no more mail about orders' }).click()
    await page.getByRole('heading', { name: 'Get no more mail?' }).waitFor()
    await check('the page')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('Mail about orders is off.').waitFor()
    await check('the answer')
    t.same([originsOf(requests), complaints], [[base], []])
  }
  t.same((await call(app, people.bob, 'GET', '/api/preferences/me')).body.topics, { orders: { mail: 'off' } })
})
