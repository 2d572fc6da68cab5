import tap, { test } from 'tap'
import type * as client from '../../../src/web/served.ts'
import { call, hello, mint, people, serve } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'

const { root, bob } = people
const browser = await chromium(tap)

test('a page loads what sends with its first send, and again if that fails', { skip: browser === undefined && 'without a browser' }, async t => {
  const { app, base } = await serve(t)
  const context = await browser!.newContext({ bypassCSP: true })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const loaded: string[] = []
  await context.route('**/client/sending.*', async route => {
    loaded.push(new URL(route.request().url()).search)
    // The browser remembers what failed, and what it got.
    await [() => route.abort(), () => route.fulfill({ contentType: 'text/javascript', body: '' }), () => route.continue()][loaded.length - 1]!()
  })
  await page.goto(`${base}/healthz`)
  const send = async (id: string) => await page.evaluate(async ([token, notification]) => {
    const { Belfry } = await (import('/client/belfry.js' as string) as Promise<typeof client>)
    const belfry = new Belfry('/', { token })
    const { id } = await belfry.send(notification)
    const [result] = await belfry.sendBatch([{ ...notification, id: `${id}-2` }])
    return [id, result!.id]
  }, [mint(root), { ...hello, priority: 'info', audience: { users: ['bob'] }, id }] as [string, client.Send])
  t.strictSame(await send('first'), ['first', 'first-2'])
  t.strictSame(loaded, ['', '?1', '?2'], 'by another address, because browsers remember failures')
  t.strictSame(await send('second'), ['second', 'second-2'])
  t.equal(loaded.length, 3, 'once for all clients of the page')
  const { body } = await call(app, bob, 'GET', '/api/notifications/me')
  t.strictSame(body.items.map(({ id }: { id: string }) => id), ['second-2', 'second', 'first-2', 'first'])
})
