import type { Test } from 'tap'
import { call, hello } from '../../helper.ts'
import { isSigned, Receiver } from '../../outbound/receiver.ts'
import { until } from '../../within.ts'
import { focused, tabThrough, type ConsoleWorld } from './world.ts'

const ada = { sub: 'ada', role: 'admin' }
const cora = { sub: 'cora', role: 'admin', company: 'company_a' }

/** The page of webhooks: made, tried, turned off and on, and what did not arrive. */
export function webhookTests (t: Test, world: ConsoleWorld): void {
  const { enter, go, isClean } = world
  const of = async (id: string, path = '') => (await call(world.app, ada, 'GET', `/api/webhooks/${id}${path}`)).body

  t.test('a webhook by keyboard alone: created, its secret shown once, tried, disabled', async t => {
    const receiver = await Receiver.open(t)
    const visit = await enter(t, 'ada', 'console/webhooks')
    const { page } = visit
    const view = page.locator('#view')
    const press = async (name: RegExp, key = 'Enter') => {
      await tabThrough(page, name)
      await page.keyboard.press(key)
    }
    await press(/Create a webhook$/)
    await page.locator('#url').waitFor()
    await tabThrough(page, /^url /)
    await page.keyboard.type('https://169.254.169.254/latest')
    await press(/^notification\.sent /, 'Space')
    await press(/Create$/)
    await view.locator('#wrong-url').getByText('This URL cannot be called').waitFor()
    t.match(await focused(page), /^url/, 'what is wrong has the focus')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(receiver.url)
    await press(/Create$/)
    await page.waitForURL(/webhooks\/[\w-]{36}$/)
    await view.locator('#secret').waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1)!
    const secret = (await view.locator('#secret').textContent())!
    await until('the secret to have the focus', async () => (await focused(page)).startsWith('made '))
    t.match(await of(id), { url: receiver.url, types: ['notification.sent'], company: null, state: 'active' })
    await press(/Send a test call$/)
    await view.getByText('The receiver answered 200.').waitFor()
    t.ok(isSigned(receiver.calls[0]!, secret), 'it is the secret that signs')
    await press(/^ Disable$/)
    await page.getByRole('heading', { name: /^Disable 127\.0\.0\.1:\d+\?$/ }).waitFor()
    t.match(await focused(page), /^ Cancel$/)
    t.match(await page.locator('console-ask pre').textContent(), /-X PATCH '.*\/api\/webhooks\/[\w-]{36}'[^]*{"state":"disabled"}/)
    await press(/^ Disable$/)
    await view.getByText('An admin disabled it.').waitFor()
    t.match(await of(id), { state: 'disabled', disabled_reason: 'manual' })
    await page.reload()
    await view.getByText('An admin disabled it.').waitFor()
    t.equal(await page.getByText(/whsec_/).count(), 0, 'it is not shown again')
    isClean(t, visit)
  })

  t.test('what did not arrive: found by its state, delivered again; another secret, other settings, removed', async t => {
    const receiver = await Receiver.open(t)
    const { body: { id, secret } } = await call(world.app, ada, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.sent'] })
    receiver.answer = response => { response.writeHead(500, { 'retry-after': '3600' }).end() }
    await call(world.app, ada, 'POST', '/api/notifications/send', hello)
    await until('it to be pending', async () => (await of(id, '/attempts?state=pending')).items.length === 1)
    const visit = await enter(t, 'ada', `console/webhooks/${id}?state=pending`)
    const { page } = visit
    const view = page.locator('#view')
    const calls = view.locator('console-webhook-attempts')
    const sure = async (heading: string | RegExp, action: string) => {
      await page.getByRole('heading', { name: heading }).waitFor()
      await page.locator('console-ask').getByRole('button', { name: action, exact: true }).click()
    }
    await view.getByText('Its calls fail, the first of them').waitFor()
    await calls.getByText('answered 500').waitFor()
    await calls.getByRole('link', { name: 'Given up' }).click()
    await calls.getByText('Nothing was given up in the last 30 days.').waitFor()
    t.match(page.url(), new RegExp(`/webhooks/${id}\\?state=failed$`))
    await page.goBack()
    await calls.getByText('answered 500').waitFor()
    await call(world.app, ada, 'PATCH', `/api/webhooks/${id}`, { state: 'disabled' })
    await calls.getByRole('button', { name: 'Look again' }).click()
    await calls.getByText('Tried again once the webhook is active').waitFor()
    await view.getByText('An admin disabled it.').waitFor()
    await call(world.app, ada, 'PATCH', `/api/webhooks/${id}`, { state: 'active' })
    receiver.answer = response => { response.end() }
    await calls.getByRole('button', { name: 'Look again' }).click()
    await view.getByText('An admin disabled it.').waitFor({ state: 'detached' })
    await calls.getByRole('button', { name: 'Deliver again from here' }).click()
    await page.getByRole('heading', { name: 'Make 1 call again?' }).waitFor()
    t.match(await page.locator('console-ask pre').textContent(), /-X POST '.*\/replay'[^]*{"since":"[\w.]+"}/)
    await sure('Make 1 call again?', 'Deliver again')
    const [first, second] = await receiver.received(2)
    t.equal(second!.headers['webhook-id'], first!.headers['webhook-id'])
    await until('it to be written down', async () => (await of(id, '/attempts?state=delivered')).items.length === 1)
    await calls.getByRole('button', { name: 'Look again' }).click()
    await calls.getByText('answered 200').waitFor()

    await view.getByRole('button', { name: 'New secret' }).click()
    await sure('Give it another secret?', 'New secret')
    const next = (await view.locator('#secret').textContent())!
    t.match(next, /^whsec_/)
    await view.getByRole('button', { name: 'Send a test call' }).click()
    const test = (await receiver.received(3))[2]!
    t.same([isSigned(test, next), isSigned(test, secret)], [true, true], 'both sign for a day')
    await view.getByText('Settings').click()
    const settings = view.locator('console-webhook-form')
    await settings.getByLabel('user.removed').check()
    await settings.getByLabel('One call after the other').check()
    await settings.getByRole('button', { name: 'Save' }).click()
    await until('the settings', async () => (await of(id)).ordered)
    t.same((await of(id)).types, ['notification.sent', 'user.removed'])
    await view.getByRole('button', { name: 'Remove' }).click()
    await sure(/^Remove 127\.0\.0\.1:\d+\?$/, 'Remove')
    await page.waitForURL(/\/console\/webhooks$/)
    t.equal((await call(world.app, ada, 'GET', `/api/webhooks/${id}`)).status, 404)
    isClean(t, visit)
  })

  t.test('an admin of a company sees and makes webhooks of the company alone', async t => {
    const { body: { id } } = await call(world.app, cora, 'POST', '/api/webhooks', { url: 'https://own.example/hook', types: ['user.created', 'user.updated', 'user.removed'] })
    t.teardown(async () => await call(world.app, ada, 'DELETE', `/api/webhooks/${id}`))
    const visit = await enter(t, 'cora', 'console/webhooks')
    const { page } = visit
    const view = page.locator('#view')
    await view.getByRole('link', { name: 'own.example' }).waitFor()
    t.same(await view.locator('tbody th a').allTextContents(), ['own.example'])
    await view.getByText('user.created and 2 more').waitFor()
    await go(page, '/console/webhooks/new')
    await view.locator('#url').waitFor()
    t.equal(await view.locator('#company').count(), 0)
    await go(page, '/console/webhooks/hook')
    await view.getByRole('alert').getByText(/not allowed|may not|right/i).first().waitFor()
    isClean(t, visit)
  })
}
