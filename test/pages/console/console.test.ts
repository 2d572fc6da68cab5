import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { BrowserContextOptions, Page } from 'playwright-core'
import tap, { type Test } from 'tap'
import { hashPassword } from '../../../src/identity/password.ts'
import { browse, originsOf, type Browsing } from '../../docs/browsing.ts'
import { build, call, clock, listen, people, subscribe } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'

const PASSWORD = 'correct horse battery'
const SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const MAX_BYTES = 80_000

const browser = await chromium(tap)

if (browser) {
  const time = clock(tap)
  const env = { DATABASE_URL: `sqlite:${tap.testdir()}/belfry.db` }
  let app = await build(tap, env)
  const base = await listen(app)
  const passwordHash = await hashPassword(PASSWORD)
  const enrol = (id: string, role: string, company: string | null) => app.store.createUser({ id, username: id, role, company, passwordHash })
  await Promise.all([enrol('ada', 'admin', null), enrol('eve', 'admin', null), enrol('cora', 'admin', 'company_a'), enrol('dora', 'user', 'company_b')])
  await Promise.all(Array.from({ length: 300 }, (_, index) => app.store.createUser({ id: `u${String(index).padStart(4, '0')}`, username: `Number ${index}`, role: 'user', company: 'company_a', passwordHash: null })))
  await app.store.createUser({ id: 'hostile', username: SCRIPT, role: 'user', company: 'company_a', passwordHash: null })
  const send = async (id: string, audience: object, more: object = {}) => {
    const { status, body } = await call(app, { sub: 'ada', role: 'admin' }, 'POST', '/api/notifications/send', { id, title: id, message: 'm', priority: 'info', topic: 'x', audience, ...more })
    if (status >= 300) throw new Error(JSON.stringify(body))
  }
  await send('to-a', { companies: ['company_a'] }, { title: SCRIPT, message: SCRIPT })
  await send('to-b', { companies: ['company_b'] }, { priority: 'warning' })
  await send('planned', { companies: ['company_a'] }, { send_at: new Date(Date.now() + 30 * 86_400_000).toISOString(), title: SCRIPT })
  await app.store.putGroup({ company: 'company_a', group: 'beta' }, { name: 'Beta', isOpen: true })

  /** A page of somebody who has logged in. */
  const enter = async (t: Test, username: string, path = 'console', options: BrowserContextOptions = {}): Promise<Browsing> => {
    const visit = await browse(t, browser, options)
    const { page } = visit
    await page.goto(`${base}/${path}`)
    await page.getByLabel('Username').fill(username)
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('main').getByRole('heading').first().waitFor()
    await page.locator('belfry-login').waitFor({ state: 'detached' })
    return visit
  }
  /** Another page without loading: as a link does. */
  const go = async (page: Page, path: string) => {
    await page.evaluate(`history.pushState(null, '', '${path}'); dispatchEvent(new PopStateEvent('popstate'))`)
    await page.locator('main h1').first().waitFor()
  }
  const isClean = (t: Test, { page, complaints, requests }: Browsing) => {
    t.strictSame(complaints.filter(text => !text.includes('Failed to load resource')), [], 'no breach of the policy, no exception')
    t.strictSame(originsOf(requests), [base], 'nothing is asked for elsewhere')
    return page
  }
  const focusText = 'let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; (e?.textContent ?? "").trim().slice(0, 60)'

  tap.test('what it loads is small', async t => {
    const page = (await app.inject('/console')).body
    const files = [...page.matchAll(/static\/[\w.-]+\.js/g)].map(([name]) => name)
    const sizes = await Promise.all([...new Set(files)].map(async name => gzipSync((await app.inject(`/${name}`)).rawPayload, { level: 9 }).length))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    t.ok(total > 10_000 && total <= MAX_BYTES, `${total} bytes, gzipped`)
  })

  tap.test('every page passes axe, light and wide, dark and narrow, and scrolls one way only', async t => {
    const paths = ['overview', 'compose', 'sent', 'sent/to-a', 'scheduled/planned', 'users', 'users/u0001', 'users/new', 'groups?company=company_a', 'groups/beta?company=company_a', 'groups/new', 'keys', 'keys/new', 'log', 'nothing']
    for (const options of [{ colorScheme: 'light', viewport: { width: 1440, height: 900 } }, { colorScheme: 'dark', viewport: { width: 320, height: 800 } }] as const) {
      const visit = await enter(t, 'ada', 'console', options)
      const { page } = visit
      await page.evaluate(axe)
      for (const path of paths) {
        await go(page, `/console/${path}`)
        if (path === 'overview') await page.locator('console-chart').first().waitFor()
        else if (path !== 'nothing') await page.locator('#view').getByText('Loading…').waitFor({ state: 'detached' })
        const violations = await page.evaluate('axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].target))')
        t.strictSame(violations, [], `${path}, ${options.colorScheme}`)
        t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path}: no sideways scrolling`)
      }
      t.equal(await page.evaluate('window.pwned'), undefined)
      isClean(t, visit)
    }
  })

  tap.test('by keyboard alone: compose, confirm, recall', async t => {
    const reader = await subscribe(t, base, { sub: 'u0002', role: 'user', company: 'company_a' })
    const visit = await enter(t, 'cora', 'console/compose')
    const { page } = visit
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab')
        const found = await page.evaluate('(() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return [e?.id, e?.textContent?.trim()].join(\' \') })()')
        if (name.test(String(found))) return
      }
      throw new Error(`the keyboard did not reach ${name}`)
    }
    await page.locator('#title').waitFor()
    await tabTo(/^title /)
    await page.keyboard.type('Lunch is ready')
    await tabTo(/^message /)
    await page.keyboard.type('In the kitchen.')
    await page.getByText(/Reaches \d+ inboxes/).waitFor()
    await tabTo(/Send$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Send to 30\d inboxes\?$/ }).waitFor()
    t.match(await page.evaluate(focusText), /^Cancel/, 'what does nothing has the focus')
    await page.keyboard.press('Escape')
    t.equal((await call(app, { sub: 'cora', role: 'admin', company: 'company_a' }, 'GET', '/api/sent?q=lunch')).body.items.length, 0, 'Escape sends nothing')
    await tabTo(/Send$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Send to/ }).waitFor()
    await tabTo(/ Send$/)
    await page.keyboard.press('Enter')
    t.match((await reader.next('notification')).payload, { title: 'Lunch is ready', message: 'In the kitchen.' })
    await page.getByText(/^Sent to 30\d inboxes\. See it$/).waitFor()
    await tabTo(/Recall$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Recall from 30\d inboxes\?$/ }).waitFor()
    await tabTo(/ Recall$/)
    await page.keyboard.press('Enter')
    await reader.next('notification.recalled')
    await page.getByText('Recalled.', { exact: false }).first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await go(page, '/console/users')
    await page.locator('#q').waitFor()
    await page.keyboard.press('/')
    t.equal(await page.evaluate('(() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return e.id })()'), 'q', '/ goes to the search')
    isClean(t, visit)
  })

  tap.test('an address opens what it names, and Back goes back; lists are paged and filtered by the server', async t => {
    const visit = await enter(t, 'ada', 'console/sent?type=warning')
    const { page, requests } = visit
    const main = page.locator('#view')
    await main.getByRole('link', { name: 'to-b' }).click()
    await main.getByRole('heading', { name: 'Notification' }).waitFor()
    t.match(page.url(), /\/console\/sent\/to-b\?type=warning$/)
    t.equal(await main.locator('tbody tr').count(), 1, 'the filter stays')
    await page.goBack()
    await main.getByRole('heading', { name: 'Notification' }).waitFor({ state: 'detached' })
    t.match(page.url(), /\/console\/sent\?type=warning$/)
    await page.getByRole('link', { name: 'Users' }).click()
    await main.getByRole('link', { name: 'Next page' }).click()
    await main.getByRole('link', { name: 'First page' }).waitFor()
    t.equal(await main.locator('tbody tr').count(), 50, 'a page, of three hundred')
    await main.locator('#q').fill('u029')
    await page.keyboard.press('Enter')
    await until('the filter', async () => await main.locator('tbody tr').count() === 10)
    t.match(page.url(), /users\?q=u029$/)
    t.ok(requests.filter(url => url.includes('/api/users?')).every(url => new URL(url).searchParams.get('limit') === '50'), 'the server is asked for pages alone')
    await page.reload()
    await until('the same after a reload', async () => await main.locator('tbody tr').count() === 10)
    t.equal(await page.locator('belfry-login').count(), 0, 'still logged in')
    isClean(t, visit)
  })

  tap.test('a company admin sees their own company and no more; who is no admin sees no console', async t => {
    const visit = await enter(t, 'cora')
    const { page } = visit
    await page.locator('console-compose').waitFor()
    t.strictSame(await page.locator('nav li a').allTextContents(), ['Compose', 'Sent', 'Scheduled', 'Users', 'Groups'])
    t.equal(await page.getByText('Everyone').count(), 0, 'what would be refused is not offered')
    await go(page, '/console/sent')
    await page.locator('#view tbody').waitFor()
    t.equal(await page.getByText('to-b').count(), 0)
    t.ok(await page.getByText(SCRIPT).count() > 0, 'a hostile text is a text')
    await page.evaluate('history.pushState(null, "", "/console/keys"); dispatchEvent(new PopStateEvent("popstate"))')
    await page.getByRole('heading', { name: 'Your role can\'t see this page' }).waitFor()
    await go(page, '/console/users/dora')
    await page.getByRole('alert').getByText(/not allowed|may not|right/i).first().waitFor()
    isClean(t, visit)
    const stranger = await enter(t, 'dora')
    await stranger.page.getByRole('heading', { name: 'Your role can\'t use the console' }).waitFor()
    isClean(t, stranger)
  })

  tap.test('rights that are taken away while the page is open', async t => {
    const visit = await enter(t, 'eve')
    await visit.page.locator('console-chart').first().waitFor()
    await call(app, people.root, 'PATCH', '/api/users/eve', { role: 'user' })
    await visit.page.getByRole('heading', { name: 'Your role can\'t use the console' }).waitFor()
    isClean(t, visit)
  })

  tap.test('an API key is made after the password was asked for again, and shown once', async t => {
    const visit = await enter(t, 'ada', 'console/keys/new')
    const { page } = visit
    time.forward(601_000)
    await page.locator('#name').fill('billing')
    await page.getByLabel('Send to everyone').check()
    await page.locator('#view').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
    await page.locator('input[name=confirm]').fill(PASSWORD)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText(/^blf_/).waitFor()
    const key = await page.locator('#secret').textContent()
    t.equal((await app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${key}` } })).statusCode, 200)
    await page.reload()
    await page.getByRole('rowheader', { name: 'billing' }).waitFor()
    t.equal(await page.getByText(/^blf_/).count(), 0)
    isClean(t, visit)
  })

  tap.test('the server goes away and comes back: the overview says so, and its charts have a gap', async t => {
    const visit = await browse(t, browser)
    const { page } = visit
    await page.clock.install()
    await page.goto(`${base}/console`)
    await page.getByLabel('Username').fill('ada')
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    const chart = page.getByRole('img', { name: /^Sockets and streams/ })
    await chart.waitFor()
    await app.close()
    await page.getByText(/^The connection was lost at/).waitFor()
    await page.clock.fastForward(40_000)
    app = await build(tap, env)
    await app.listen({ host: '127.0.0.1', port: Number(new URL(base).port) })
    await until('it to try again', async () => {
      await page.clock.fastForward(1_000)
      return await page.getByText(/^The connection was lost at/).count() === 0
    })
    t.match(await chart.getAttribute('aria-label'), /Nothing was measured for \d\d seconds of them\.$/)
    isClean(t, visit)
  })
}
