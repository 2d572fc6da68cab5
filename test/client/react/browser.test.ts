import { join } from 'node:path'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { test } from 'tap'
import { call, mint, people, serve } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'

const { root, bob } = people

test('an inbox with hooks in Chromium: live, marked, kept in IndexedDB, wiped at logout', { timeout: 120_000 }, async t => {
  const browser = await chromium(t)
  if (!browser) return
  const { app, base } = await serve(t)
  const { outputFiles: [file] } = await build({ entryPoints: [join(import.meta.dirname, 'page.ts')], bundle: true, write: false, format: 'iife', define: { 'process.env.NODE_ENV': '"production"' } })
  const context = await browser.newContext({ bypassCSP: true })
  const open = async (): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(`${base}/healthz`)
    await page.evaluate('document.body.textContent = ""')
    await page.evaluate(file!.text)
    await page.evaluate(`start(${JSON.stringify(mint(bob))})`)
    return page
  }
  const text = async (page: Page) => await page.evaluate('document.querySelector("b")?.textContent + " " + [...document.querySelectorAll("li")].map(li => li.textContent + ":" + li.className)')
  const shows = async (page: Page, wanted: string) => {
    await until(wanted, async () => await text(page) === wanted).catch(async () => t.equal(await text(page), wanted))
    t.pass(wanted)
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
})
