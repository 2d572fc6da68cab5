import tap, { test, type Test } from 'tap'
import { call, people } from '../../helper.ts'
import { audit } from '../../docs/audit.ts'
import { browse, type Browsing } from '../../docs/browsing.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { focuses, row, shows, writer } from './reader.ts'
import { stage } from './stage.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const { root, bob } = people
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const at = await stage(tap)
const { app, address } = at
const { send, begin } = writer(app)
const { page, complaints } = browser ? await browse(tap as Test, browser, { viewport: { width: 768, height: 900 }, timezoneId: 'Europe/Berlin' }) : {} as Browsing

at.stage('/feed', '<main><h1>Shop</h1><h2>Inbox</h2><belfry-feed></belfry-feed></main>', `
const client = new Belfry(base, { getToken })
Object.assign(globalThis, { client })
document.querySelector('belfry-feed').client = client
client.connect()`)
at.stage('/bell', '<main><h1>Shop</h1><belfry-inbox></belfry-inbox></main>', "Object.assign(document.querySelector('belfry-inbox'), { url: base, getToken })")

const ME = '/api/preferences/me'
const preferences = async () => (await call(app, bob, 'GET', ME)).body
const topic = (name: string) => page.getByRole('group', { name, exact: true })
const said = (text: string) => page.locator('belfry-feed [role=status]', { hasText: text })
const press = async (...keys: string[]) => { for (const key of keys) await page.keyboard.press(key) }

test('topics, by keyboard alone: muted, mailed once a day, following other devices, and locked meanwhile', inBrowser, async t => {
  await call(app, root, 'PUT', '/api/topics/safety', { description: 'What keeps you safe', locked: true })
  await begin('Old')
  await page.goto(`${address}/feed`)
  await row(page, 'Old').waitFor()
  await page.locator('[data-tab=all]').focus()
  await press('End')
  await focuses(t, page, 'Preferences')
  await topic('orders').waitFor()
  await press('Tab', 'Space')
  await said('Saved.').waitFor({ state: 'attached' })
  t.match(await preferences(), { topics: { orders: { inbox: 'off' } } })
  await send('Muted')
  await press('Tab', 'Tab')
  await page.keyboard.type('On')
  await until('the mail', async () => (await preferences()).topics.orders.mail === 'digest')
  t.strictSame(await topic('safety').locator('input, select').evaluateAll(controls => controls.map(control => (control as any).disabled)), [true, true, true])
  t.match(await topic('safety').innerText(), /What keeps you safe\s+Set by the operator/)
  t.strictSame(await audit(page), [], 'axe finds nothing')

  await call(app, bob, 'PATCH', ME, { topics: { orders: { inbox: 'on', push: 'off' } } })
  await topic('orders').getByLabel('Inbox').and(page.locator(':checked')).waitFor()
  t.notOk(await topic('orders').getByLabel('Push').isChecked(), 'what another device chose is shown')

  await page.route(`**${ME}`, async route => {
    if (route.request().method() === 'PATCH') await call(app, root, 'PUT', '/api/topics/orders', { locked: true })
    await route.continue()
  })
  await topic('orders').getByLabel('Inbox').click()
  await page.locator('.outcome', { hasText: 'That has been locked meanwhile.' }).waitFor()
  await topic('orders').getByText('Set by the operator').waitFor()
  t.ok(await topic('orders').getByLabel('Inbox').isChecked(), 'and is as it was')
  await page.unroute(`**${ME}`)
  await call(app, root, 'DELETE', '/api/topics/orders')
  await page.locator('[data-tab=all]').click()
  await shows(t, page, 'Old')
  await send('Heard again')
  await shows(t, page, 'Heard again Old')
})

test('quiet hours and the time of the day\'s mail, by keyboard alone: refused with a reason, saved with the time zone, and given up', inBrowser, async t => {
  await page.goto(`${address}/feed`)
  await page.locator('[data-tab=preferences]').click()
  const use = page.getByLabel('Keep quiet hours')
  const daily = page.getByLabel('Daily email')
  t.equal(await daily.inputValue(), '08:00', 'what holds without a choice')
  await page.getByText('comes at this time (UTC)').waitFor()
  await use.focus()
  await press('Space', 'Tab')
  t.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin', 'that of the browser')
  await page.getByText('on the next day').waitFor()
  await page.getByLabel('Until').fill('22:00')
  for (const day of ['Sunday', 'Saturday']) {
    await page.getByLabel(day).focus()
    await press('Space')
  }
  await page.getByRole('button', { name: 'Save' }).focus()
  await press('Enter')
  await page.getByRole('alert').getByText('The end must differ from the beginning.').waitFor()
  t.strictSame(await audit(page), [], 'axe finds nothing')
  await daily.focus()
  await press('0', '6', '3', '0', 'P')
  await page.getByLabel('Until').fill('06:30')
  await page.getByRole('alert').getByText('must differ').waitFor({ state: 'detached' })
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo')
  await page.getByText('comes at this time (Asia/Tokyo)').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' })
  await until('it to be saved', async () => (await preferences()).digest_at === '18:30')
  t.strictSame((await preferences()).quiet_hours, { timezone: 'Asia/Tokyo', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '06:30' })
  await call(app, bob, 'PATCH', ME, { quiet_hours: { to: '08:00' } })
  await until('the change of another device', async () => await page.getByLabel('Until').inputValue() === '08:00')
  await use.uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await until('none', async () => (await preferences()).quiet_hours === null)
  t.equal((await preferences()).digest_at, '18:30', 'what was not changed stays')
  await call(app, bob, 'PATCH', ME, { digest_at: '09:15' })
  await until('the change of another device', async () => await daily.inputValue() === '09:15')
})

