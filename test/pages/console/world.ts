import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { coveredOnTheWayBack } from '../../docs/audit.ts'
import { browse, originsOf, type Browsing } from '../../docs/browsing.ts'
import { build, call, clock, listen, type App } from '../../helper.ts'
import { ALLOWING } from '../../outbound/receiver.ts'
import { enrol, PASSWORD } from '../../security/accounts.ts'
import { until } from '../../within.ts'

/** What runs if a page takes it for markup. */
export const SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'

export type ConsoleWorld = Awaited<ReturnType<typeof openConsole>>

/**
 * A server with `ada` and `eve` (platform admins), `cora` and `fay` (admins of company_a) and `dora` (of company_b), 300 users of
 * company_a, one with a hostile name and one without any, something sent to each company, a plan, and a webhook that fares badly; and visits of its console.
 */
export async function openConsole (t: Test, browser: Browser) {
  const time = clock(t)
  const env = { DATABASE_URL: `sqlite:${t.testdir()}/belfry.db`, ...ALLOWING, SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'belfry@example.com' }
  const world = { app: await build(t, env), base: '', time, restart, enter, go, isClean }
  world.base = await listen(world.app)
  await populate(world.app)
  return world

  /** Another server on the same store, at the same address. */
  async function restart (): Promise<void> {
    world.app = await build(t, env)
    await world.app.listen({ host: '127.0.0.1', port: Number(new URL(world.base).port) })
  }

  /** A page of somebody who has logged in. */
  async function enter (t: Test, username: string, path = 'console', options: BrowserContextOptions = {}): Promise<Browsing> {
    const visit = await browse(t, browser, options)
    const { page } = visit
    await page.goto(`${world.base}/${path}`)
    await logIn(page, username)
    await page.locator('main').getByRole('heading').first().waitFor()
    await page.locator('belfry-login').waitFor({ state: 'detached' })
    return visit
  }

  /** Another page without loading: as a link does. */
  async function go (page: Page, path: string): Promise<void> {
    await page.evaluate(`history.pushState(null, '', '${path}'); dispatchEvent(new PopStateEvent('popstate'))`)
    await page.locator('main h1').first().waitFor()
  }

  function isClean (t: Test, { complaints, requests }: Browsing): void {
    t.strictSame(complaints.filter(text => !text.includes('Failed to load resource')), [], 'no breach of the policy, no exception')
    t.strictSame(originsOf(requests), [world.base], 'nothing is asked for elsewhere')
  }
}

export async function logIn (page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.locator('input[name=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
}

/** What has the focus, through every shadow tree: its id and its text. */
export async function focused (page: Page): Promise<string> {
  return String(await page.evaluate('(() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; return [e?.id, (e?.textContent ?? "").trim()].join(" ") })()'))
}

/** Goes on by Tab until what has the focus has such an id and text. */
export async function tabThrough (page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (name.test(await focused(page))) return
  }
  throw new Error(`the keyboard did not reach ${name}`)
}

/** Of the table of a page, if it has one: how many pixels of its width are out of sight, and whether the links of its rows begin at one place. */
export async function tableIn (page: Page): Promise<{ hidden: number, areAligned: boolean }> {
  return await page.evaluate(`(() => {
    const scroll = document.querySelector('belfry-console-page').shadowRoot.querySelector('#view')?.shadowRoot.querySelector('.scroll')
    return { hidden: scroll ? scroll.scrollWidth - scroll.clientWidth : 0, areAligned: new Set([...scroll?.querySelectorAll('tbody th') ?? []].flatMap(head => head.querySelector('a')?.getBoundingClientRect().left ?? [])).size <= 1 }
  })()`)
}

/** A narrow page has room for spaced text (1.4.12), its header stands over nothing that has the focus (2.4.11), and a user without a name has an id. */
export async function isUsable (t: Test, page: Page, path: string): Promise<void> {
  t.ok(await page.evaluate(`(({ documentElement: { style } }) => {
    Object.assign(style, { letterSpacing: '.12em', wordSpacing: '.16em' })
    const fits = document.documentElement.scrollWidth <= innerWidth
    Object.assign(style, { letterSpacing: '', wordSpacing: '' })
    return fits
  })(document)`), `${path}: spaced text fits`)
  const view = page.locator('#view')
  if (path === 'users/nameless') await view.getByRole('heading', { name: 'nameless', exact: true }).waitFor()
  if (path === 'compose') await view.getByRole('button', { name: 'Send', exact: true }).focus()
  if (path === 'users') await view.locator('tbody a').last().focus()
  if (path === 'compose' || path === 'users') t.strictSame(await coveredOnTheWayBack(page, 25), [], `${path}: what has the focus is seen`)
}

