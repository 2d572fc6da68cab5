import type { Route } from 'playwright-core'
import tap, { test } from 'tap'
import { audit } from '../docs/audit.ts'
import { browse } from '../docs/browsing.ts'
import { pushManager } from '../outbound/push/browser.ts'
import { PUSHING } from '../outbound/push/pushing.ts'
import { PushService } from '../outbound/push/service.ts'
import { chromium, hasChromium } from '../services/chromium.ts'
import { until } from '../within.ts'
import { login, world } from './world.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

test('what could not be turned on says so beside its switch, and why, and is read out', { skip: !hasChromium(tap) && 'without a browser' }, async t => {
  const at = await world(t, PUSHING)
  const service = await PushService.open(t)
  const { page } = await browse(t, (await chromium(t))!, { permissions: ['notifications'], viewport: { width: 320, height: 640 } })
  await page.context().addInitScript(pushManager(service.subscribe('bob'), '/inbox'))
  await page.goto(`${at.base}/inbox`)
  await login(page)
  await page.getByRole('tab', { name: 'Preferences' }).click()
  const choice = page.getByRole('switch', { name: 'Show notifications on this device' })
  const refuse = '{ const { subscribe } = PushManager.prototype; PushManager.prototype.subscribe = async () => { PushManager.prototype.subscribe = subscribe; throw new DOMException("Registration failed", "AbortError") } }'
  const faults = [
    ['**/push-worker.js', 'What shows them couldn’t be loaded. Reload the page and try again.'],
    ['**/api/push/*', 'The server couldn’t be told. Try again.'],
    [undefined, 'Your browser’s push service refused, or couldn’t be reached. Try again later.'],
    ['**/api/push/subscriptions', 'The server couldn’t be told. Try again.']
  ] as const
  for (const [path, text] of faults) {
    if (path === undefined) await page.evaluate(refuse)
    else await page.context().route(path, (route, request) => request.method() === 'POST' || !path.endsWith('/subscriptions') ? route.fulfill({ status: 500, body: '{}' }) : route.continue())
    await choice.click()
    const fault = page.locator('#push-fault', { hasText: text })
    await fault.waitFor()
    await page.getByRole('status').filter({ hasText: text }).first().waitFor({ state: 'attached' })
    t.notOk(await choice.isChecked())
    t.notOk(await page.evaluate("navigator.serviceWorker.getRegistration('/inbox').then(found => found?.pushManager.getSubscription())"), 'nothing has been turned on')
    t.equal(await choice.getAttribute('aria-describedby'), 'push-fault push-hint')
    const [one, other] = [(await choice.boundingBox())!, (await fault.boundingBox())!]
    t.ok(other.y - one.y < 60, 'beside it')
    t.strictSame(await audit(page), [])
    await page.emulateMedia({ colorScheme: 'dark' })
    t.strictSame(await audit(page, { runOnly: ['color-contrast'] }), [], 'in the dark too')
    await page.emulateMedia({ colorScheme: 'light' })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    if (path !== undefined) await page.context().unroute(path)
  }
  await choice.click()
  await until('it to be on', async () => (await at.app().store.pushSubscriptions('bob')).length === 1)
  await page.locator('#push-fault').waitFor({ state: 'detached' })
  await page.context().route('**/api/push/*', route => route.abort())
  await choice.click()
  await until('it to be off', async () => await choice.isVisible() && !await choice.isChecked() && await choice.isEnabled())
  await page.context().unroute('**/api/push/*')
  await choice.click()
  await until('it to be on again', async () => await choice.isChecked())
})

test('a switch of which the server says nothing at first comes by itself; where it does not push, there is none', { skip: !hasChromium(tap) && 'without a browser' }, async t => {
  const at = await world(t, PUSHING)
  const { page } = await browse(t, (await chromium(t))!, { permissions: ['notifications'] })
  let asked = 0
  const refuse = async (route: Route) => {
    asked++
    await route.fulfill({ status: 503, body: '{}' })
  }
  await page.context().route('**/api/push/key', refuse)
  await page.goto(`${at.base}/inbox`)
  await login(page)
  const open = async () => {
    await page.getByRole('tab', { name: 'Preferences' }).click()
    await page.getByRole('heading', { name: 'Daily email' }).waitFor()
  }
  await open()
  const choice = page.getByRole('switch', { name: 'Show notifications on this device' })
  await until('it to be asked again', () => asked >= 2)
  t.notOk(await choice.isVisible())
  await page.context().unroute('**/api/push/key', refuse)
  await choice.waitFor()
  await page.context().route('**/api/push/key', route => route.fulfill({ status: 404, contentType: 'application/problem+json', body: JSON.stringify({ code: 'BLF_PUSH_OFF', detail: 'This server does not push.' }) }))
  await page.reload()
  const said = page.waitForResponse('**/api/push/key')
  await open()
  await said
  t.equal(await choice.count(), 0)
})
