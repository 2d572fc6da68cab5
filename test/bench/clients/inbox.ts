import { chromium, type CDPSession, type Page } from 'playwright-core'
import { findChromium } from '../../services/chromium.ts'
import { belfry, bearer, body, mint, ROOT } from '../lib/peers.ts'
import { atMost, type Section } from '../lib/report.ts'
import type { Options } from '../options.ts'

const READER = { sub: 'reader', role: 'user' }
const SLOWER = 4
const PER_SECOND = 500
/** How often a batch is sent while frames arrive, milliseconds. */
const EVERY = 100

/** What a page of the benchmark notes down. */
const OBSERVE = `globalThis.seen = { events: [], tasks: [] }
new PerformanceObserver(list => seen.events.push(...list.getEntries().filter(entry => entry.interactionId > 0).map(({ name, duration }) => [name, duration]))).observe({ type: 'event', durationThreshold: 16, buffered: true })
new PerformanceObserver(list => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })`

/**
 * The list of the inbox elements with 10,000 notifications in Chromium: how long it takes from an interaction to what is
 * drawn after it, on a processor that is four times slower, and how long tasks are while 500 notifications a second arrive.
 */
export async function inbox ({ seconds, isQuick }: Options): Promise<Section> {
  const size = isQuick ? 400 : 10_000
  const server = await belfry.start()
  const base = `http://127.0.0.1:${server.port}`
  const browser = await chromium.launch({ executablePath: findChromium()!, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const send = async (count: number) => {
      const items = Array.from({ length: count }, (_, index) => ({ ...body, title: `Notification ${index}`, audience: { users: [READER.sub] } }))
      const answer = await fetch(`${base}/api/notifications/batch`, { method: 'POST', headers: { ...ROOT, 'content-type': 'application/json' }, body: JSON.stringify({ items }) })
      if (answer.status !== 200) throw new Error(await answer.text())
    }
    await fetch(`${base}/api/auth/me`, { headers: bearer(READER) })
    for (let sent = 0; sent < size; sent += 200) await send(Math.min(200, size - sent))
    const page = await (await browser.newContext({ bypassCSP: true, viewport: { width: 720, height: 900 } })).newPage()
    const session = await page.context().newCDPSession(page)
    await page.goto(`${base}/healthz`)
    await page.evaluate(`{
      document.body.replaceChildren()
      import('/client/inbox.js').then(async ({ Belfry }) => {
        const client = new Belfry('/', { token: '${mint(READER)}' })
        const feed = document.createElement('belfry-feed')
        feed.client = client
        document.body.append(feed)
        client.connect()
        const all = client.inbox({ limit: 200 })
        all.subscribe(() => {})
        do await all.fetchNextPage()
        while (all.getSnapshot().hasMore || all.getSnapshot().networkStatus === 'loading')
        globalThis.loaded = all.getSnapshot().items.length
      })
    }`)
    await page.waitForFunction(`globalThis.loaded >= ${size}`, undefined, { timeout: 300_000 })
    await page.evaluate(OBSERVE)
    const interactions = await interact(page, session)
    await page.evaluate('seen.tasks.length = 0')
    const until = performance.now() + seconds * 1000
    let sent = 0
    while (performance.now() < until) {
      await send(PER_SECOND * EVERY / 1000)
      sent++
      await new Promise(resolve => setTimeout(resolve, Math.max(0, sent * EVERY - (performance.now() - (until - seconds * 1000)))))
    }
    await page.waitForFunction('document.querySelector(\'belfry-feed\').shadowRoot.querySelector(\'.new\')')
    const tasks = await page.evaluate('seen.tasks') as number[]
    const worst = Math.max(1, ...interactions.map(([, ms]) => ms))
    const longest = Math.max(1, ...tasks)
    return {
      title: `Inbox elements, ${size.toLocaleString('en-US')} notifications in the list`,
      rows: [
        ...[...new Set(interactions.map(([name]) => name))].map(name => ({ what: `${name}, processor ${SLOWER} times slower`, count: interactions.filter(([other]) => other === name).length, 'longest ms': Math.max(...interactions.filter(([other]) => other === name).map(([, ms]) => ms)) })),
        { what: `tasks over 50 ms while ${PER_SECOND} a second arrive`, count: tasks.length, 'longest ms': tasks.length === 0 ? 0 : longest }
      ],
      goals: [atMost('interaction to next paint, ms', worst, 200), atMost(`longest task while ${PER_SECOND} a second arrive, ms`, longest, 50)]
    }
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** What a reader does; each interaction with the time from the event to the next paint, milliseconds. */
async function interact (page: Page, session: CDPSession): Promise<[name: string, ms: number][]> {
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.locator('.row .name').nth(1).click()
  await page.locator('.row').nth(2).focus()
  for (const key of ['PageDown', 'PageDown', 'End', 'PageUp', 'Home', 'Delete']) {
    await page.keyboard.press(key)
    await page.evaluate('new Promise(done => requestAnimationFrame(() => setTimeout(done)))')
  }
  for (const tab of ['unread', 'all']) {
    await page.locator(`[data-tab=${tab}]`).click()
    await page.locator('.row').first().waitFor()
  }
  await page.waitForTimeout(500)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  return await page.evaluate('seen.events') as [string, number][]
}
