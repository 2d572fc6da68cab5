import type { Test } from 'tap'
import { call, subscribe } from '../../helper.ts'
import { until } from '../../within.ts'
import { reasons } from './reasons.ts'
import type { ConsoleWorld } from './world.ts'

const ada = { sub: 'ada', role: 'admin' }
const cora = { sub: 'cora', role: 'admin', company: 'company_a' }
const dora = { sub: 'dora', role: 'user', company: 'company_b' }
const reader = (id: string) => ({ sub: id, role: 'user', company: 'company_a' })

/** The pages that say who got what, and who is asked for what. */
export function reportTests (t: Test, world: ConsoleWorld): void {
  const { enter, go, isClean } = world
  const ask = (person: typeof dora | typeof ada) => async (...request: [method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object]) => {
    const { status, body } = await call(world.app, person, ...request)
    if (status >= 300) throw new Error(JSON.stringify(body))
    return body
  }

  t.test('why did dora not get it? Every reason that the server knows, in words, with what one can do', async t => {
    const told = await reasons({ admin: ask(ada), user: ask(dora), id: 'dora', pass: async ms => { world.time.forward(ms) } })
    const visit = await enter(t, 'ada', `console/sent/${told[0]!.notification}`)
    const { page } = visit
    const why = page.locator('console-why')
    for (const { reason, notification, heading, says } of told) {
      await go(page, `/console/sent/${notification}`)
      await why.getByLabel('User id or username').fill('Dora')
      await why.getByRole('button', { name: 'Why?' }).click()
      await why.getByRole('heading', { name: heading, exact: true }).waitFor()
      await why.getByText(says).waitFor()
      t.match(page.url(), new RegExp(`/console/sent/${notification}\\?user=dora$`), reason)
    }
    await page.goBack()
    await why.getByRole('heading', { name: 'dora', exact: false }).waitFor({ state: 'detached' })
    await page.goForward()
    await why.getByText('Nothing is lost').waitFor()
    await call(world.app, dora, 'PUT', '/api/notifications/why-not-connected/read')
    await why.getByRole('button', { name: 'Why?' }).click()
    await why.getByRole('heading', { name: 'dora got it', exact: true }).waitFor()
    await page.locator('console-report').getByRole('button', { name: 'Count again' }).click()
    await page.locator('console-report .step', { has: page.getByRole('link', { name: 'Read', exact: true }) }).getByText('100 %').waitFor()
    await why.getByLabel('User id or username').fill('nobody <b>')
    await why.getByRole('button', { name: 'Why?' }).click()
    await why.getByText('Nobody you can see has the id nobody <b>').waitFor()
    isClean(t, visit)
  })

  t.test('what must be acknowledged: composed, who has not, and a reminder for them', async t => {
    const socket = await subscribe(t, world.base, reader('u0001'))
    const visit = await enter(t, 'cora', 'console/compose?to=u0001,u0002')
    const { page } = visit
    const view = page.locator('#view')
    await view.locator('#title').fill('Fire drill')
    await view.locator('#message').fill('Leave the building at the bell.')
    await page.getByLabel('Must be acknowledged').check()
    await page.getByLabel('Until (optional)').fill('2000-01-01T12:00')
    await page.getByLabel('Remind who has not').selectOption('Every day')
    await page.getByLabel('Tell somebody').check()
    await view.getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('#wrong-escalate_to').waitFor()
    await page.getByRole('group', { name: 'Who is told' }).getByLabel('User ids', { exact: true }).fill('cora')
    await view.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('must be in the future').first().waitFor()
    t.equal(await view.locator('#title').inputValue(), 'Fire drill', 'nothing that was typed is lost')
    await page.getByLabel('Until (optional)').fill(soon())
    await view.getByRole('button', { name: 'Send', exact: true }).click()
    await view.getByText('Sent to 2 inboxes.').waitFor()
    const { id } = await socket.next('notification')
    t.equal(await page.getByLabel('Must be acknowledged').isChecked(), false, 'the next one need not be')
    await view.getByRole('link', { name: 'See it' }).click()
    const report = page.locator('console-report')
    await report.getByText('2 users have not acknowledged it.').waitFor()
    await report.getByText('cora is told then how many have not.').waitFor()
    await call(world.app, reader('u0001'), 'PUT', `/api/notifications/${id!}/acknowledge`)
    await report.getByRole('button', { name: 'Count again' }).click()
    await report.getByText('1 user has not acknowledged it.').waitFor()
    await report.getByRole('link', { name: 'Who has not' }).click()
    await report.getByRole('heading', { name: 'Have not acknowledged' }).waitFor()
    const owing = report.locator('li a', { hasText: /^u0/ })
    await owing.first().waitFor()
    t.same(await owing.allTextContents(), ['u0002'])
    t.match(page.url(), /\?state=outstanding$/)
    await report.getByRole('button', { name: 'Remind now' }).click()
    await page.getByRole('heading', { name: 'Remind 1 user?' }).waitFor()
    t.match(await page.locator('console-ask pre').textContent(), /-X POST '.*\/api\/reports\/.*\/remind'/)
    await page.locator('console-ask').getByRole('button', { name: 'Remind', exact: true }).click()
    await report.getByText(/reminded less than an hour ago; again from/).waitFor()
    await until('the reminder', async () => (await call(world.app, ada, 'GET', `/api/reports/${id!}`)).body.acknowledge.reminded === 1)
    t.equal(await report.getByRole('button', { name: 'Remind now' }).isDisabled(), true)
    await report.getByRole('link', { name: 'u0002' }).click()
    await page.locator('console-why').getByRole('heading', { name: /^It is in the inbox of Number 2/ }).waitFor()
    await page.locator('console-why').getByText('nowhere to send it').waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    await view.locator('#title-field').fill('   ')
    await view.getByRole('button', { name: 'Save' }).click()
    await view.locator('#wrong-title').getByText('Write what readers see first.').waitFor()
    t.match((await call(world.app, ada, 'GET', `/api/sent/${id!}`)).body, { title: 'Fire drill', revision: 1 }, 'a blank title is not saved')
    await go(page, '/console/scheduled/planned-too')
    await view.getByRole('button', { name: 'Change' }).click()
    await view.locator('#title').fill(' ')
    await view.getByRole('button', { name: 'Save' }).click()
    await view.locator('#wrong-title').getByText('Write what readers see first.').waitFor()
    isClean(t, visit)
  })

  t.test('topics: what holds, who says so, and what a lock overrules', async t => {
    for (const id of ['u0001', 'u0002']) await call(world.app, reader(id), 'PATCH', '/api/preferences/me', { topics: { safety: { inbox: 'off' } } })
    const visit = await enter(t, 'ada', 'console/topics')
    const { page } = visit
    const view = page.locator('#view')
    const row = view.locator('tbody tr', { hasText: 'safety' })
    await view.getByRole('link', { name: 'Set a topic' }).click()
    await view.getByLabel('Topic', { exact: true }).last().fill('safety')
    await view.getByRole('button', { name: 'Go on' }).click()
    await view.getByLabel('What it is about').fill('<b>Fire</b>')
    await view.getByText('2 users have switched it off: while it is locked they get it all the same.').waitFor()
    await view.getByLabel('Locked: users cannot choose').check()
    await view.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Lock safety on?' }).waitFor()
    await page.locator('console-ask').getByRole('button', { name: 'Lock', exact: true }).click()
    await row.getByText('locked by the operator').first().waitFor()
    t.match((await call(world.app, ada, 'GET', '/api/topics/safety')).body, { description: '<b>Fire</b>', default: 'on', locked: true })
    isClean(t, visit)

    const other = await enter(t, 'cora', 'console/topics/safety')
    const mine = other.page.locator('#view')
    await mine.getByText('The operator has locked this topic').waitFor()
    t.equal(await mine.getByRole('button', { name: 'Save' }).count(), 1, 'a company admin changes what the company says')
    await mine.getByText('A platform admin changes this.').waitFor()
    await mine.getByLabel('Inbox of who chose nothing').selectOption('off')
    await mine.getByRole('button', { name: 'Save' }).click()
    await mine.getByRole('button', { name: 'Remove these settings' }).waitFor()
    t.match((await call(world.app, cora, 'GET', '/api/topics/safety/company/company_a')).body, { default: 'off', locked: false })
    await mine.getByRole('button', { name: 'Remove these settings' }).click()
    await other.page.locator('console-ask').getByRole('button', { name: 'Remove', exact: true }).click()
    await mine.getByRole('button', { name: 'Remove these settings' }).waitFor({ state: 'detached' })
    await other.page.keyboard.press('/')
    await other.page.keyboard.type('saf')
    await other.page.keyboard.press('Enter')
    await other.page.waitForURL(/topics\?q=saf$/)
    isClean(t, other)
  })
}

/** A day from now, as an input of a local date and time has it. */
function soon (): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
}
