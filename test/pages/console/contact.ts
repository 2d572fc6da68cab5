import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { audit } from '../../docs/audit.ts'
import { focused } from './world.ts'

/** On the page of frank: a name and an address, with what is wrong said where it is; and none again. `user` is what the API says. */
export async function changesContact (t: Test, page: Page, user: () => Promise<object>): Promise<void> {
  const view = page.locator('#view')
  const contact = view.locator('console-user-contact')
  const name = 'Frank <b>N</b>. Stein'
  await contact.getByLabel('Name').fill(name)
  await contact.getByLabel('Email').fill('frank at example.com')
  await page.keyboard.press('Enter')
  await contact.getByText('must be one address such as ada@example.com').waitFor()
  t.match(await focused(page), /^email /, 'what is wrong has the focus')
  t.strictSame(await audit(page), [], 'axe finds nothing')
  await contact.getByLabel('Email').fill('frank@example.com')
  await contact.getByText('The call', { exact: true }).click()
  t.match(await contact.locator('pre').textContent(), /^curl -X PATCH '.*\/api\/users\/[^]*-d '\{"name":"Frank <b>N<\/b>\. Stein","email":"frank@example\.com"\}'$/)
  await contact.getByRole('button', { name: 'Save' }).click()
  await view.getByRole('heading', { name }).waitFor()
  t.match(await user(), { name, email: 'frank@example.com' })
  t.match(await view.locator('tr[aria-current] th').innerText(), /^Frank <b>N<\/b>\. Stein\s+frank\s/)
  await contact.getByLabel('Name').fill('')
  await contact.getByRole('button', { name: 'Save' }).click()
  await view.getByRole('heading', { name: 'frank', exact: true }).waitFor()
  t.match(await user(), { name: undefined, email: 'frank@example.com' }, 'an empty field removes, and what is as it was stays')
}
