import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { audit } from '../docs/audit.ts'
import { call, hello, people } from '../helper.ts'
import { delivering, pushManager } from '../outbound/push/browser.ts'
import { PushService } from '../outbound/push/service.ts'
import { until } from '../within.ts'
import { login, type World } from './world.ts'

/** Switches pushes on, off and on again; has one shown, and clicked; and logs out. */
export async function pushed (t: Test, at: World, page: Page): Promise<void> {
  const service = await PushService.open(t)
  const { store } = at.app()
  await page.context().addInitScript(pushManager(service.subscribe('bob'), '/inbox'))
  await page.reload()
  await login(page)
  await page.getByRole('tab', { name: 'Preferences' }).click()
  const choice = page.getByRole('switch', { name: 'Show notifications on this device' })
  await choice.click()
  await until('the server to know of it', async () => (await store.pushSubscriptions('bob')).length === 1)
  await page.waitForFunction('document.querySelector("belfry-inbox-page").shadowRoot.querySelector("belfry-feed").shadowRoot.querySelector("[aria-describedby=push-hint]").checked')
  t.equal((await store.pushSubscriptions('bob'))[0]!.device, await page.evaluate('localStorage["belfry-device"]'))
  t.strictSame(await audit(page), [])
  await choice.click()
  await until('it to be off', async () => (await store.pushSubscriptions('bob')).length === 0)
  await choice.click()
  await until('it to be on again', async () => (await store.pushSubscriptions('bob')).length === 1)

  // No inbox is open, or it would have it.
  await page.goto(`${at.base}/`)
  await call(at.app(), people.root, 'POST', '/api/notifications/send', { ...hello, id: 'pushed', title: 'Pushed', url: '/orders/1', actions: [{ id: 'later', label: 'Later' }], audience: { users: ['bob'] } })
  const { payload } = (await service.received(1))[0]!
  const deliver = await delivering(page, at.base, '/inbox')
  const shown = 'navigator.serviceWorker.getRegistration("/inbox").then(found => found.getNotifications()).then(all => all.map(({ title, body, tag, actions }) => ({ title, body, tag, actions: actions.map(({ action, title }) => [action, title]) })))'
  await deliver({ not: 'of Belfry' })
  await deliver(payload)
  t.same(await page.evaluate(shown), [{ title: 'Pushed', body: hello.message, tag: payload.tag, actions: [['later', 'Later']] }])
  const state = async () => (await store.userReport('pushed', 'bob'))!
  await until('the receipt', async () => (await state()).delivered)
  await deliver({ ...payload, title: 'Newer', receipt: undefined })
  t.match(await page.evaluate(shown), [{ title: 'Newer' }], 'one with the same tag takes its place')
  t.equal((await page.evaluate<unknown[]>(shown)).length, 1)

  const worker = page.context().serviceWorkers().find(worker => worker.url() === `${at.base}/push-worker.js`)!
  await deliver(payload)
  t.match(await page.evaluate(shown), [{ title: 'Pushed' }])
  const click = (action: string) => worker.evaluate(`registration.getNotifications().then(async ([notification]) => {
    const opened = new Promise(resolve => { clients.openWindow = async url => resolve(url) })
    dispatchEvent(new NotificationEvent('notificationclick', { notification, action: '${action}' }))
    return ${action === ''} && await opened
  })`)
  await click('later')
  await until('what was chosen', async () => (await state()).acted)
  await until('it to be closed', async () => (await page.evaluate<unknown[]>(shown)).length === 0)
  // With the same tag it may be what Chromium closes, which takes its time with the one before.
  await deliver({ ...payload, tag: 'another', receipt: undefined })
  t.equal((await page.evaluate<unknown[]>(shown)).length, 1)
  t.equal(await click(''), `${at.base}/orders/1`, 'a click opens what it is about')

  await page.goto(`${at.base}/inbox#account`)
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await until('the subscription to end with its session', async () => (await store.pushSubscriptions('bob')).length === 0)
}
