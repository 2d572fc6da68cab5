import type { Locator } from 'playwright-core'
import tap, { test } from 'tap'
import { build, listen } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { browse } from './browsing.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const base = await listen(await build(tap))
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }

type Colour = [red: number, green: number, blue: number, alpha: number]

function parse (colour: string): Colour {
  const [red = 0, green = 0, blue = 0, alpha = 1] = colour.match(/[\d.]+/g)!.map(Number)
  return [red, green, blue, alpha]
}

function over ([r, g, b, alpha]: Colour, below: Colour): Colour {
  const mix = (top: number, bottom: number) => top * alpha + bottom * (1 - alpha)
  return [mix(r, below[0]), mix(g, below[1]), mix(b, below[2]), 1]
}

/** Relative luminance. WCAG 2.2. */
function luminance (colour: Colour): number {
  const [red, green, blue] = colour.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** The colours of an element's text and of what is behind it, as the browser computes them. */
async function coloursOf (element: Locator): Promise<{ text: Colour, behind: Colour }> {
  const { colour, layers } = await element.evaluate((element: any) => {
    // This program's types know nothing of a page's.
    const { getComputedStyle } = globalThis as any
    const layers: string[] = []
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor)
    return { colour: getComputedStyle(element).color as string, layers }
  })
  const behind = layers.map(parse).reduce((below, layer) => over(layer, below), [255, 255, 255, 1] as Colour)
  return { text: over(parse(colour), behind), behind }
}

test('in the dark scheme Swagger UI is dark, and its texts reach AA', inBrowser, async t => {
  const { page, complaints } = await browse(t, browser, { colorScheme: 'dark' })
  const reaches = async (about: string, element: Locator) => {
    const { text, behind } = await coloursOf(element.first())
    const [darker, lighter] = [luminance(behind), luminance(text)].sort((a, b) => a - b) as [number, number]
    const ratio = (lighter + 0.05) / (darker + 0.05)
    t.ok(ratio >= 4.5, `${about}: ${ratio.toFixed(1)}`)
  }
  await page.goto(`${base}/docs`)
  const route = page.locator('.opblock[id$="-login"]')
  await route.locator('.opblock-summary-control').click()
  t.strictSame((await coloursOf(page.locator('.info .title'))).behind, [0x13, 0x14, 0x16, 1], 'the page is as dark as our others')
  await reaches('title', page.locator('.info .title'))
  await reaches('version', page.locator('.info .version'))
  await reaches('text', page.locator('.info .renderedMarkdown p'))
  await reaches('code', page.locator('.info .renderedMarkdown code'))
  await reaches('link', page.locator('.info a'))
  await reaches('server', page.locator('.schemes select'))
  for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
    await reaches(`${method}, method`, page.locator(`.opblock-${method} .opblock-summary-method`))
    await reaches(`${method}, path`, page.locator(`.opblock-${method} .opblock-summary-path span`))
  }
  await reaches('heading of a section', route.locator('.opblock-section-header h4'))
  await reaches('cancel', route.locator('.try-out__btn'))
  await reaches('body', route.locator('textarea'))
  await reaches('execute', route.locator('.execute'))
  await reaches('label of examples', route.locator('.examples-select__section-label'))
  await reaches('number in an example', route.locator('pre.microlight span', { hasText: /^900$/ }))
  await reaches('name of a header', route.locator('.header-col'))

  await page.locator('section.models button').first().click()
  await page.locator('section.models .json-schema-2020-12-accordion').first().click()
  await reaches('schema', page.locator('section.models .json-schema-2020-12__title'))
  await reaches('type', page.locator('section.models .json-schema-2020-12__attribute--primary'))
  await reaches('expand all', page.locator('section.models .json-schema-2020-12-expand-deep-button'))

  await page.locator('.auth-wrapper .btn.authorize').click()
  for (const part of ['h3', 'h4', 'p', 'code', 'label', 'input', 'button.authorize', 'button.btn-done']) await reaches(`dialog, ${part}`, page.locator(`.modal-ux ${part}`))
  t.strictSame(complaints, [])
})

test('it follows the scheme while it is open, and is light otherwise', inBrowser, async t => {
  const { page, complaints } = await browse(t, browser, { colorScheme: 'light' })
  await page.goto(`${base}/docs`)
  const title = page.locator('.info .title')
  const isDark = async () => luminance((await coloursOf(title)).behind) < 0.1
  t.notOk(await isDark())
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html.dark-mode').waitFor()
  t.ok(await isDark())
  await page.emulateMedia({ colorScheme: 'light' })
  await page.locator('html:not(.dark-mode)').waitFor()
  t.notOk(await isDark())
  t.strictSame(complaints, [])
})