test('what must be acknowledged stays until it is, by keyboard alone; a reminder leads to it, and goes with it', inBrowser, async t => {
  await begin()
  const rules = await send('Rules', { acknowledge: {} })
  // More than a page.
  await begin(...Array.from({ length: 60 }, (_, index) => `Newer ${index}`))
  const late = await send('Late', { acknowledge: { by: new Date(Date.now() + 2_000).toISOString() } })
  await page.goto(`${address}/bell`)
  await page.getByRole('button', { name: 'Notifications, 62 unread', exact: true }).waitFor()
  t.equal((await call(app, root, 'POST', `/api/reports/${rules}/remind`)).status, 200)
  await page.getByRole('button', { name: 'Notifications, 62 unread, 1 to acknowledge' }).focus()
  t.equal(await page.locator('.badge').textContent(), '62!')
  await page.locator('[role=status]', { hasText: 'Reminder: an older notification must still be acknowledged.' }).waitFor({ state: 'attached' })
  await press('Enter')
  await row(page, 'Late').waitFor()
  await page.getByRole('button', { name: 'Show', exact: true }).focus()
  await press('Enter')
  await focuses(t, page, 'Rules')
  await page.locator('.banner', { hasText: 'Reminder: please acknowledge' }).waitFor()
  t.strictSame(await audit(page), [], 'axe finds nothing')
  await press('Delete')
  await said('It stays here until you acknowledge it.').waitFor({ state: 'attached' })
  t.equal(await page.locator('.undo').count(), 0)
  await press('Tab', 'Tab')
  await focuses(t, page, 'Acknowledge')
  await press('Enter')
  await focuses(t, page, 'Rules')
  await row(page, 'Rules').getByText('Acknowledged now').waitFor()
  await said('Acknowledged.').waitFor({ state: 'attached' })
  await page.locator('.banner').waitFor({ state: 'detached' })
  await press('Delete')
  await row(page, 'Rules').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Notifications, 61 unread', exact: true }).waitFor()
  await press('Home')
  await focuses(t, page, 'Late')
  await row(page, 'Late').getByText('Should have been acknowledged by').waitFor()
  t.equal((await call(app, bob, 'PUT', `/api/notifications/${late}/acknowledge`)).body.late, true)
  await row(page, 'Late').getByText('Acknowledged late').waitFor()
  // That a change was refused is said by the browser too.
  t.strictSame(complaints.filter(text => !text.includes('409')), [])
})

test('an element that has nothing to get a client from says what is missing, and one whose client is taken away that it is not connected', inBrowser, async t => {
  at.stage('/missing', '<main><h1>Shop</h1><belfry-feed></belfry-feed><belfry-inbox url="/"></belfry-inbox></main>', 'Object.assign(globalThis, { base, getToken })')
  const { page, complaints } = await browse(t, browser)
  await page.clock.install()
  await page.goto(`${at.address}/missing`)
  await page.locator('.bell').click()
  await page.locator('belfry-inbox belfry-feed').waitFor()
  await page.clock.fastForward(5_000)
  const missing = ['<belfry-feed> needs client, or url and getToken, but has no client, no url, no getToken', '<belfry-inbox> needs client, or url and getToken, but has no client, no getToken']
  for (const text of missing) await page.getByText(text).waitFor()
  t.strictSame(complaints.sort(), missing.map(text => `TypeError: ${text}`), 'the console of the browser has each once')
  t.strictSame(await audit(page), [])
  await page.evaluate('for (const element of document.querySelectorAll("belfry-feed, belfry-inbox")) Object.assign(element, { url: base, getToken })')
  for (const text of missing) await page.getByText(text).waitFor({ state: 'detached' })
  await page.evaluate('document.querySelector("belfry-feed").getToken = undefined; document.querySelector("belfry-inbox").removeAttribute("url")')
  for (const element of ['main > belfry-feed', 'belfry-inbox']) await page.locator(element).getByText('You’re not connected.').first().waitFor()
  await page.evaluate('Object.assign(document.querySelector("belfry-feed"), { url: "ftp://x", getToken })')
  await page.locator('main > belfry-feed').getByText('url must be an address such as https://example.com, not ftp://x').waitFor()
  t.equal(complaints.length, 3)
})
