import { equal } from 'node:assert/strict'
import type { Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { browse } from '../docs/browsing.ts'
import type { App } from '../helper.ts'
import { delivering, pushManager } from '../outbound/push/browser.ts'
import { PUSHING } from '../outbound/push/pushing.ts'
import { PushService } from '../outbound/push/service.ts'
import { login as logInByApi, as } from '../security/accounts.ts'
import { chromium } from '../services/chromium.ts'
import { until } from '../within.ts'
import { login, world, type World } from './world.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }

const of = (what: string) => `navigator.serviceWorker.getRegistration('/inbox').then(found => found.${what})`
const titles = (page: Page) => page.evaluate<string[]>(`${of('getNotifications()')}.then(all => all.map(({ title }) => title).sort())`)
const isSubscribed = (page: Page) => page.evaluate<boolean>(`${of('pushManager.getSubscription()')}.then(Boolean)`)
const message = (title: string) => ({ id: title, title, message: 'M', tag: title, unread_count: 1 })
const subscriptions = async (app: App) => (await app.store.pushSubscriptions('bob')).length

async function turnOn (page: Page, app: App): Promise<void> {
  await page.getByRole('tab', { name: 'Preferences' }).click()
  await page.getByRole('switch', { name: 'Show notifications on this device', checked: false }).click()
  await until('it to be on', async () => await subscriptions(app) === 1)
}

/** Bob's inbox in a browser that shows pushes, with one of them on the screen. */
async function showing (t: Test, at: World) {
  const service = await PushService.open(t)
  // Its context ends with the file: what is shown in one goes away when another is closed.
  const browsing = await browse(tap, browser, { permissions: ['notifications'] })
  const { page } = browsing
  t.teardown(() => page.close())
  await page.context().addInitScript(pushManager(service.subscribe('bob'), '/inbox'))
  await page.goto(`${at.base}/inbox`)
  await login(page)
  await turnOn(page, at.app())
  const send = await delivering(page, at.base, '/inbox')
  const deliver = (title: string) => send(message(title))
  await deliver('Before')
  t.strictSame(await titles(page), ['Before'])
  return { ...browsing, deliver }
}

/** Nothing is on the screen, the browser has no subscription, and what a push service kept is not shown, until the user says so again. */
async function isOver (t: Test, at: World, { page, deliver }: Awaited<ReturnType<typeof showing>>): Promise<void> {
  await until('what was shown to be closed', async () => (await titles(page)).length === 0)
  await until('the browser to have ended its subscription', async () => !await isSubscribed(page))
  t.equal(await subscriptions(at.app()), 0, 'and the server its own')
  await deliver('Late')
  await login(page)
  await turnOn(page, at.app())
  await deliver('After')
  t.strictSame(await titles(page), ['After'])
}

const logOut = async (page: Page, name = 'Log out') => {
  await page.evaluate("location.hash = 'account'")
  await page.getByRole('button', { name, exact: true }).first().click()
}

/** Bob logs out everywhere, on another device. */
async function everywhere (at: World): Promise<void> {
  const { access_token: token } = await logInByApi(at.app(), 'bob')
  equal((await as(at.app(), token, 'POST', '/api/auth/logout', { everywhere: true })).status, 204)
}

test('logging out ends what this browser shows, and with it the subscription', inBrowser, async t => {
  const at = await world(t, PUSHING)
  const shown = await showing(t, at)
  await logOut(shown.page)
  await shown.page.getByLabel('Username').waitFor()
  await isOver(t, at, shown)
  t.strictSame(shown.complaints, [])
})

test('what is being shown while its user logs out is closed: the page leaves that to the worker', inBrowser, async t => {
  const at = await world(t, PUSHING)
  const { page, deliver } = await showing(t, at)
  const worker = page.context().serviceWorkers()[0]!
  await worker.evaluate(`{
    const { showNotification } = registration
    const shown = new Promise(resolve => { self.finish = resolve })
    ServiceWorkerRegistration.prototype.showNotification = async function (...what) {
      self.isShowing = true
      await shown
      return await showNotification.apply(this, what)
    }
  }`)
  // Chromium forgets for good what is being shown while it answers this.
  await page.evaluate(`{
    const { getNotifications } = ServiceWorkerRegistration.prototype
    window.asked = 0
    ServiceWorkerRegistration.prototype.getNotifications = function () {
      asked++
      return getNotifications.call(this)
    }
  }`)
  const done = deliver('Slow')
  await until('it to be being shown', async () => await worker.evaluate<boolean>('self.isShowing === true'))
  await logOut(page)
  await page.getByLabel('Username').waitFor()
  await until('the page to have done its part', async () => !await isSubscribed(page))
  t.equal(await page.evaluate('asked'), 0)
  await worker.evaluate('finish()')
  await done
  await until('all to be closed', async () => (await titles(page)).length === 0)
})

test('so does a logout on the console, and a session that ended elsewhere while a page is open or none is', inBrowser, async t => {
  const at = await world(t, PUSHING)
  const ends: Record<string, (page: Page) => Promise<void>> = {
    'a page is open': async () => await everywhere(at),
    async 'no page is open' (page) {
      await page.goto(`${at.base}/`)
      await everywhere(at)
      t.strictSame(await titles(page), ['Before'], 'nobody has told the browser')
      await page.goto(`${at.base}/inbox`)
    },
    async 'a logout on the console' (page) {
      await page.goto(`${at.base}/console`)
      await page.getByRole('button', { name: 'Log out', exact: true }).click()
      await page.getByLabel('Username').waitFor()
      await page.goto(`${at.base}/inbox`)
    }
  }
  for (const [what, end] of Object.entries(ends)) {
    await t.test(what, async t => {
      const shown = await showing(t, at)
      await end(shown.page)
      await shown.page.getByLabel('Username').waitFor()
      await isOver(t, at, shown)
      await logOut(shown.page)
      await until('the next one to begin anew', async () => await subscriptions(at.app()) === 0)
    })
  }
})

test('a session that ends elsewhere is noticed at once, however new the token is', inBrowser, async t => {
  const at = await world(t)
  const { page } = await browse(t, browser)
  await page.clock.install()
  await page.goto(`${at.base}/inbox`)
  await login(page)
  await until('the page to be connected', () => at.app().hub.size === 1)
  // Nothing in the page waits for a time any more.
  await page.clock.pauseAt(Date.now() + 1000)
  await everywhere(at)
  await page.getByText('Your session has ended. Log in again.').waitFor()
})

test('of several tabs, the one that logs out ends it for all; and a tab that hears of it late leaves alone what was turned on since', inBrowser, async t => {
  const at = await world(t, PUSHING)
  const shown = await showing(t, at)
  const other = await shown.page.context().newPage()
  await other.goto(`${at.base}/inbox`)
  await other.getByRole('tab', { name: 'Preferences' }).waitFor()
  await logOut(other)
  await shown.page.getByLabel('Username').waitFor()
  await until('what was shown to be closed', async () => (await titles(shown.page)).length === 0)
  t.equal(await subscriptions(at.app()), 0)
  await login(other)
  await turnOn(other, at.app())
  await shown.deliver('After')
  t.strictSame(await titles(other), ['After'])
  // As a tab that slept hears it.
  await shown.page.evaluate("new BroadcastChannel('belfry session /').postMessage({ is: 'out', userId: undefined })")
  await shown.deliver('More')
  t.strictSame(await titles(other), ['After', 'More'])
  t.ok(await isSubscribed(other))
})

test('logging out does not wait for a browser that does not answer, nor fail with it', inBrowser, async t => {
  const at = await world(t, PUSHING)
  for (const [what, answer] of [['never', 'new Promise(() => {})'], ['no', 'Promise.reject(new Error("no"))']] as const) {
    const { page, complaints } = await browse(t, browser)
    await page.goto(`${at.base}/inbox`)
    await login(page)
    await page.getByRole('tab', { name: 'Preferences' }).waitFor()
    await page.evaluate(`for (const name of ['getRegistration', 'getRegistrations']) navigator.serviceWorker[name] = () => ${answer}`)
    await logOut(page)
    await page.getByLabel('Username').waitFor()
    t.equal((await at.app().store.sessions('bob')).length, 0, what)
    t.strictSame(complaints, [])
  }
})
