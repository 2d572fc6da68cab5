import tap, { test } from 'tap'
import { hasChromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { pushingApp } from './apps.ts'
import { delivering } from './browser.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const inBrowser = { skip: !hasChromium(tap) && 'without a browser' }

/** Each subscription of a page has an address of its own, as push services give them. */
const numbered = `{
  const { subscribe } = PushManager.prototype
  let last = 0
  PushManager.prototype.subscribe = async function (options) {
    const made = await subscribe.call(this, options)
    const json = { ...made.toJSON(), endpoint: made.endpoint + '-' + ++last }
    return Object.assign(made, { endpoint: json.endpoint, toJSON: () => json })
  }
}`

const turnOn = 'push.turnOn().catch(({ step, cause: { code, status } }) => [step, code, status])'
const isSubscribed = 'navigator.serviceWorker.ready.then(({ pushManager }) => pushManager.getSubscription()).then(Boolean)'

test('what the server refuses is not turned on, and the error has its code; what was on before stays', inBrowser, async t => {
  const { page } = await pushingApp(t)
  const problem = { code: 'BLF_UNAVAILABLE', detail: 'Not now.' }
  const refusing = async (work: () => Promise<void>) => {
    await page.route('**/api/push/subscriptions', (route, request) => request.method() === 'POST' ? route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify(problem) }) : route.continue())
    t.strictSame(await page.evaluate(turnOn), ['server', 'BLF_UNAVAILABLE', 503])
    await work()
    await page.unroute('**/api/push/subscriptions')
  }
  await refusing(async () => {
    t.notOk(await page.evaluate(isSubscribed))
    t.equal(await page.evaluate('push.state()'), 'off')
  })
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  await refusing(async () => {
    t.ok(await page.evaluate(isSubscribed))
    t.equal(await page.evaluate('push.state()'), 'on')
  })
})

test('what the server could not be told has ended is removed when it answers again', inBrowser, async t => {
  const { page, app } = await pushingApp(t)
  const context = page.context()
  await context.addInitScript(numbered)
  const reload = async () => {
    await page.reload()
    await page.waitForFunction('window.isReady')
  }
  await reload()
  const names = async () => (await app.store.pushSubscriptions('bob')).map(({ endpoint }) => endpoint.split('/').at(-1))
  const turnOffUntold = async () => {
    await page.route('**/api/push/subscriptions/*', route => route.abort())
    t.equal(await page.evaluate('push.turnOff()'), 'off')
    await page.unroute('**/api/push/subscriptions/*')
  }
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  await turnOffUntold()
  t.strictSame(await names(), ['bob-1'])
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  t.strictSame(await names(), ['bob-2'], 'by the next one')

  await context.setOffline(true)
  t.equal(await page.evaluate('push.turnOff()'), 'unavailable')
  t.notOk(await page.evaluate(isSubscribed))
  await context.setOffline(false)
  t.strictSame(await names(), ['bob-2'])
  await reload()
  t.equal(await page.evaluate('push.state()'), 'off')
  t.strictSame(await names(), [], 'after a reload too')

  t.equal(await page.evaluate('push.turnOn()'), 'on')
  await turnOffUntold()
  await reload()
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  t.equal(await page.evaluate('push.state()'), 'on')
  t.strictSame(await names(), ['bob-1'], 'but not where a push service gives the same address again')
})

test('turning off closes what is shown, and leaves that to the worker, which ends nothing that was turned on meanwhile', inBrowser, async t => {
  const { page, address } = await pushingApp(t, 'PushManager.prototype.getSubscription = async () => ({ endpoint: "https://push.example/1", unsubscribe: async () => { self.hasEnded = true } })')
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  const deliver = await delivering(page, address, '/')
  await deliver({ id: 'Before', title: 'Before', message: 'M', tag: 'Before', unread_count: 1 })
  const worker = page.context().serviceWorkers()[0]!
  const titles = () => worker.evaluate<string[]>('registration.getNotifications().then(all => all.map(({ title }) => title))')
  t.strictSame(await titles(), ['Before'])
  // Chromium forgets for good what is being shown while it answers a page.
  await page.evaluate('ServiceWorkerRegistration.prototype.getNotifications = () => { window.hasAsked = true; return [] }')
  t.equal(await page.evaluate('push.turnOff().then(push.turnOn)'), 'on')
  await until('it to be closed', async () => (await titles()).length === 0)
  await deliver({ id: 'After', title: 'After', message: 'M', tag: 'After', unread_count: 1 })
  t.strictSame(await titles(), ['After'])
  t.notOk(await worker.evaluate('self.hasEnded'))
  t.notOk(await page.evaluate('window.hasAsked'))
})

test('turning off also closes what is shown while nobody has told whose it is', inBrowser, async t => {
  const { page, address } = await pushingApp(t)
  await page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => {})")
  const deliver = await delivering(page, address, '/')
  await deliver({ id: 'Before', title: 'Before', message: 'M', tag: 'Before', unread_count: 1 })
  const count = () => page.context().serviceWorkers()[0]!.evaluate<number>('registration.getNotifications().then(all => all.length)')
  t.equal(await count(), 1)
  t.equal(await page.evaluate('push.turnOff()'), 'off')
  await until('it to be closed', async () => await count() === 0)
})
