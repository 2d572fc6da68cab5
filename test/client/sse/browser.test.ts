import tap, { test } from 'tap'
import type * as client from '../../../src/web/served.ts'
import { mint, people, serve } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'

const browser = await chromium(tap)

test('a page loads what reads a stream with its first one, and again if that fails', { skip: browser === undefined && 'without a browser' }, async t => {
  const { base } = await serve(t)
  const context = await browser!.newContext({ bypassCSP: true })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const loaded: string[] = []
  await context.route('**/client/stream.*', async route => {
    loaded.push(new URL(route.request().url()).search)
    await (loaded.length === 1 ? route.abort() : route.continue())
  })
  await page.goto(`${base}/healthz`)
  const connect = async (transports: 'webSocket' | 'sse') => await page.evaluate(async ([token, transport]) => {
    const served = await (import('/client/belfry.js' as string) as Promise<typeof client>)
    const belfry = new served.Belfry('/', { token, transports: [served[transport]] })
    const seen: string[] = []
    belfry.on('error', ({ code, reason }) => seen.push(`${code} ${reason.replace(/http\S+/, '')}`))
    belfry.on('connected', ({ transport }) => seen.push(transport))
    belfry.connect()
    await belfry.ready()
    belfry.disconnect()
    return seen
  }, [mint(people.bob), transports] as const)
  t.strictSame(await connect('webSocket'), ['websocket'])
  t.strictSame(loaded, [])
  t.strictSame(await connect('sse'), ['network sse: Failed to fetch dynamically imported module: ', 'sse'])
  t.strictSame(loaded, ['', '?1'], 'by another address, because browsers remember failures')
})
