import tap, { test } from 'tap'
import { join } from 'node:path'
import { delivering, pushManager } from '../../outbound/push/browser.ts'
import { PUSHING } from '../../outbound/push/pushing.ts'
import { PushService } from '../../outbound/push/service.ts'
import { call, mint, people } from '../../helper.ts'
import { until } from '../../within.ts'
import { bundleApp } from './bundling.ts'
import { chromium } from '../../services/chromium.ts'
import { site } from '../../web/site.ts'
import { browse, originsOf } from '../browsing.ts'
import { blocksOf } from './blocks.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const [block] = blocksOf('README.md').filter(({ language }) => language === 'html')
const browser = (await chromium(tap))!
const CLIENT = join(import.meta.dirname, '../../../src/client')

test('the page of the README is 15 lines, and a live inbox', { skip: browser === undefined && 'without a browser' }, async t => {
  t.equal(block!.text.trim().split('\n').length, 15)
  const { app, base, address, put } = await site(t)
  put('/', 'text/html', block!.text.replaceAll('http://localhost:8000', base))
  // As `npm run demo` has her.
  const { body: { id } } = await call(app, people.root, 'POST', '/api/users', { username: 'alice', password: 'demo-alice', role: 'admin', company: 'company_a' })
  const send = async (title: string) => await call(app, people.root, 'POST', '/api/notifications/send', { title, message: 'Text', priority: 'info', topic: 'news', audience: { users: [id] } })
  await send('The first')
  const { page, requests, complaints } = await browse(t, browser)
  await page.goto(address)
  await page.getByText('The first').waitFor()
  await send('The second')
  await page.getByText('The second').waitFor()
  t.strictSame(await page.locator('li').allInnerTexts(), ['The second', 'The first'])
  await page.waitForFunction('document.title === "Inbox (2)"')
  t.strictSame(originsOf(requests).sort(), [address, base].sort(), 'asks nobody else')
  t.strictSame(complaints, [])
})

test('the app of docs/push.md: its worker imports ours, its button turns pushes on and off, and so does the element', { skip: browser === undefined && 'without a browser' }, async t => {
  const { app, base, address, put } = await site(t, { ...PUSHING, PUSH_AFTER: '0' })
  const service = await PushService.open(t)
  const take = (sign: string) => blocksOf('docs/push.md').find(({ text }) => text.includes(sign))!.text.replaceAll('https://notifications.example', base)
  put('/sw.js', 'text/javascript', take('importScripts'))
  put('/app.js', 'text/javascript', await bundleApp(CLIENT, `const getToken = async () => (await fetch('/token')).text()\n${take('pushOf(')}\n;window.drawn = true`, { '@belfry/client': CLIENT }))
  put('/', 'text/html', '<!doctype html><title>App</title><button id="push"></button><script type="module" src="/app.js"></script>')
  const { page, complaints } = await browse(t, browser, { permissions: ['notifications'] })
  await page.context().addInitScript(pushManager(service.subscribe('bob'), '/'))
  await page.goto(address)
  const button = page.getByRole('button')
  await button.getByText('Show notifications on this device').click()
  await button.getByText('Stop showing notifications').waitFor()
  t.equal((await app.store.pushSubscriptions('bob')).length, 1)
  await call(app, people.root, 'POST', '/api/notifications/send', { id: 'n', title: 'To an app', message: 'M', priority: 'info', topic: 'news', audience: { users: ['bob'] } })
  const { payload } = (await service.received(1))[0]!
  const deliver = await delivering(page, address, '/')
  await deliver(payload)
  await until('the receipt', async () => (await app.store.userReport('n', 'bob'))!.delivered)
  t.match(await page.evaluate("navigator.serviceWorker.getRegistration('/').then(found => found.getNotifications()).then(([{ title, icon }]) => ({ title, icon }))"), { title: 'To an app', icon: `${address}/bell.png` })
  await button.click()
  await button.getByText('Show notifications on this device').waitFor()
  await until('it to be gone', async () => (await app.store.pushSubscriptions('bob')).length === 0)
  t.strictSame(complaints, [])

  put('/element', 'text/html', `<!doctype html><html lang="en"><title>App</title><script type="module" src="${base}/client/inbox.js"></script>${take('push-worker=')}`)
  await page.goto(`${address}/element`)
  await page.evaluate(`document.querySelector('belfry-inbox').getToken = () => ${JSON.stringify(mint(people.bob))}`)
  await page.getByRole('button', { name: 'Notifications' }).click()
  await page.getByRole('tab', { name: 'Preferences' }).click()
  await page.getByRole('switch', { name: 'Show notifications on this device' }).click()
  await until('it to be on', async () => (await app.store.pushSubscriptions('bob')).length === 1)
})
