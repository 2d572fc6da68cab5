import tap, { type Test } from 'tap'
import { audit } from '../../docs/audit.ts'
import { call, people, subscribe } from '../../helper.ts'
import { PASSWORD } from '../../security/accounts.ts'
import { chromium } from '../../services/chromium.ts'
import { until } from '../../within.ts'
import { changesContact } from './contact.ts'
import { faultTests } from './faults.ts'
import { logTests } from './log.ts'
import { reportTests } from './reports.ts'
import { webhookTests } from './webhooks.ts'
import { closesMenu, explains, focused, isTitled, isUsable, openConsole, SCRIPT, tableIn, tabThrough } from './world.ts'

const ada = { sub: 'ada', role: 'admin' }
const cora = { sub: 'cora', role: 'admin', company: 'company_a' }

// On a machine that does much else, its pages take their time.
tap.setTimeout(450_000)
const browser = await chromium(tap)

if (browser) {
  const world = await openConsole(tap, browser)
  const { base, enter, go, isClean } = world

  tap.test('every page passes axe, light and wide, dark and narrow, and scrolls one way only', async t => {
    const paths = ['overview', 'compose', 'sent', 'sent/must?state=outstanding&user=u0001', 'scheduled', 'scheduled/planned', 'users', 'users/nameless', 'users/new', 'groups', 'groups?company=company_a', 'groups/beta?company=company_a', 'groups/new', 'topics', 'topics/orders?company=company_a', 'webhooks', 'webhooks/hook', 'webhooks/new', 'keys', 'keys/new', 'log', 'nothing']
    for (const options of [{ colorScheme: 'light', viewport: { width: 1440, height: 900 } }, { colorScheme: 'dark', viewport: { width: 320, height: 800 } }] as const) {
      const visit = await enter(t, 'ada', 'console', options)
      const { page } = visit
      t.match(await focused(page), /^main /, 'after a login the focus is in the page')
      for (const path of paths) {
        await go(page, `/console/${path}`)
        if (path === 'overview') await page.locator('console-chart').first().waitFor()
        else if (path !== 'nothing') await page.locator('#view').getByText('Loading…').waitFor({ state: 'detached' })
        t.strictSame(await audit(page), [], `${path}, ${options.colorScheme}`)
        t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path}: no sideways scrolling`)
        if (options.viewport.width === 320) await isUsable(t, page, path)
        t.strictSame(await tableIn(page), { hidden: 0, areAligned: true }, `${path}, ${options.colorScheme}: every column is in sight, and titles begin at one place`)
      }
      if (options.viewport.width === 320) await closesMenu(t, page)
      t.equal(await page.evaluate('window.pwned'), undefined)
      isClean(t, visit)
    }
  })

  tap.test('by keyboard alone: compose, confirm, recall', async t => {
    const reader = await subscribe(t, base, { sub: 'u0002', role: 'user', company: 'company_a' })
    const visit = await enter(t, 'cora', 'console/compose')
    const { page } = visit
    const tabTo = async (name: RegExp) => { await tabThrough(page, name) }
    await page.locator('#title').waitFor()
    await tabTo(/^title /)
    await page.keyboard.type('Lunch is ready')
    await tabTo(/^message /)
    await page.keyboard.type('In the kitchen.')
    await page.getByText(/Reaches \d+ inboxes/).waitFor()
    t.notMatch(await page.locator('console-compose pre').first().textContent(), /"id"/, 'the call to copy has no id')
    await tabTo(/Send$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Send to 30\d inboxes\?$/ }).waitFor()
    t.match(await focused(page), /^ Cancel$/, 'what does nothing has the focus')
    await page.keyboard.press('Escape')
    t.equal((await call(world.app, cora, 'GET', '/api/sent?q=lunch')).body.items.length, 0, 'Escape sends nothing')
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
    t.match(await focused(page), /^q /, '/ goes to the search')
    isClean(t, visit)
  })

  tap.test('an address opens what it names, and Back goes back; lists are paged and filtered by the server', async t => {
    const visit = await enter(t, 'ada', 'console/sent?type=warning')
    const { page, requests } = visit
    const main = page.locator('#view')
    await isTitled(t, page, 'Sent · Belfry')
    await main.getByRole('link', { name: 'to-b' }).click()
    await main.getByRole('heading', { name: 'Notification' }).waitFor()
    t.match(page.url(), /\/console\/sent\/to-b\?type=warning$/)
    t.equal(await main.locator('tbody tr').count(), 1, 'the filter stays')
    await isTitled(t, page, 'to-b · Sent · Belfry')
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
    await isTitled(t, page, 'Users · Belfry')
    t.equal(await page.locator('belfry-login').count(), 0, 'still logged in')
    isClean(t, visit)
  })

  tap.test('a company admin sees their own company and no more; who is no admin sees no console', async t => {
    const visit = await enter(t, 'cora')
    const { page } = visit
    await page.locator('console-compose').waitFor()
    t.strictSame(await page.locator('nav li a').allTextContents(), ['Compose', 'Sent', 'Scheduled', 'Users', 'Groups', 'Topics', 'Webhooks', 'Log'])
    t.equal(await page.getByText('Everyone').count(), 0, 'what would be refused is not offered')
    await go(page, '/console/sent')
    await page.locator('#view tbody').waitFor()
    t.equal(await page.getByText('to-b').count(), 0)
    t.ok(await page.getByText(SCRIPT).count() > 0, 'a hostile text is a text')
    await page.evaluate('history.pushState(null, "", "/console/keys"); dispatchEvent(new PopStateEvent("popstate"))')
    await page.getByRole('heading', { name: 'Your role can\'t see this page' }).waitFor()
    await explains(page, async () => await go(page, '/console/compose'))
    await go(page, '/console/users/dora')
    await page.getByRole('alert').getByText(/not allowed|may not|right/i).first().waitFor()
    isClean(t, visit)
    const stranger = await enter(t, 'dora')
    await stranger.page.getByRole('heading', { name: 'Your role can\'t use the console' }).waitFor()
    isClean(t, stranger)
  })

  tap.test('what admins do: users, groups, plans, and what was sent', async t => {
    const visit = await enter(t, 'cora', 'console/users/new')
    const { page } = visit
    const view = page.locator('#view')
    const sure = async (heading: RegExp, action: string) => {
      await page.getByRole('heading', { name: heading }).waitFor()
      await page.locator('console-ask').getByRole('button', { name: action, exact: true }).click()
    }
    await view.locator('#username').fill('frank')
    await view.locator('#password').fill('short')
    await view.getByRole('button', { name: 'Create', exact: true }).click()
    await view.getByText(/must .*8 characters/).first().waitFor()
    await view.locator('#password').fill(PASSWORD)
    await view.getByRole('button', { name: 'Create', exact: true }).click()
    await view.getByRole('heading', { name: 'frank' }).waitFor()
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!)
    const user = async () => (await call(world.app, ada, 'GET', `/api/users/${id}`)).body
    t.match(await user(), { username: 'frank', role: 'user', company: 'company_a' })
    await changesContact(t, page, user)
    await view.locator('#role').last().fill('editor')
    await view.getByRole('button', { name: 'Save', exact: true }).click()
    await sure(/^Make frank editor in company_a\?$/, 'Change')
    await until('the role', async () => (await user()).role === 'editor')
    await call(world.app, null, 'POST', '/api/auth/login', { username: 'frank', password: PASSWORD }, { 'user-agent': 'A phone' })
    await view.getByText('Sessions and devices').click()
    await view.getByText('A phone').waitFor()
    await view.locator('console-user-sessions').getByRole('button', { name: 'End' }).click()
    await sure(/^End this session\?$/, 'End the session')
    await view.getByText(/^Nobody is logged in/).waitFor()
    await view.locator('console-user-groups summary').click()
    await view.getByLabel('Add to the group').fill('beta')
    await view.getByRole('button', { name: 'Add', exact: true }).click()
    await view.getByRole('button', { name: 'Remove from Beta' }).waitFor()
    await view.locator('console-user-inbox summary').click()
    await view.getByText('Empty.').waitFor()
    await go(page, '/console/groups/beta')
    await view.getByRole('link', { name: 'frank' }).waitFor()
    await view.getByLabel('Add user ids').fill('u0001, u0002')
    await view.getByRole('button', { name: 'Add 2' }).click()
    await view.getByRole('link', { name: 'Number 1' }).waitFor()
    await view.getByRole('button', { name: 'Remove the group' }).click()
    await sure(/^Remove Beta\?$/, 'Remove')
    await view.getByText('No groups here yet').waitFor()
    await go(page, `/console/users/${id}`)
    await view.getByRole('button', { name: 'Remove the user' }).click()
    await sure(/^Remove frank\?$/, 'Remove')
    await view.getByRole('heading', { name: 'frank' }).waitFor({ state: 'detached' })
    t.equal((await call(world.app, ada, 'GET', `/api/users/${id}`)).status, 404)
    await go(page, '/console/scheduled/planned')
    await view.getByRole('button', { name: 'Change' }).click()
    await view.locator('#title').fill('A better title')
    await view.getByRole('button', { name: 'Save' }).click()
    await view.getByRole('link', { name: 'A better title' }).waitFor()
    await view.getByRole('button', { name: 'Cancel the plan' }).click()
    await sure(/^Cancel this plan\?$/, 'Cancel the plan')
    await view.getByRole('cell', { name: 'cancelled' }).waitFor()
    await go(page, '/console/sent/to-a')
    await view.getByRole('button', { name: 'Edit' }).click()
    await view.locator('#title-field').fill('Edited here')
    await view.getByRole('button', { name: 'Save' }).click()
    await view.getByRole('link', { name: 'Edited here' }).waitFor()
    t.match((await call(world.app, ada, 'GET', '/api/sent/to-a')).body, { title: 'Edited here', revision: 2 })
    t.equal(await page.evaluate('window.pwned'), undefined)
    isClean(t, visit)
  })

  reportTests(tap as Test, world)
  webhookTests(tap as Test, world)
  logTests(tap as Test, world)

  tap.test('rights that are taken away while the page is open', async t => {
    const visit = await enter(t, 'eve')
    await visit.page.locator('console-chart').first().waitFor()
    await call(world.app, people.root, 'PATCH', '/api/users/eve', { role: 'user' })
    await visit.page.getByRole('heading', { name: 'Your role can\'t use the console' }).waitFor()
    isClean(t, visit)
    // Nothing is refused to a company admin who only looks: the session's refresh, and another page, make the console ask.
    const { page } = await enter(t, 'fay', 'console/users')
    await page.getByText('Admin of company_a').waitFor()
    await call(world.app, people.root, 'PATCH', '/api/users/fay', { company: 'company_b' })
    await page.evaluate("(async ({ session }) => { await session.token(await session.token()) })(document.querySelector('belfry-console-page'))")
    await page.getByText('Admin of company_b').waitFor()
    await call(world.app, people.root, 'PATCH', '/api/users/fay', { role: 'user' })
    await page.getByRole('link', { name: 'Sent', exact: true }).click()
    await page.getByRole('heading', { name: 'Your role can\'t use the console' }).waitFor()
  })

  tap.test('an API key is made after the password was asked for again, and shown once', async t => {
    const visit = await enter(t, 'ada', 'console/keys/new')
    const { page } = visit
    world.time.forward(601_000)
    await page.locator('#name').fill('billing')
    await page.getByLabel('Send to everyone').check()
    await page.locator('#view').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
    await page.locator('input[name=confirm]').fill(PASSWORD)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText(/^blf_/).waitFor()
    const key = await page.locator('#secret').textContent()
    t.equal((await world.app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${key}` } })).statusCode, 200)
    await page.reload()
    await page.getByRole('rowheader', { name: 'billing' }).waitFor()
    t.equal(await page.getByText(/^blf_/).count(), 0)
    isClean(t, visit)
  })

  faultTests(tap as Test, browser, world)
}
