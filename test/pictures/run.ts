import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { PLACES } from '../services/chromium.ts'
import { ALLOWING, webhooks } from './hooks.ts'
import { login, type Picture } from './picture.ts'
import { shop } from './shop.ts'
import { answers } from './walk.ts'

/**
 * `npm run screenshots`: takes the pictures of README and docs from the demo, in Chromium, light and dark. Names after
 * it choose some of them.
 */

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/pictures')
/** The most that a picture may weigh: a README that loads slowly is not read. */
const MAX_BYTES = 60_000

const pictures: Picture[] = [
  // First: later somebody is connected as carol.
  ...answers,
  webhooks,
  {
    name: 'inbox',
    width: 390,
    height: 760,
    scale: 2,
    isPhone: true,
    async show (page, base) {
      await page.goto(`${base}/inbox`)
      await page.getByRole('button', { name: /^bob/ }).click()
      await page.getByText('Your export is ready').waitFor()
    }
  },
  {
    name: 'popover',
    width: 960,
    height: 620,
    scale: 1.5,
    async show (page, base) {
      const { access_token: token } = await login(base, 'bob')
      await page.route(`${base}/shop`, route => route.fulfill({ contentType: 'text/html', body: shop({ token }) }))
      await page.goto(`${base}/shop`)
      await page.locator('belfry-inbox').getByRole('button').first().click()
      await page.getByText('Your export is ready').waitFor()
    }
  },
  {
    name: 'overview',
    width: 1280,
    height: 1000,
    async show (page, base) {
      await page.goto(`${base}/console`)
      await page.getByRole('button', { name: /^admin/ }).click()
      await page.getByRole('heading', { name: 'Overview' }).first().waitFor()
      // It ends with the demo.
      traffic(base).catch(() => {})
      await page.waitForTimeout(110_000)
    }
  },
  {
    name: 'compose',
    width: 1280,
    height: 860,
    async show (page, base) {
      await page.goto(`${base}/console/compose`)
      await page.getByRole('button', { name: /^alice/ }).click()
      await page.getByLabel('Title').first().fill('The office is closed on Friday')
      await page.getByLabel('Message').first().fill('Enjoy the long weekend. Orders of Thursday evening leave on Monday.')
    }
  }
]

/** Sends for as long as the demo runs, in waves, to somebody with several devices, so that charts have something to show. */
async function traffic (base: string): Promise<void> {
  const { access_token: token } = await login(base, 'admin')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const { access_token: ofCarol } = await login(base, 'carol')
  for (let device = 0; device < 16; device++) new WebSocket(`${base.replace('http', 'ws')}/ws/notifications`, ['belfry.v1', `bearer.${ofCarol}`]).onclose = () => {}
  for (let second = 0; ; second++) {
    const count = Math.round(14 + 10 * Math.sin(second / 3) + 4 * Math.sin(second * 1.7))
    const next = new Promise(resolve => setTimeout(resolve, 1_000))
    const items = Array.from({ length: count }, () => ({ title: 'Parcel scanned', message: 'At the depot.', priority: 'info', topic: 'parcels', audience: { users: ['carol'] } }))
    await fetch(`${base}/api/notifications/batch`, { method: 'POST', headers, body: JSON.stringify({ items }) })
    await next
  }
}

/** The page, or a part of it, as WebP in the best quality that is light enough. */
async function picture (context: BrowserContext, page: Page, part: string | undefined): Promise<{ data: Buffer, quality: number }> {
  const session = await context.newCDPSession(page)
  const box = part === undefined ? null : await page.locator(part).boundingBox()
  for (let quality = 90; ; quality -= 8) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality, ...(box && { clip: { ...box, scale: 1 } }) })
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length <= MAX_BYTES || quality < 40) return { data: bytes, quality }
  }
}

/** Starts the demo on a free port; its address, and its end. */
async function demo (): Promise<{ base: string, end: () => void }> {
  const child = spawn(process.execPath, ['src/demo.ts'], { cwd: ROOT, env: { ...process.env, PORT: '0', LOG_LEVEL: 'error', LOGIN_RATE_LIMIT: '0', RATE_LIMIT: '0', ...ALLOWING }, stdio: ['ignore', 'ignore', 'pipe'] })
  const base = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (text: Buffer) => {
      said += String(text)
      const [, address] = /runs on (http:\S+);/.exec(said) ?? []
      if (address !== undefined) resolve(address)
    })
    child.on('exit', () => reject(new Error(said)))
  })
  return { base, end: () => child.kill() }
}

const wanted = process.argv.slice(2)
const executablePath = process.env.CHROMIUM_PATH ?? PLACES.find(place => existsSync(place))
if (executablePath === undefined) throw new Error('There is no Chromium here; CHROMIUM_PATH must name it.')
mkdirSync(FOLDER, { recursive: true })
const { base, end } = await demo()
const browser = await chromium.launch({
  executablePath,
  // Else the page of the shop, which no server sent, may not connect to this machine.
  args: ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks']
})
try {
  for (const { name, width, height, scale = 1, isPhone = false, show, part } of pictures.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, isMobile: isPhone, hasTouch: isPhone, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC' })
    const page = await context.newPage()
    await show(page, base)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.evaluate('document.fonts.ready')
      await page.waitForTimeout(500)
      const { data, quality } = await picture(context, page, part)
      writeFileSync(join(FOLDER, `${name}-${colorScheme}.webp`), data)
      process.stdout.write(`${name}-${colorScheme}.webp ${data.length} bytes, quality ${quality}\n`)
    }
    await context.close()
  }
} finally {
  await browser.close()
  end()
}
// The devices would keep it running.
process.exit()
