import tap, { test, type Test } from 'tap'
import type { BrowserContext, Page } from 'playwright-core'
import type * as client from '../../src/client/index.ts'
import { call, hello, mint, people, serve, type App } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { until } from '../within.ts'

const { root, bob, carol } = people
const browser = await chromium(tap)

declare global {
  /** What a page of the test keeps. */
  var tab: { belfry: client.Belfry, seen: string[] }
}

/** A tab with a client of its own, connected. */
async function open (context: BrowserContext, base: string, person = bob as { sub: string }): Promise<Page> {
  const page = await context.newPage()
  // Any page of the server will do; scripts of a test are not what its policy is about.
  await page.goto(`${base}/healthz`)
  await page.evaluate(async token => {
    const { Belfry } = await (import('/client/belfry.js' as string) as Promise<typeof client>)
    globalThis.tab = { seen: [], belfry: new Belfry('/', { token }) }
    tab.belfry.on('notification', ({ payload: { id } }) => tab.seen.push(id))
    tab.belfry.connect()
    await tab.belfry.ready()
  }, mint(person))
  return page
}

const seenBy = async (page: Page) => await page.evaluate(() => tab.seen)

async function send (app: App, id: string): Promise<void> {
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
}

async function begin (t: Test) {
  if (!browser) return undefined
  const { app, base } = await serve(t)
  const context = await browser.newContext({ bypassCSP: true })
  t.teardown(() => context.close())
  const sockets = () => app.websocketServer.clients.size
  const hasSeen = async (page: Page, ids: string[]) => {
    await until(`${String(ids)} on the page`, async () => (await seenBy(page)).length >= ids.length)
    t.same(await seenBy(page), ids)
  }
  return { app, base, context, sockets, hasSeen }
}

test('tabs of a browser share one socket, and hand it on', async t => {
  const world = await begin(t)
  if (!world) return
  const { app, base, context, sockets, hasSeen } = world
  const [first, second, third] = [await open(context, base), await open(context, base), await open(context, base)] as const
  t.equal(sockets(), 1)
  await send(app, 'a')
  for (const page of [first, second, third]) await hasSeen(page, ['a'])

  await first.close()
  await send(app, 'b')
  for (const page of [second, third]) await hasSeen(page, ['a', 'b'])
  t.equal(sockets(), 1)

  // As a browser freezes a page in the background.
  const session = await context.newCDPSession(second)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await send(app, 'c')
  await hasSeen(third, ['a', 'b', 'c'])
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await hasSeen(second, ['a', 'b', 'c'])
  t.equal(sockets(), 1)

  await second.reload()
  await send(app, 'd')
  await hasSeen(third, ['a', 'b', 'c', 'd'])
})

test('two users in one browser have a socket each', async t => {
  const world = await begin(t)
  if (!world) return
  const { app, base, context, sockets, hasSeen } = world
  const [ofBob, ofCarol] = [await open(context, base), await open(context, base, carol)]
  t.equal(sockets(), 2)
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'for-bob', audience: { users: ['bob'] } })
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'for-carol', audience: { users: ['carol'] } })
  await hasSeen(ofBob, ['for-bob'])
  await hasSeen(ofCarol, ['for-carol'])
})

test('a page that goes offline finds out, and misses nothing', async t => {
  const world = await begin(t)
  if (!world) return
  const { app, base, context, hasSeen } = world
  const page = await open(context, base)
  await send(app, 'a')
  await hasSeen(page, ['a'])
  await context.setOffline(true)
  for (const socket of app.websocketServer.clients) socket.terminate()
  await page.waitForFunction(() => tab.belfry.state === 'connecting')
  await send(app, 'b')
  await context.setOffline(false)
  await hasSeen(page, ['a', 'b'])
})

test('a page of an origin that the server refuses is told that nothing gets through, and goes on trying', async t => {
  const world = await begin(t)
  if (!world) return
  const other = await serve(t)
  const page = await world.context.newPage()
  await page.goto(`${world.base}/healthz`)
  const told = await page.evaluate(async ({ url, token, hello }) => {
    const { Belfry, sse } = await (import('/client/belfry.js' as string) as Promise<typeof client & typeof import('../../src/client/sse.ts')>)
    return await Promise.all([undefined, [sse]].map(async transports => {
      const belfry = new Belfry(url, { token, transports, sendTimeout: 1 })
      const error = new Promise<client.Events['error']>(resolve => belfry.on('error', resolve))
      belfry.connect()
      const { code } = await error
      const { state } = belfry
      const sent = await belfry.send(hello).catch(({ code }: client.BelfryError) => code)
      belfry.disconnect()
      return { code, state, sent }
    }))
  }, { url: other.base, token: mint(root), hello: hello as client.Send })
  const nothing = { code: 'network', state: 'connecting', sent: 'network' }
  t.same(told, [nothing, nothing])
  t.equal((await call(other.app, root, 'GET', '/api/sent')).body.items.length, 0, 'nothing was sent either')
})