/** Escape in the menu of a narrow page gives the focus back to the button that opened it. */
export async function closesMenu (t: Test, page: Page): Promise<void> {
  await page.locator('.menu').focus()
  await page.keyboard.press('Enter')
  await tabThrough(page, /^ Sent$/)
  await page.keyboard.press('Escape')
  await page.locator('#pages').waitFor({ state: 'hidden' })
  await until('the focus', async () => await page.locator('.menu:focus').count() === 1)
}

/** The form of an admin of company_a says why it cannot send: to somebody of elsewhere, to nobody that is known, without a title. */
export async function explains (page: Page, open: () => Promise<void>): Promise<void> {
  await open()
  await page.getByLabel('Single users').check()
  // Both are answered alike: nobody learns who exists.
  for (const id of ['dora', 'nobody-at-all']) {
    await page.locator('#users').fill(id)
    await page.getByText(`You can’t send to “${id}”: an admin of company_a sends to users of company_a only. Check the id`).waitFor()
  }
  await page.locator('#title').fill('  ')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('Write what readers see first.').first().waitFor()
}

async function populate (app: App): Promise<void> {
  await Promise.all([...['ada', 'eve'].map(id => ({ id, role: 'admin' })), ...['cora', 'fay'].map(id => ({ id, role: 'admin', company: 'company_a' })), { id: 'dora', company: 'company_b' }].map(account => enrol(app, account)))
  await Promise.all(Array.from({ length: 300 }, (_, index) => app.store.createUser({ id: `u${String(index).padStart(4, '0')}`, username: `Number ${index}`, role: 'user', company: 'company_a', passwordHash: null })))
  await app.store.createUser({ id: 'hostile', username: SCRIPT, name: SCRIPT, role: 'user', company: 'company_a', passwordHash: null })
  // The token of another backend names nobody.
  await call(app, { sub: 'nameless', role: 'user', company: 'company_a' }, 'GET', '/api/auth/me')
  await app.store.putGroup({ company: 'company_a', group: 'beta' }, { name: 'Beta', isOpen: true })
  await app.store.putGroup({ company: null, group: 'long' }, { name: 'N'.repeat(200), isOpen: true })
  const send = async (id: string, audience: object, more: object = {}) => {
    const { status, body } = await call(app, { sub: 'ada', role: 'admin' }, 'POST', '/api/notifications/send', { id, title: id, message: 'm', priority: 'info', topic: 'x', audience, ...more })
    if (status >= 300) throw new Error(JSON.stringify(body))
  }
  await send('to-a', { companies: ['company_a'] }, { title: SCRIPT, message: SCRIPT })
  await send('to-b', { companies: ['company_b'] }, { priority: 'warning' })
  await send('planned', { companies: ['company_a'] }, { send_at: new Date(Date.now() + 30 * 86_400_000).toISOString(), title: SCRIPT })
  await send('planned-too', { companies: ['company_a'] }, { send_at: new Date(Date.now() + 30 * 86_400_000).toISOString() })
  await send('must', { companies: ['company_a'] }, { title: SCRIPT, acknowledge: { remind_every: 86_400, escalate_to: { users: ['ada'] }, by: new Date(Date.now() + 86_400_000).toISOString() } })
  await app.store.putTopic('orders', null, { description: SCRIPT, default: 'off', isLocked: true, channels: {} })
  await addWebhook(app)
}

/** `hook`, a webhook that was disabled, with calls in each state. */
async function addWebhook ({ store }: App): Promise<void> {
  const { url, types } = { url: `https://shop.example/${'long'.repeat(40)}?<b>`, types: ['notification.read' as const] }
  await store.createWebhook({ id: 'hook', url, types, company: null, isOrdered: false, secret: 'whsec_AAAA' })
  await store.changeWebhook('hook', { state: 'disabled' })
  const call = { n: 1, status: 200, error: null, nextIn: null, item: '{"type":"notification.read"}' }
  const calls = [
    { ...call, seq: 1, state: 'delivered' as const },
    { ...call, seq: 2, state: 'failed' as const, n: 10, status: null, error: 'the connection was refused' },
    { ...call, seq: 3, state: 'pending' as const, n: 3, status: 503, error: 'answered 503', nextIn: 1_800_000 }
  ]
  // The node may still be about to call it.
  await until('its calls to be written down', async () => {
    const { token } = (await store.takeReader('webhook/hook', 'test', { leaseMs: 60_000, start: 'head', isAlone: true }))!
    return await store.moveWebhook('hook', token, { seq: 3, calls, keep: 9, missed: 7, hasDelivered: true, hasFailed: true, isGone: true, failed: [] }, 1)
  })
}

/** The title is set when the view is there. */
export async function isTitled (t: Test, page: Page, title: string): Promise<void> {
  await until(title, async () => await page.title() === title).catch(() => {})
  t.equal(await page.title(), title)
}
