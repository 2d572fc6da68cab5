import type { Locator, Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { call, people } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { audit } from '../../docs/audit.ts'
import { browse, type Browsing } from '../../docs/browsing.ts'
import { stage } from './stage.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const { root, bob } = people
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const at = await stage(tap)
const { app, address } = at
const { page, complaints } = browser ? await browse(tap as Test, browser, { viewport: { width: 1000, height: 700 } }) : {} as Browsing
page?.setDefaultTimeout(15_000)

at.stage('/bell', '<header><h1>Shop</h1><a href="#">Orders</a><belfry-inbox inbox-url="/inbox"></belfry-inbox><a href="#" id="next">Next</a></header><main></main>', `
const inbox = document.querySelector('belfry-inbox')
Object.assign(globalThis, { inbox, heard: [] })
for (const name of ['belfry-open', 'belfry-click', 'belfry-action']) addEventListener(name, event => { heard.push(name + ' ' + (event.detail.item?.title ?? '')); if (globalThis.isCancelling) event.preventDefault() })
Object.assign(inbox, { url: base, getToken })`)
at.stage('/orders/1', '<h1>Order 1</h1>', '')
at.stage('/feed', '<h1>Inbox</h1><belfry-feed></belfry-feed>', `
const feed = document.querySelector('belfry-feed')
const client = new Belfry(base, { getToken })
Object.assign(globalThis, { feed, client })
feed.client = client
client.connect()`)

const draft = (title: string, fields: object = {}) => ({ title, message: 'It is on its way.', priority: 'info', topic: 'orders', audience: { users: ['bob'] }, ...fields })

async function send (title: string, fields: object = {}): Promise<string> {
  const { status, body } = await call(app, root, 'POST', '/api/notifications/send', draft(title, fields))
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.id
}

/** An inbox with nothing but these titles, the last one on top. */
async function begin (...titles: string[]): Promise<void> {
  while (true) {
    const { body } = await call(app, bob, 'GET', '/api/notifications/me?limit=100')
    if (body.items.length === 0) break
    await call(app, bob, 'POST', '/api/notifications/mark', { as: 'deleted', ids: body.items.map(({ id }: { id: string }) => id) })
  }
  await call(app, root, 'POST', '/api/notifications/batch', { items: titles.map(title => draft(title)) })
}

const row = (page: Page, title: string): Locator => page.locator('.row', { has: page.locator('.name', { hasText: new RegExp(`^${title}$`) }) })
const titles = async (page: Page) => (await page.locator('.row .name').allTextContents()).join(' ')
/** The title of the row that has the focus, or what else has it. */
const focused = async (page: Page) => await page.evaluate(`{
  let element = document.activeElement
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  element.matches('.row') ? element.querySelector('.name').textContent : element.getAttribute('aria-label') ?? element.textContent.trim()
}`)

async function shows (t: Test, page: Page, wanted: string): Promise<void> {
  await until(wanted, async () => await titles(page) === wanted, 10_000).catch(() => {})
  t.equal(await titles(page), wanted)
}

/** Waits until the focus is where it should be. */
async function focuses (t: Test, page: Page, wanted: string): Promise<void> {
  await until(wanted, async () => await focused(page) === wanted, 5_000).catch(() => {})
  t.equal(await focused(page), wanted)
}

test('the bell, by keyboard alone: open, read, archive, undo, delete, mark all, close', inBrowser, async t => {
  await begin('One', 'Two', 'Three')
  await page.goto(`${address}/bell`)
  const bell = page.getByRole('button', { name: 'Notifications, 3 unread' })
  await bell.waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await focuses(t, page, 'Notifications, 3 unread')
  await page.keyboard.press('Enter')
  await shows(t, page, 'Three Two One')
  await focuses(t, page, 'Notifications')
  t.equal(await bell.getAttribute('aria-expanded'), 'true')
  t.strictSame(await audit(page), [], 'axe finds nothing')
  await page.keyboard.press('Tab')
  await focuses(t, page, 'Close')
  await page.keyboard.press('Tab')
  await focuses(t, page, 'All')
  await page.keyboard.press('ArrowRight')
  await focuses(t, page, 'Unread')
  await shows(t, page, 'Three Two One')
  await page.keyboard.press('Home')
  await focuses(t, page, 'All')
  await page.locator('[data-tab=all][aria-selected=true]').waitFor()
  await shows(t, page, 'Three Two One')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await focuses(t, page, 'Three')
  await page.keyboard.press('PageDown')
  await focuses(t, page, 'Two')
  await page.keyboard.press('Enter')
  await row(page, 'Two').locator('[data-verb=unread]').waitFor()
  t.ok(await row(page, 'Two').getAttribute('data-open') !== null, 'Enter opens it, and it is read')
  await page.keyboard.press('Delete')
  await shows(t, page, 'Three One')
  await focuses(t, page, 'One')
  await page.keyboard.press('Control+z')
  await shows(t, page, 'Three Two One')
  await focuses(t, page, 'Two')
  for (const key of ['Tab', 'Tab', 'Tab']) await page.keyboard.press(key)
  await focuses(t, page, 'Archive')
  await page.keyboard.press('Enter')
  await shows(t, page, 'Three One')
  await focuses(t, page, 'One')
  t.match(await page.locator('belfry-feed [role=status]').textContent(), /Archived/, 'and it is said (4.1.3)')
  await page.keyboard.press('Control+End')
  await focuses(t, page, 'UndoCtrl Z')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.locator('belfry-feed').waitFor({ state: 'detached' })
  await focuses(t, page, 'Notifications')
  const { body } = await call(app, bob, 'GET', '/api/notifications/me/unread-count')
  t.strictSame([body.unread_count, body.unseen_count], [0, 0], 'the server knows')
  t.equal((await call(app, bob, 'GET', '/api/notifications/me?view=archived')).body.items[0].title, 'Two')
  await page.keyboard.press('Enter')
  await shows(t, page, 'Three One')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  await page.locator('belfry-feed').waitFor({ state: 'detached' })
  t.strictSame(complaints, [])
})

test('nothing moves under a reader: what arrives waits, is said once, and comes when it is asked for', inBrowser, async t => {
  await begin(...Array.from({ length: 30 }, (_, index) => `Old ${index}`))
  await page.goto(`${address}/feed`)
  await row(page, 'Old 29').waitFor()
  await send('Live')
  await row(page, 'Live').waitFor()
  t.match(await titles(page), /^Live Old 29/, 'at the top it is shown at once')
  await page.locator('belfry-feed [role=status]', { hasText: 'New notification: Live' }).waitFor({ state: 'attached' })
  await row(page, 'Old 20').focus()
  const box = await row(page, 'Old 20').boundingBox()
  const replaced = await send('First', { replace_key: 'k' })
  await send('Second')
  const pill = page.getByRole('button', { name: '2 new' })
  await pill.waitFor()
  t.strictSame(await row(page, 'Old 20').boundingBox(), box)
  await call(app, root, 'PATCH', `/api/broadcast/${(await call(app, bob, 'GET', '/api/notifications/me')).body.items.find(({ title }: { title: string }) => title === 'Old 20').id}`, { title: 'Old 20 edited' })
  await row(page, 'Old 20 edited').getByText('edited', { exact: true }).waitFor()
  await focuses(t, page, 'Old 20 edited')
  await page.keyboard.press('Control+Home')
  await focuses(t, page, '2 new')
  await page.keyboard.press('Enter')
  await focuses(t, page, 'Second')
  t.match(await titles(page), /^Second First Live/)
  await send('First again', { replace_key: 'k' })
  await row(page, 'First again').waitFor()
  t.match(await titles(page), /^Second First again Live/, 'a replacement stands in the place of what it replaces')
  t.equal(await page.locator(`[data-id="${replaced}"]`).count(), 0)
  await row(page, 'First again').getByText('1st update').waitFor()
  await row(page, 'Live').focus()
  await send('Short', { expires_at: new Date(Date.now() + 1200).toISOString() })
  await page.getByRole('button', { name: '1 new' }).waitFor()
  await page.getByRole('button', { name: '1 new' }).waitFor({ state: 'detached' })
  t.pass('what expires leaves by itself')
})

test('links and actions can be taken over, a refused mark comes back', inBrowser, async t => {
  await begin('Plain')
  await send('Linked', { url: '/orders/1', actions: [{ id: 'reply', label: 'Reply' }, { id: 'go', label: 'Go', url: '/go' }] })
  await page.goto(`${address}/bell`)
  await page.evaluate('globalThis.isCancelling = true')
  await page.locator('.bell').click()
  await row(page, 'Linked').locator('.message').click()
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor()
  await page.getByRole('button', { name: 'Reply' }).click()
  t.strictSame(await page.evaluate('heard'), ['belfry-open ', 'belfry-click Linked', 'belfry-action Linked'])
  t.equal(page.url(), `${address}/bell`)
  await page.evaluate('globalThis.isCancelling = false')
  await page.getByRole('button', { name: 'Reply' }).click()
  await page.getByText('You chose Reply').waitFor()
  await page.route('**/api/notifications/mark', async route => { await route.fulfill({ status: 404, contentType: 'application/problem+json', headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify({ code: 'BLF_NOTIFICATION_NOT_FOUND', detail: 'no', status: 404 }) }) })
  await row(page, 'Plain').hover()
  await row(page, 'Plain').locator('[data-verb=archive]').click()
  await page.locator('belfry-feed [role=status]', { hasText: 'taken back' }).waitFor({ state: 'attached' })
  await shows(t, page, 'Linked Plain')
  await page.unroute('**/api/notifications/mark')
  await row(page, 'Linked').locator('.name').click()
  await page.waitForURL(`${address}/orders/1`)
})

test('two elements share a socket and say a thing once; without storage, anchors and popovers they work', inBrowser, async t => {
  await begin('One')
  at.stage('/two', '<h1>Two</h1><belfry-inbox></belfry-inbox><belfry-feed></belfry-feed>', `
delete HTMLElement.prototype.popover
CSS.supports = () => false
for (const element of document.querySelectorAll('belfry-inbox, belfry-feed')) Object.assign(element, { url: base, getToken })`)
  await page.goto('about:blank')
  complaints.length = 0
  await until('no socket', () => app.websocketServer.clients.size === 0)
  await page.addInitScript('for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(globalThis, name, { get () { throw new DOMException("blocked", "SecurityError") } }); Date.now = (now => () => now() + 3_600_000)(Date.now)')
  // The module must not have found a popover.
  await page.addInitScript('delete HTMLElement.prototype.popover')
  const socket = page.waitForEvent('websocket')
  await page.goto(`${address}/two`)
  await row(page, 'One').waitFor()
  t.equal(app.websocketServer.clients.size, 1)
  t.notMatch((await socket).url(), /device/, 'a name that is new each time is no device')
  await page.locator('.bell').click()
  await page.locator('.panel .row').waitFor()
  const [bell, panel] = await Promise.all(['.bell', '.panel'].map(async name => await page.locator(name).boundingBox()))
  t.ok(panel!.y >= bell!.y + bell!.height && panel!.x >= 0, 'it is placed under the bell')
  t.match(await row(page, 'One').first().locator('time').textContent(), /now|hr\. ago/, 'a clock that is an hour off tells a wrong time and nothing else')
  await send('Both')
  await page.locator('.row .name', { hasText: 'Both' }).nth(1).waitFor()
  const said = page.locator('[role=status]', { hasText: 'New notification: Both' })
  await said.waitFor({ state: 'attached' })
  t.equal(await said.count(), 1)
  await row(page, 'Both').nth(1).locator('[data-verb=read]').dispatchEvent('click')
  await row(page, 'Both').first().locator('[data-verb=unread]').waitFor({ state: 'attached' })
  await page.keyboard.press('Escape')
  await page.locator('.panel .row').first().waitFor({ state: 'detached' })
  await page.locator('.bell').click()
  await page.locator('h1').click()
  await page.locator('.panel .row').first().waitFor({ state: 'detached' })
  await page.evaluate('for (const element of document.querySelectorAll("belfry-inbox, belfry-feed")) element.remove()')
  await until('the socket is closed', () => app.websocketServer.clients.size === 0)
  t.strictSame(complaints, [])
})
