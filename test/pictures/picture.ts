import type { Page } from 'playwright-core'

export interface Picture {
  name: string
  width: number
  height: number
  scale?: number
  isPhone?: boolean
  /** Brings the page into the state to be shown. */
  show: (page: Page, base: string) => Promise<void>
  /** What of the page is shown; all that is in sight if it is absent. */
  part?: string
}

export async function login (base: string, username: string): Promise<{ access_token: string }> {
  const answer = await fetch(`${base}/api/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: `demo-${username}` }) })
  return await answer.json() as { access_token: string }
}

/** Requests of a user of the demo, which throw if they are refused. */
export async function asking (base: string, username: string) {
  const { access_token: token } = await login(base, username)
  return async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await fetch(base + path, { method, headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
  }
}

/** Logs in to the console of the demo, at one of its pages. */
export async function enter (page: Page, base: string, path: string, who = 'admin'): Promise<void> {
  await page.goto(`${base}/console/${path}`)
  await page.getByRole('button', { name: new RegExp(`^${who}`) }).click()
}
