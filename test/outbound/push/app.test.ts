import tap, { test } from 'tap'
import { hasChromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { pushingApp } from './apps.ts'
import { delivering } from './browser.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

/** The subscription as a worker has it: it cannot be ended at first. */
const subscribed = `
let tries = 0
self.subscription = { endpoint: 'https://push.example/1', unsubscribe: async () => { if (tries++ === 0) throw new Error('offline'); self.subscription = null } }
PushManager.prototype.getSubscription = async () => self.subscription
`
test('in an app, a logout ends the pushes of its user, without the network too, and leaves alone what is the app\'s', { skip: !hasChromium(tap) && 'without a browser' }, async t => {
  const { page, base, address } = await pushingApp(t, subscribed)
  const context = page.context()
  t.equal(await page.evaluate('push.turnOn()'), 'on')
  const send = await delivering(page, address, '/')
  const worker = context.serviceWorkers()[0]!
  const deliver = (title: string) => send({ id: title, title, message: 'M', tag: title, unread_count: 1 })
  const titles = () => worker.evaluate<string[]>('registration.getNotifications().then(all => all.map(({ title }) => title).sort())')
  await worker.evaluate("registration.showNotification('Own', { requireInteraction: true })")
  await deliver('Before')
  t.strictSame(await titles(), ['Before', 'Own'])
  await page.evaluate(`navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ belfry: 'left', user: '${base} alice' }))`)
  await deliver('Still')
  t.strictSame(await titles(), ['Before', 'Own', 'Still'])
  t.ok(await worker.evaluate('subscription !== null'), 'another user\'s logout is none of this one')

  await context.setOffline(true)
  await page.evaluate('belfry.logout()')
  await until('what was shown to be closed', async () => (await titles()).length === 1)
  t.strictSame(await titles(), ['Own'])
  await deliver('Late')
  await until('the subscription to be ended at the second try', async () => await worker.evaluate('subscription === null'))
  t.strictSame(await titles(), ['Own'])
  // As by an app that subscribes without the client.
  await worker.evaluate("self.subscription = { endpoint: 'https://push.example/2' }")
  await deliver('Anew')
  t.strictSame(await titles(), ['Anew', 'Own'])
})
