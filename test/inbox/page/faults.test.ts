import type { Locator, Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { ServerProcess } from '../../chaos/server.ts'
import { browse, type Browsing } from '../../docs/browsing.ts'
import { bearer, mint, people, SECRET, Subscriber, type Person } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { eventually, freePort } from '../../services/process.ts'
import { files } from '../../web/site.ts'
import { stageOn } from './stage.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const { root, bob } = people
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const site = await files(tap as Test)
const port = String(await freePort())
const base = `http://127.0.0.1:${port}`
// Room for one of bob, and for two in all.
const server = new ServerProcess({ env: { PORT: port, JWT_SECRET: SECRET, ALLOWED_ORIGINS: site.address, MAX_CONNECTIONS_PER_USER: '1', MAX_CONNECTIONS: '2', DRAIN_SECONDS: '1' } })
tap.teardown(() => server.dispose())
await server.start()

const { stage } = stageOn({ ...site, base })
stage('/both', '<h1>Shop</h1><belfry-inbox></belfry-inbox><belfry-feed></belfry-feed>', `
for (const element of document.querySelectorAll('belfry-inbox, belfry-feed')) Object.assign(element, { url: base, getToken })`)
const { page, complaints } = browser ? await browse(tap as Test, browser, { viewport: { width: 800, height: 900 } }) : {} as Browsing

async function ask (person: Person | string, method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(base + path, {
    method,
    headers: { ...(typeof person === 'string' ? { authorization: `Bearer ${person}` } : bearer(person)), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.status === 204 ? undefined : await answer.json()
}

const send = async (title: string, audience: object = { users: ['bob'] }) => { await ask(root, 'POST', '/api/notifications/send', { title, message: 'It is on its way.', priority: 'info', topic: 'orders', audience }) }

const row = (title: string): Locator => page.locator('.row', { has: page.locator('.name', { hasText: new RegExp(`^${title}$`) }) })
const banner = (words: string) => page.locator('.banner', { hasText: words })
const titles = async () => (await page.locator('.row .name').allTextContents()).join(' ')

/** Looks every few milliseconds: more often would take the processor from the server and the browser. */
async function until (what: string, isSo: () => Promise<boolean>, ms?: number): Promise<void> {
  await eventually(async () => { if (!await isSo()) throw new Error(`waited for ${what}`) }, ms)
}

async function shows (t: Test, wanted: string, what = wanted): Promise<void> {
  await until(wanted, async () => await titles() === wanted, 10_000).catch(() => {})
  t.equal(await titles(), wanted, what)
}

/** It would try by itself, some seconds later. */
const retry = async (of: Page = page) => { await of.evaluate("dispatchEvent(new Event('online'))") }

/** The page anew, with these notifications alone. */
async function begin (t: Test, ...wanted: string[]): Promise<void> {
  const { items } = await ask(bob, 'GET', '/api/notifications/me?limit=100')
  if (items.length > 0) await ask(bob, 'POST', '/api/notifications/mark', { as: 'deleted', ids: items.map(({ id }: { id: string }) => id) })
  for (const title of wanted) await send(title)
  await page.goto(`${site.address}/both`)
  await shows(t, wanted.toReversed().join(' '))
}

for (const [how, end] of [['killed', () => server.kill()], ['drained', () => server.stop()]] as const) {
  test(`the server is ${how}, and another comes: what was there stays, marks wait, and what was missed comes once`, inBrowser, async t => {
    await begin(t, 'One', 'Two')
    await page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor()
    await end()
    await banner('You’re offline. This is what was here at').waitFor()
    await page.locator('belfry-feed [role=status]', { hasText: 'You’re offline' }).waitFor({ state: 'attached' })
    await shows(t, 'Two One', 'what was there stays')
    await row('One').hover()
    await row('One').locator('[data-verb=archive]').click()
    await shows(t, 'Two')
    await server.start()
    await send('Three')
    await retry()
    // The focus is in the list, which does not move under it.
    await page.getByRole('button', { name: '1 new' }).click()
    await shows(t, 'Three Two', 'what was missed has come, and the mark is not undone')
    await banner('').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor()
    await until('the mark', async () => (await ask(bob, 'GET', '/api/notifications/me?view=archived')).items.some(({ title }: { title: string }) => title === 'One'))
  })
}

test('the server hangs: what is done is shown at once, a list that does not come is a skeleton, and all is well when it goes on', inBrowser, async t => {
  await begin(t, 'One', 'Two')
  server.suspend()
  try {
    await row('Two').locator('.name').click()
    await row('Two').locator('[data-verb=unread]').waitFor({ state: 'attached' })
    await page.locator('[data-tab=archived]').click()
    await page.locator('.skeleton').waitFor()
    t.equal(await page.getByText('couldn’t be loaded').count(), 0, 'it is not over yet')
  } finally {
    server.resume()
  }
  await page.locator('.skeleton').waitFor({ state: 'detached' })
  await page.locator('[data-tab=all]').click()
  await shows(t, 'Two One')
  await until('the mark', async () => (await ask(bob, 'GET', '/api/notifications/me/unread-count')).unread_count === 1)
})

test('there is no room for one more connection: the list is there all the same, says that it is not live, and is as soon as there is', inBrowser, async t => {
  for (const [who, what] of [[[bob], '429'], [[root, people.erin], '503']] as const) {
    await page.goto('about:blank')
    const open = async (person: Person) => {
      const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearer(person) })
      await socket.next('welcome')
      return socket
    }
    let sockets: Subscriber[] = []
    // The page's own may not be gone yet.
    await until('room', async () => {
      try {
        sockets = await Promise.all(who.map(open))
        return true
      } catch { return false }
    })
    await begin(t, `Before ${what}`)
    await banner('offline').waitFor()
    for (const socket of sockets) socket.close()
    await Promise.all(sockets.map(({ closed }) => closed))
    await send('Now')
    await until('it to be live', async () => {
      await retry()
      return await banner('').count() === 0 && await row('Now').count() === 1
    })
    t.pass(`after a ${what}`)
  }
})

test('10,000 unread are counted, paged and marked as read at once', inBrowser, async t => {
  await begin(t, 'Last')
  await Promise.all(Array.from({ length: 20 }, async (_, n) => {
    const items = Array.from({ length: 500 }, (_, index) => ({ title: `${n}.${index}`, message: 'Text', priority: 'info', topic: 'orders', audience: { users: ['bob'] } }))
    await ask(root, 'POST', '/api/notifications/batch', { items })
  }))
  await page.goto(`${site.address}/both`)
  await page.getByRole('button', { name: 'Notifications, 10,001 unread' }).waitFor()
  t.equal(await page.locator('.badge').textContent(), '99+')
  await page.locator('.row').first().waitFor()
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
  await until('more of them', async () => Number(await page.locator('.row').last().getAttribute('aria-posinset')) > 60)
  t.ok(await page.locator('.row').count() <= 120)
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
  await until('the mark', async () => (await ask(bob, 'GET', '/api/notifications/me/unread-count')).unread_count === 0)
})

test('rights that are taken away: a session that ends, a move to another company, and a user who is removed', inBrowser, async t => {
  await ask(root, 'POST', '/api/users', { username: 'zoe', password: 'correct horse battery', company: 'company_a', role: 'user' })
  const login = async () => await ask(root, 'POST', '/api/auth/login', { username: 'zoe', password: 'correct horse battery' })
  const put = (token: string) => { site.put('/token', 'text/plain', token) }
  const { access_token: token, user } = await login()
  // Tokens are not asked for more often than every ten seconds.
  await page.clock.install()
  const later = async () => { await page.clock.fastForward(11_000) }
  put(token)
  await send('For a', { companies: ['company_a'] })
  await page.goto(`${site.address}/both`)
  await shows(t, 'For a')
  await ask(token, 'POST', '/api/auth/logout', { everywhere: true })
  await banner('offline').waitFor()
  await later()
  await banner('You’re not connected. Sign in again').waitFor()
  await shows(t, 'For a', 'what is on the screen stays')
  put((await login()).access_token)
  await page.getByRole('button', { name: 'Try again' }).click()
  await later()
  await banner('').waitFor({ state: 'detached' })

  await ask(root, 'PATCH', `/api/users/${user.id}`, { company: 'company_b' })
  await send('For a again', { companies: ['company_a'] })
  await send('For b', { companies: ['company_b'] })
  await shows(t, 'For b For a')

  await ask(root, 'DELETE', `/api/users/${user.id}`)
  await banner('offline').waitFor()
  await later()
  await banner('You’re not connected').waitFor()
  await page.reload()
  await page.locator('.skeleton').waitFor()
  await later()
  await page.getByText('You’re not connected. Sign in again to see your notifications.').first().waitFor()
  await shows(t, '', 'nothing is left of it')
  site.put('/token', 'text/plain', mint(bob))
})

test('nothing of it was an error of the page', inBrowser, async t => {
  t.strictSame(complaints.filter(text => !/Failed to load resource|WebSocket connection|blocked by CORS policy/.test(text)), [])
})
