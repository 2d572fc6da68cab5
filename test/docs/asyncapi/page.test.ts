import tap, { test } from 'tap'
import { build, listen } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { audit } from '../audit.ts'
import { browse, originsOf } from '../browsing.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const app = await build(tap)
const base = await listen(app)
const document: Record<string, any> = (await app.inject('/asyncapi.json')).json()
const types = Object.keys(document['components'].messages)
const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }

const OPEN = 'for (const details of document.querySelectorAll("details")) details.open = true'

test('it is readable at any width, in both schemes, and by everybody', inBrowser, async t => {
  for (const [colorScheme, width] of [['light', 320], ['dark', 768], ['dark', 1440]] as const) {
    const { page, requests, complaints } = await browse(t, browser, { colorScheme, viewport: { width, height: 900 } })
    await page.goto(`${base}/asyncapi`)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${width} px: no scrolling aside`)
    await page.evaluate(OPEN)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, 'nor with everything opened')
    if (width !== 768) t.strictSame(await audit(page), [], `${width} px, ${colorScheme}`)
    t.strictSame(originsOf(requests), [base], 'asks nobody but us')
    t.strictSame(complaints, [])
  }
})

test('every frame has a section with its fields and examples, and a link that leads to it', inBrowser, async t => {
  const { page } = await browse(t, browser, { viewport: { width: 1440, height: 900 } })
  await page.goto(`${base}/asyncapi`)
  for (const type of types) {
    await page.goto(`${base}/asyncapi#${type}`)
    const { top, height } = await page.evaluate('(({ top, height }) => ({ top, height }))(document.querySelector(":target").getBoundingClientRect())') as { top: number, height: number }
    t.ok(top >= 0 && (top < 200 || height < 900), `${type} is where the page opens: ${top}`)
    const section = page.locator(`[id="${type}"]`)
    t.equal(await section.getByRole('heading', { level: 4 }).innerText(), type)
    t.ok((await section.locator('.fields').first().innerText()).includes(`"${type}"`))
    const { examples, description } = document['components'].messages[type]
    t.equal(await section.locator('.examples pre').count(), examples.length)
    t.strictSame(JSON.parse((await section.locator('.examples pre').first().textContent())!), examples[0].payload)
    t.ok((await section.innerText()).includes(description.split(/[`\n*]/)[0].trim()), 'is described')
  }
  const ids = await page.evaluate('[...document.querySelectorAll("[id]")].map(({ id }) => id)') as string[]
  t.equal(new Set(ids).size, ids.length, 'no two places have one id')
  const broken = await page.evaluate('[...document.querySelectorAll("a[href^=\\"#\\"]")].map(({ hash }) => hash.slice(1)).filter(id => !document.getElementById(id))')
  t.strictSame(broken, [], 'every link leads somewhere')
  t.match(await page.locator('[id="read"] .facts').innerText(), /Answered by\s+ok error/)
  t.match(await page.locator('[id="pong"] .facts').innerText(), /Answers\s+ping/)
})

test('the keyboard reaches everything, and the contents say where the reader is', inBrowser, async t => {
  const { page, complaints } = await browse(t, browser, { viewport: { width: 1440, height: 900 } })
  await page.goto(`${base}/asyncapi`)
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.className'), 'skip')
  await page.keyboard.press('Enter')
  t.equal(await page.evaluate('document.activeElement.id'), 'content', 'past the contents')
  await page.goto(`${base}/asyncapi#caught_up`)
  await page.locator('.rail [aria-current]', { hasText: 'caught_up' }).waitFor()
  const seen = await page.evaluate('(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.querySelector(".rail [aria-current]").getBoundingClientRect())')
  t.ok(seen, 'which have scrolled there')

  await page.setViewportSize({ width: 320, height: 700 })
  await page.goto(`${base}/asyncapi`)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const menu = page.locator('.menu nav')
  await menu.waitFor()
  await page.keyboard.press('Escape')
  await menu.waitFor({ state: 'hidden' })
  await page.keyboard.press('Enter')
  await menu.getByRole('link', { name: 'gap', exact: true }).click()
  await menu.waitFor({ state: 'hidden' })
  t.ok(page.url().endsWith('#gap'))
  t.strictSame(complaints, [])
})

test('examples name the server of the page, and without scripts everything is there all the same', inBrowser, async t => {
  const { page } = await browse(t, browser)
  await page.goto(`${base}/asyncapi/`)
  t.ok((await page.locator('pre').first().innerText()).includes(`${base.replace('http', 'ws')}/ws/notifications`))
  const still = await browse(t, browser, { javaScriptEnabled: false })
  await still.page.goto(`${base}/asyncapi`)
  t.equal(await still.page.locator('.message').count(), await page.locator('.message').count())
  t.ok(await still.page.locator('.message').count() > types.length)
})
