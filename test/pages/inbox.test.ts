import type { Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { audit, coveredOnTheWayBack } from '../docs/audit.ts'
import { browse, originsOf } from '../docs/browsing.ts'
import { hashRefreshToken } from '../../src/identity/opaque.ts'
import { clock } from '../helper.ts'
import { PUSHING } from '../outbound/push/pushing.ts'
import { chromium } from '../services/chromium.ts'
import { PASSWORD } from '../security/accounts.ts'
import { until } from '../within.ts'
import { pushed } from './pushed.ts'
import { HOSTILE, login, world } from './world.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const time = clock(tap)
const at = await world(tap, { ...PUSHING, PUSH_AFTER: '0' })
await at.send('Order 1742 shipped')
await at.send('Only for root', 'root')
const row = (page: Page, title: string) => page.getByRole('heading', { name: title }).or(page.getByText(title)).first()

/** A page of a new visitor. Complaints are those of the page itself: that a login was refused is none. */
async function visit (t: Test, options: Parameters<typeof browse>[2] = {}) {
  const browsing = await browse(t, browser, options)
  await browsing.page.goto(`${at.base}/inbox`)
  return { ...browsing, faults: () => browsing.complaints.filter(text => !/Failed to load resource.*(40[13]|ERR_CONNECTION)|WebSocket connection/.test(text)) }
}

test('a login by keyboard alone: refused, mended, in, and out again', inBrowser, async t => {
  const { page, requests, faults } = await visit(t)
  await login(page, 'bob', 'wrong')
  await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
  const focused = '[document.querySelector(\'belfry-inbox-page\').shadowRoot.activeElement.shadowRoot.activeElement].map(({ name, autocomplete }) => name + \' \' + autocomplete)[0]'
  t.equal(await page.evaluate(focused), 'password current-password', 'the password is selected, to be typed again')
  await page.keyboard.insertText(PASSWORD)
  const socket = page.waitForEvent('websocket')
  await page.keyboard.press('Enter')
  await row(page, 'Order 1742 shipped').waitFor()
  t.equal(await page.evaluate('document.querySelector("belfry-inbox-page").shadowRoot.activeElement?.localName'), 'main', 'the focus goes on to the list')
  await at.send('Arrives at once')
  await row(page, 'Arrives at once').waitFor()
  t.match(await page.title(), /^\(2\) Belfry inbox$/)
  t.equal(await page.getByRole('link', { name: 'Inbox, 2 unread', exact: true }).count(), 1)

  t.equal(await page.evaluate('document.cookie'), '', 'no script can read the cookie')
  const device = new URL((await socket).url()).searchParams.get('device')
  t.match(device, /^[\da-f-]{36}$/)
  t.same(await page.evaluate('[{ ...localStorage }, { ...sessionStorage }]'), [{ 'belfry-device': device }, {}], 'no token is stored, only a name of the device')

  // From the top of the page: Inbox, Account, then what is in it.
  await page.getByRole('link', { name: 'Account' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('This one').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByLabel('Username').waitFor()
  await page.reload()
  await page.getByLabel('Username').waitFor()
  t.same(await page.context().cookies(), [], 'nothing is left')
  t.strictSame(faults(), [], 'no policy is broken')
  t.same(originsOf(requests), [at.base], 'nobody else is asked')
  t.equal(await page.evaluate("try { document.createElement('p').innerHTML = '<b>' } catch ({ name }) { name }"), 'TypeError', 'Trusted Types are on')
})

test('axe finds nothing at 320 px, light or dark, and nothing is cut off', inBrowser, async t => {
  // As 1,280 px are seen at 400 %.
  const { page, faults } = await visit(t, { viewport: { width: 320, height: 256 } })
  const isWhole = async (what: string) => {
    t.strictSame(await audit(page), [], what)
    // Only the colours are others.
    await page.emulateMedia({ colorScheme: 'dark' })
    t.strictSame(await audit(page, { runOnly: ['color-contrast'] }), [], `${what} in the dark`)
    await page.emulateMedia({ colorScheme: 'light' })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, `${what} fits (1.4.10)`)
  }
  await page.getByLabel('Username').waitFor()
  await isWhole('the form')
  await login(page, 'bob', 'wrong')
  await page.getByRole('alert').getByText('is wrong').waitFor()
  await isWhole('the form with a fault')
  await page.keyboard.insertText(PASSWORD)
  await page.keyboard.press('Enter')
  await row(page, 'Order 1742 shipped').waitFor()
  await isWhole('the list')
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByText('This one').waitFor()
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Enter the password you have now.').waitFor()
  await isWhole('the account')
  t.strictSame(await coveredOnTheWayBack(page, 10), [], 'the header stands over nothing that has the focus (2.4.11)')
  await page.getByRole('button', { name: 'Log out everywhere' }).first().click()
  await page.getByRole('dialog').waitFor()
  await isWhole('a dialog')
  await page.keyboard.press('Escape')
  t.equal(await page.evaluate('document.querySelector("belfry-inbox-page").shadowRoot.activeElement.shadowRoot.activeElement.shadowRoot.activeElement.className'), 'danger all', 'the focus is where it was (2.4.3)')
  await page.goto(`${at.base}/`)
  await isWhole('the start page')
  t.strictSame(faults(), [])
})

test('tabs follow each other in and out, and a session that ended elsewhere is said', inBrowser, async t => {
  const { page, faults } = await visit(t)
  const second = await page.context().newPage()
  await second.goto(`${at.base}/inbox`)
  await second.getByLabel('Username').waitFor()
  await page.bringToFront()
  await login(page)
  for (const tab of [page, second]) await row(tab, 'Order 1742 shipped').waitFor()
  await second.evaluate('location.hash = "account"')
  await second.getByRole('button', { name: 'Log out', exact: true }).click()
  for (const tab of [page, second]) await tab.getByLabel('Username').waitFor()

  await second.close()
  await page.bringToFront()
  await login(page)
  await row(page, 'Order 1742 shipped').waitFor()
  // Without a connection nothing tells the page: the next call is refused, and so is the cookie.
  await page.evaluate("document.querySelector('belfry-inbox-page').client.disconnect()")
  await at.app().store.revokeSessions('bob')
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByText('Your session has ended. Log in again.').waitFor()
  t.strictSame(faults(), [])
})

/** Makes what tabs tell each other arrive late, so that it crosses; without locks, as in a browser that keeps no data of sites. */
const lateTabs = (hasLocks: boolean) => `{
  const tell = BroadcastChannel.prototype.postMessage
  BroadcastChannel.prototype.postMessage = function (message) {
    if (!this.name.startsWith('belfry session ')) return tell.call(this, message)
    setTimeout(() => { tell.call(this, message); hasTold() }, 400)
  }
  globalThis.told = new Promise(resolve => { globalThis.hasTold = resolve })
  if (!${hasLocks}) LockManager.prototype.request = async () => { throw new DOMException('Refused', 'SecurityError') }
}`

for (const hasLocks of [true, false]) {
  test(`two tabs that log in at once as two users end as the one whose cookie it is, ${hasLocks ? 'with' : 'without'} locks`, inBrowser, async t => {
    const { page, faults } = await visit(t)
    await page.context().addInitScript(lateTabs(hasLocks))
    const tabs = [page, await page.context().newPage()]
    for (const tab of tabs) {
      await tab.goto(`${at.base}/inbox`)
      await tab.getByLabel('Username').waitFor()
    }
    const session = 'document.querySelector("belfry-inbox-page").session'
    const before = (await Promise.all(['bob', 'root'].map(async id => await at.app().store.sessions(id)))).flat().map(({ id }) => id)
    await Promise.all(['bob', 'root'].map(async (name, index) => { await tabs[index]!.evaluate(`${session}.login('${name}', '${PASSWORD}')`) }))
    const cookie = async () => (await page.context().cookies(`${at.base}/api/auth`))[0]!.value
    const owner = (await at.app().store.sessionOfFamily(hashRefreshToken(await cookie()).family!))!.userId
    const loser = owner === 'bob' ? 'root' : 'bob'
    for (const tab of tabs) await tab.evaluate('told')
    const [own, other] = owner === 'bob' ? ['Order 1742 shipped', 'Only for root'] : ['Only for root', 'Order 1742 shipped']
    for (const tab of tabs) {
      await row(tab, own).waitFor()
      t.equal(await tab.getByText(other).count(), 0, 'nothing of the other user is left')
      t.equal(await tab.evaluate('document.querySelector("belfry-inbox-page").api.get("api/auth/me").then(({ id }) => id)'), owner)
    }
    await until('the session that has no cookie any more to end', async () => (await at.app().store.sessions(loser)).every(({ id }) => before.includes(id)))
    t.strictSame(faults(), [])
  })
}

test('pushes are switched on in the preferences, and shown by the service worker, which tells what became of them', inBrowser, async t => {
  const { page, faults } = await visit(t, { permissions: ['notifications'] })
  await pushed(t, at, page)
  t.strictSame(faults(), [])
})

test('names are text, whatever they say', inBrowser, async t => {
  const { page, faults } = await visit(t, { userAgent: HOSTILE })
  page.on('dialog', () => t.fail('a name ran'))
  await login(page, HOSTILE)
  await page.getByRole('tab', { name: 'Unread' }).waitFor()
  await page.evaluate('location.hash = "account"')
  await page.getByRole('heading', { name: HOSTILE }).waitFor()
  t.equal(await page.getByText(HOSTILE).count() >= 4, true, 'username, role, company and id')
  t.strictSame(faults(), [])
})

test('a server that is killed and comes back brings what was sent meanwhile', inBrowser, async t => {
  const { page } = await visit(t)
  await login(page)
  await row(page, 'Order 1742 shipped').waitFor()
  await at.kill()
  await page.getByText(/offline|can't be reached/i).first().waitFor()
  await at.start()
  await at.send('Sent while it was away')
  // It would try by itself, seconds later.
  await page.evaluate("dispatchEvent(new Event('online'))")
  await row(page, 'Sent while it was away').waitFor()

  await page.route('**/api/auth/refresh', route => route.abort())
  await page.reload()
  await page.getByRole('heading', { name: 'The server can\'t be reached' }).waitFor()
  await page.unroute('**/api/auth/refresh')
  await page.getByRole('button', { name: 'Try again' }).click()
  await row(page, 'Sent while it was away').waitFor()
})

test('a browser that keeps no data of this site: it says so, shows the inbox, and logs in again after a reload', inBrowser, async t => {
  const { page, complaints } = await browse(t, browser)
  await page.goto(`${at.base.replace('127.0.0.1', 'localhost')}/inbox`)
  t.match(await page.evaluate('try { localStorage; navigator.cookieEnabled } catch ({ name }) { name }'), 'SecurityError', 'it keeps nothing')
  for (const title of ['Before the reload', 'After the reload']) {
    await page.getByText('This browser keeps no cookies of this site').waitFor()
    await login(page)
    await row(page, 'Order 1742 shipped').waitFor()
    await at.send(title)
    await row(page, title).waitFor()
    await page.reload()
  }
  await page.getByLabel('Username').waitFor()
  t.strictSame(complaints, [])
})

test('a token that expires is replaced, once for all tabs, and the password is asked for again where it must be', inBrowser, async t => {
  const { page, requests, faults } = await visit(t)
  await login(page, 'root')
  await page.getByRole('tab', { name: 'Unread' }).waitFor()
  const before = requests.length
  await page.evaluate('{ const now = Date.now; Date.now = () => now() + 900_000 }')
  time.forward(700_000)
  const api = 'document.querySelector("belfry-inbox-page").api'
  t.same(await page.evaluate(`Promise.all([${api}.get('api/auth/me'), ${api}.get('api/auth/sessions')]).then(([{ id }]) => id)`), 'root')
  t.equal(requests.slice(before).filter(url => url.endsWith('/refresh')).length, 1)

  const made = page.evaluate(`${api}.post('api/keys', { name: "it's a key", scopes: ['metrics:read'] }).then(({ name }) => name, ({ code }) => code)`)
  const dialog = page.getByRole('dialog', { name: 'Is it still you?' })
  await dialog.waitFor()
  await page.keyboard.insertText('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('This is not your password.').waitFor()
  await page.keyboard.insertText(PASSWORD)
  await page.keyboard.press('Enter')
  t.equal(await made, 'it\'s a key', 'then the call is made again')
  t.strictSame(faults(), [])
})
