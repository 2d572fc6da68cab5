import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { build, call, listen, mint, people, type App } from '../helper.ts'

/** Somebody's web site, of another origin than the server, whose pages may connect to it. */
export interface Site {
  app: App
  /** The address of Belfry. */
  base: string
  /** The address of the site. `/token` answers with a token of bob's. */
  address: string
  /** Sets what a path of the site answers. */
  put: (path: string, type: string, text: string) => void
}

export async function site (t: Test, env: Record<string, string> = {}): Promise<Site> {
  const { address, put } = await files(t)
  const app = await build(t, { ALLOWED_ORIGINS: address, ...env })
  const base = await listen(app)
  await call(app, people.bob, 'GET', '/api/auth/me')
  return { app, base, address, put }
}

/** The site alone. */
export async function files (t: Test): Promise<Pick<Site, 'address' | 'put'>> {
  const answers = new Map<string, { type: string, text: string }>()
  const server = createServer(({ url = '/' }, response) => {
    const answer = answers.get(url) ?? (url === '/token' ? { type: 'text/plain', text: mint(people.bob) } : undefined)
    if (answer === undefined) response.writeHead(404).end()
    else response.setHeader('content-type', `${answer.type}; charset=utf-8`).end(answer.text)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const put: Site['put'] = (path, type, text) => { answers.set(path, { type, text }) }
  put('/favicon.ico', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, put }
}

/** Sends a notification to bob. */
export async function tellBob (app: App, title: string): Promise<void> {
  await call(app, people.root, 'POST', '/api/notifications/send', { title, message: 'Order 1742 is on its way.', priority: 'success', topic: 'orders', audience: { users: ['bob'] } })
}

/** How many notifications bob has not read. */
export async function unreadOfBob (app: App): Promise<number> {
  return (await call(app, people.bob, 'GET', '/api/notifications/me/unread-count')).body.unread_count
}
