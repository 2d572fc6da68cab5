import type { Test } from 'tap'
import { call, people } from '../../helper.ts'
import { until } from '../../within.ts'
import type { ConsoleWorld } from './world.ts'

const cora = { sub: 'cora', role: 'admin', company: 'company_a' }
const reader = { sub: 'u0003', role: 'user', company: 'company_a' }

/** The page that shows what happens. */
export function logTests (t: Test, world: ConsoleWorld): void {
  const send = async (id: string, more: object = {}) => { await call(world.app, cora, 'POST', '/api/notifications/send', { id, title: `Title of ${id}`, message: 'm', priority: 'warning', topic: 'logged', audience: { users: [reader.sub] }, ...more }) }

  t.test('the log as it flows: what is sent, and what readers do with it, narrowed and held', async t => {
    await send('logged-before')
    const visit = await world.enter(t, 'ada', 'console/log')
    const { page } = visit
    const row = (name: string, what: string) => page.locator('#view tbody tr', { hasText: name }).filter({ hasText: what })
    await row('Title of logged-before', 'Sent').getByText('To: u0003').waitFor()
    await send('logged')
    await row('Title of logged', 'Sent').getByRole('link', { name: 'cora' }).first().waitFor()
    await call(world.app, reader, 'PUT', '/api/notifications/logged/read')
    await row('Title of logged', 'Read').getByRole('link', { name: 'u0003' }).first().waitFor()
    const texts = await page.locator('#view tbody tr').allTextContents()
    const [read, sent] = [/Read\s*Title of logged(?!-)/, /Sent[^]*Title of logged(?!-)/].map(words => texts.findIndex(text => words.test(text)))
    t.ok(read! >= 0 && read! < sent!, 'the newest stands on top')

    await page.getByLabel('What').selectOption('What readers do')
    await page.waitForURL(/\/console\/log\?kind=readers$/)
    await row('Title of logged', 'Sent').first().waitFor({ state: 'detached' })
    await row('Title of logged', 'Read').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await call(world.app, reader, 'POST', '/api/notifications/mark', { as: 'archived', ids: ['logged', 'logged-before'] })
    await page.getByRole('button', { name: 'Go on, 1 new event' }).waitFor()
    t.equal(await page.locator('#view tbody').getByText('Archived').count(), 0, 'while it is held, nothing moves')
    await page.getByRole('button', { name: 'Go on, 1 new event' }).click()
    await row('Title of logged, Title of logged-before', 'Archived').waitFor()
    await row('Archived', 'Archived').getByRole('link', { name: 'Title of logged', exact: true }).click()
    await page.locator('#view').getByRole('heading', { name: 'Notification' }).waitFor()
    await page.goBack()
    await row('Archived', 'Archived').waitFor()
    world.isClean(t, visit)
  })

  t.test('a company admin sees what happens in their company', async t => {
    await call(world.app, people.root, 'POST', '/api/notifications/send', { id: 'elsewhere', title: 'Elsewhere', message: 'm', priority: 'info', topic: 'x', audience: { companies: ['company_b'] } })
    await call(world.app, cora, 'POST', '/api/notifications/send', { id: 'at-home', title: 'At home', message: 'm', priority: 'info', topic: 'x', audience: { companies: ['company_a'] } })
    const visit = await world.enter(t, 'cora', 'console/log?kind=sent')
    await visit.page.getByRole('link', { name: 'At home' }).waitFor()
    t.equal(await visit.page.getByText('elsewhere', { exact: false }).count(), 0)
    await world.go(visit.page, '/console/sent')
    await until('its poll to end', () => world.app.feed.waiting === 0)
    world.isClean(t, visit)
  })
}
