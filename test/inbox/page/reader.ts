import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { InboxItem } from '../../../src/client/index.ts'
import { call, people, type App } from '../../helper.ts'
import { until } from '../../within.ts'

const { root, bob } = people
const draft = (title: string, fields: object = {}) => ({ title, message: 'It is on its way.', priority: 'info', topic: 'orders', audience: { users: ['bob'] }, ...fields })

/** What bob gets. */
export function writer (app: App) {
  return {
    async send (title: string, fields: object = {}): Promise<string> {
      const { status, body } = await call(app, root, 'POST', '/api/notifications/send', draft(title, fields))
      if (status !== 200) throw new Error(JSON.stringify(body))
      return body.id
    },
    /** An inbox with nothing but these titles, the last one on top, and what must still be acknowledged below. */
    async begin (...titles: string[]): Promise<void> {
      while (true) {
        const { body } = await call(app, bob, 'GET', '/api/notifications/me?limit=100')
        const ids = body.items.filter(({ acknowledge, acknowledged_at: at }: InboxItem) => !acknowledge || at).map(({ id }: InboxItem) => id)
        if (ids.length === 0) break
        await call(app, bob, 'POST', '/api/notifications/mark', { as: 'deleted', ids })
      }
      if (titles.length > 0) await call(app, root, 'POST', '/api/notifications/batch', { items: titles.map(title => draft(title)) })
    }
  }
}

export const row = (page: Page, title: string): Locator => page.locator('.row', { has: page.locator('.name', { hasText: new RegExp(`^${title}$`) }) })
export const titles = async (page: Page) => (await page.locator('.row .name').allTextContents()).join(' ')
/** The title of the row that has the focus, or what else has it. */
const focused = async (page: Page) => await page.evaluate(`{
  let element = document.activeElement
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  element.matches('.row') ? element.querySelector('.name').textContent : element.getAttribute('aria-label') ?? element.textContent.trim()
}`)

export async function shows (t: Test, page: Page, wanted: string): Promise<void> {
  await until(wanted, async () => await titles(page) === wanted, 10_000).catch(() => {})
  t.equal(await titles(page), wanted)
}

/** Waits until the focus is where it should be. */
export async function focuses (t: Test, page: Page, wanted: string): Promise<void> {
  await until(wanted, async () => await focused(page) === wanted, 5_000).catch(() => {})
  t.equal(await focused(page), wanted)
}
