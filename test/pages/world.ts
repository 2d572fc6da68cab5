import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { folder } from '../folder.ts'
import { build, hello, people, call, type App } from '../helper.ts'
import { enrol, PASSWORD } from '../security/accounts.ts'

/** A name that is a script, for whoever lets it be one. */
export const HOSTILE = '<img src=x onerror=alert(1)>&lt;{{7*7}}'

export interface World {
  base: string
  app: () => App
  /** Ends the server, and starts another one on its port and store. */
  kill: () => Promise<void>
  start: () => Promise<void>
  send: (title: string, to?: string) => Promise<void>
}

/** A server that can be ended and started again, with bob, root and a user with a hostile name. */
export async function world (t: Test, settings: Record<string, string> = {}): Promise<World> {
  const env = { ...settings, DATABASE_URL: `sqlite:${join(folder(t), 'belfry.db')}`, PORT: '0' }
  let app = await build(t, env)
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  await enrol(app, { id: 'root', role: 'admin' })
  await enrol(app, { id: 'bob', company: 'company_a' })
  await enrol(app, { id: HOSTILE, role: HOSTILE, company: HOSTILE })
  return {
    base,
    app: () => app,
    kill: () => app.close(),
    async start () {
      app = await build(t, env)
      await app.listen({ host: '127.0.0.1', port: Number(new URL(base).port) })
    },
    async send (title, to = 'bob') {
      await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, title, audience: { users: [to] } })
    }
  }
}

/** Logs in by keyboard alone, from a form that has just appeared. */
export async function login (page: Page, username = 'bob', password = PASSWORD): Promise<void> {
  await page.getByLabel('Username').waitFor()
  await page.keyboard.insertText(username)
  await page.keyboard.press('Tab')
  await page.keyboard.insertText(password)
  await page.keyboard.press('Enter')
}
