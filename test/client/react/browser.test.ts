import type { Browser, Page } from 'playwright-core'
import { test, type Test } from 'tap'
import { call, mint, people, serve } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { bundle, reacts } from './reacts.ts'

const { root, bob } = people

test('an inbox with hooks in Chromium: live, marked, kept in IndexedDB, wiped at logout', { timeout: 120_000 }, async t => {
  const browser = await chromium(t)
  if (!browser) return
  await Promise.all(Object.entries(reacts).map(async ([version, alias]) => await inboxWith(t, browser, version, alias)))
})

async function inboxWith (t: Test, browser: Browser, version: string, alias: Record<string, string>): Promise<void> {
  // React's own checks are on: it mounts everything twice, and says what is wrong.
  const file = await bundle('page.ts', alias, { format: 'iife', define: { 'process.env.NODE_ENV': '"development"' } })
  const { app, base } = await serve(t)
  const context = await browser.newContext({ bypassCSP: true })
  const complaints: string[] = []
  const open = async (): Promise<Page> => {
    const page = await context.newPage()
    page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()) })
    page.on('pageerror', error => complaints.push(String(error)))
    await page.goto(`${base}/healthz`)
    await page.evaluate('document.body.innerHTML = "<main></main>"')
    await page.evaluate(file)
    t.match(await page.evaluate('version'), new RegExp(`^${version}\\.`))
    await page.evaluate(`start(${JSON.stringify(mint(bob))})`)
    return page
  }
  const text = async (page: Page) => await page.evaluate('document.querySelector("b")?.textContent + " " + [...document.querySelectorAll("li")].map(li => li.textContent + ":" + li.className)')
  const shows = async (page: Page, wanted: string) => {
    await until(wanted, async () => await text(page) === wanted).catch(async () => t.equal(await text(page), wanted))
    t.pass(`React ${version}: ${wanted}`)
  }
  const send = async (title: string) => await call(app, root, 'POST', '/api/notifications/send', { title, message: 'x', topic: 'orders', priority: 'info' })
  await call(app, bob, 'GET', '/api/auth/me')
  await send('one')

  const page = await open()
  await shows(page, 'connected 1 one:unread')
  await send('two')
  await shows(page, 'connected 2 two:unread,one:unread')
  await page.locator('li').first().click()
  await shows(page, 'connected 1 two:read,one:unread')
  // The page shows it before the server has heard of it.
  await until('the server counts it as read', async () => (await call(app, bob, 'GET', '/api/notifications/me/unread-count')).body.unread_count < 2)
  const { body } = await call(app, bob, 'GET', '/api/notifications/me/unread-count')
  t.equal(body.unread_count, 1)

  const stored = `new Promise((resolve, reject) => {
    const opened = indexedDB.open('belfry', 1)
    opened.onerror = () => reject(opened.error)
    opened.onsuccess = () => {
      const all = opened.result.transaction('inboxes').objectStore('inboxes').getAll()
      all.onsuccess = () => { opened.result.close(); resolve(JSON.stringify(all.result.map(({ unread_count: unread, items }) => [unread, items.length]))) }
    }
  })`
  await until('the inbox is stored', async () => /^\[\[1,/.test(String(await page.evaluate(stored))))
  await page.close()
  const again = await open()
  await shows(again, 'connected 1 two:read,one:unread')
  await again.evaluate('logout()')
  t.equal(await again.evaluate(stored), '[]')
  await shows(again, 'disconnected 0 stale ')
  t.same(complaints, [], `React ${version}`)
}
