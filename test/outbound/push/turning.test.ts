import tap, { test } from 'tap'
import { hasChromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { pushingApp } from './apps.ts'
import { delivering } from './browser.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const inBrowser = { skip: !hasChromium(tap) && 'without a browser' }

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
