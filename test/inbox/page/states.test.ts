import type { Page } from 'playwright-core'
import tap, { test, type Test } from 'tap'
import { ar } from '../../../src/inbox/words/ar.ts'
import { en } from '../../../src/inbox/words/en.ts'
import { call, people } from '../../helper.ts'
import { audit } from '../../docs/audit.ts'
import type { Browsing } from '../../docs/browsing.ts'
import { chromium } from '../../services/chromium.ts'
import { open, stage } from './stage.ts'
import { longScript, script, states } from './states.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const browser = (await chromium(tap))!
const inBrowser = { skip: browser === undefined && 'without a browser' }
const at = await stage(tap)
// So high that every list is drawn.
const viewport = { width: 320, height: 13_000 }
at.stage('/long', '<main><h1>Long</h1><belfry-feed></belfry-feed></main>', longScript)
for (const dir of ['ltr', 'rtl']) at.stage(`/${dir}`, '<main><h1>States</h1></main>', script, `lang="${dir === 'rtl' ? 'ar' : 'en'}" dir="${dir}"`)

/** Brings the page into the states that need a hand. */
async function prepare (page: Page): Promise<void> {
  await page.locator('#undo .row [data-verb=archive]').first().dispatchEvent('click')
  await page.locator('#undo .undo').dispatchEvent('pointerenter')
  for (const name of ['unread', 'archived']) await page.locator(`#${name} [data-tab=${name}]`).click()
  for (const name of ['preferences', 'preferences-offline', 'preferences-failed']) await page.locator(`#${name} [data-tab=preferences]`).click()
  await page.locator('#list .row').nth(3).locator('.more').click()
  for (const name of ['#offline .banner', '#catching-up .banner', '#preferences .prefs', '#preferences-offline .away', '#preferences-failed .notice']) await page.locator(name).waitFor()
}

/** What does not fit: the page, or an element that is wider than what it stands in. */
const TOO_WIDE = `[document.documentElement, ...document.querySelectorAll('belfry-feed')].flatMap(root => [...(root.shadowRoot ?? root.ownerDocument).querySelectorAll('button:not(.name), h3, h2, p:not(.message), .facts > *, .line, .front, article, .prefs *')]
  .filter(element => element.getClientRects().length > 0 && !element.matches('.hidden, .hidden *'))
  .filter(element => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1 || element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
  .map(element => root.id + ' ' + element.outerHTML.slice(0, 100)))`

/** One page for all tests: it costs more to make than to look at. */
let opened: Browsing
let page: Page

async function fits (t: Test): Promise<void> {
  t.strictSame(await page.evaluate(TOO_WIDE), [], 'everything fits (1.4.10)')
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width)
}

// What axe finds by colours is the same in both directions, and all else in both schemes.
test('every state from right to left, at 320 px', inBrowser, async t => {
  opened = await open(tap as Test, browser, `${at.address}/rtl`, { viewport, colorScheme: 'light' })
  page = opened.page
  await prepare(page)
  t.strictSame(await audit(page, { rules: { 'color-contrast': { enabled: false } } }), [], 'axe finds nothing')
  await fits(t)
})

test('every state from left to right, light and dark, at 320 px', inBrowser, async t => {
  await page.goto(`${at.address}/ltr`)
  await prepare(page)
  t.strictSame(await audit(page), [], 'axe finds nothing in light')
  await fits(t)
  await page.emulateMedia({ colorScheme: 'dark' })
  t.strictSame(await audit(page, { runOnly: ['color-contrast'] }), [], 'axe finds nothing in dark')
  t.strictSame(opened.complaints, [], 'no policy is broken')
  t.notOk(opened.requests.some(url => url.includes('elsewhere.example')), 'nobody else is asked')
})

test('with spaced text everything fits too (1.4.12)', inBrowser, async t => {
  const style = 'belfry-feed { letter-spacing: .12em; word-spacing: .16em; line-height: 1.5 }'
  await page.evaluate(`{
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('${style}')
    document.adoptedStyleSheets = [sheet]
  }`)
  t.strictSame(await page.evaluate(TOO_WIDE), [])
  await page.evaluate('document.adoptedStyleSheets = []')
})

test('each state says what it is', inBrowser, async t => {
  const text = async (name: string) => await page.locator(`#${name} .feed`).innerText()
  const says: Record<keyof typeof states, RegExp> = {
    list: /Today[^]*Yesterday[^]*3rd update/,
    loading: /Loading/,
    empty: /Nothing new\. You’re all caught up\./,
    error: /The inbox couldn’t be loaded\.\s+Try again/,
    'signed-out': /You’re not connected\. Sign in again/,
    offline: /Unread 99\+[^]*You’re offline\. This is what was here/,
    'catching-up': /Fetching what you missed\./,
    more: /Show older/,
    'fetching-more': /Loading$/,
    'older-failed': /Older ones couldn’t be loaded\.\s+Try again/,
    undo: /Archived\.\s+Undo/,
    archived: /What you archive is kept here/,
    unread: /Nothing unread/,
    required: /Reminder: please acknowledge \u2068Datenschutz[^]*Must be acknowledged by [^]*Acknowledge[^]*Should have been acknowledged by [^]*Must be acknowledged\s+Acknowledge[^]*Acknowledged 2 hr. ago[^]*Acknowledged late, 1 hr. ago/,
    preferences: /comments\s+What others say[^]*Set by your company[^]*Set by the operator[^]*All other topics[^]*Keep quiet hours[^]*on the next day[^]*Time zone[^]*Daily email\s+What you get once a day comes at this time \(America\/Argentina\/ComodRivadavia\)\./,
    'preferences-offline': /You’re offline\. What you change is saved[^]*topic|All topics/,
    'preferences-failed': /Your preferences couldn’t be loaded\.\s+Try again/,
    own: /Own[^]*Must be acknowledged\s+Acknowledge/
  }
  for (const [name, words] of Object.entries(says)) t.match(await text(name), words, name)
  t.match(await page.locator('#error [role=status]').textContent(), /couldn’t be loaded/, 'and those who hear the page hear it')
})

test('texts are texts, addresses that are none are no links, and rows tell what they are', inBrowser, async t => {
  const row = page.locator('#list .row[data-id=n16]')
  t.match(await row.locator('.name').innerText(), /^<script>window.isHacked/)
  t.match(await row.locator('.message').innerText(), /^<script>.*onerror=/)
  t.equal(await row.locator('script, img, b').count(), 0)
  t.equal(await page.evaluate('window.isHacked'), undefined)
  t.strictSame(await row.locator('a').evaluateAll(links => links.map(link => (link as unknown as { href: string }).href)), ['https://shop.example/1'])
  t.equal(await row.locator('button.action').count(), 2, 'an action without a safe address is a button')
  t.equal(await page.locator('#list .row[data-id=n15] a.name').getAttribute('href'), '/orders/1742')
  t.equal((await page.locator('#list .row[data-id=n17] .message').innerText()).length, 4000)
  t.equal(await page.locator('#list .row[data-id=n13] .name').innerText(), 'Information', 'a blank title')
  t.match(await page.locator('#list').ariaSnapshot(), /heading "Today" \[level=3\][^]*feed "Today":[^]*article "Unread\. Datenschutz[^"]+"[^]*article "Success\. تم شحن[^]*article "Unread\. Warning\. 🎉/u)
  t.match(await page.locator('#own').ariaSnapshot(), /article "Unread\. Success\. Own"/)
  t.equal(await page.locator('#own .row').evaluate(row => ((row as any).innerText.match(/Own|Unread/g)).join(' ')), 'Unread Own', 'also with content of the application, each once')
  t.strictSame(await page.locator('#more .row').evaluateAll(rows => rows.map(row => (row as any).ariaPosInSet + '/' + (row as any).ariaSetSize)), ['1/-1', '2/-1', '3/-1'], 'how many there are is not known')
  t.equal(await page.locator('#list .row[data-id=n20]').getAttribute('aria-setsize'), '3')
})

test('controls are large enough, show the focus, and nothing moves', inBrowser, async t => {
  const small = await page.evaluate(`[...document.querySelectorAll('belfry-feed')].flatMap(feed => [...feed.shadowRoot.querySelectorAll('button, a, label, select')].filter(element => element.getClientRects().length > 0).filter(element => {
    const { width, height } = element.getBoundingClientRect()
    return (width < 24 || height < 24) && !element.matches('.name')
  }).map(element => element.outerHTML.slice(0, 120)))`)
  t.strictSame(small, [], 'targets are 24 px at least (2.5.8)')
  const unseen = await page.evaluate(`[...document.querySelectorAll('belfry-feed')].flatMap(feed => [...feed.shadowRoot.querySelectorAll('button, a, article, input, select, [tabindex="0"]')].filter(element => {
    element.focus({ focusVisible: true })
    if (feed.shadowRoot.activeElement !== element) return false
    const { outlineStyle, outlineWidth } = getComputedStyle(element.matches('.day-choice input') ? element.nextElementSibling : element)
    return outlineStyle === 'none' || parseFloat(outlineWidth) < 2
  }).map(element => element.outerHTML.slice(0, 120)))`)
  t.strictSame(unseen, [], 'the focus is seen (2.4.7)')
  t.strictSame(await page.locator('#required .row').evaluateAll(rows => rows.map(row => [...(row as any).querySelectorAll('.tool')].map(tool => tool.dataset.verb).join(' '))), ['read', 'read', 'unread', 'unread archive delete', 'read archive delete'], 'what must be acknowledged can be neither archived nor deleted')
  const crowded = await page.evaluate(`[...document.querySelectorAll('belfry-feed')].flatMap(feed => [...feed.shadowRoot.querySelectorAll('.action, .acknowledge')].filter(element => element.closest('.row')).filter(element => {
    const { top, bottom } = element.getBoundingClientRect()
    const row = element.closest('.row')
    return row.querySelector('.message, .own').getBoundingClientRect().bottom > top - 8 || row.querySelector('.front').getBoundingClientRect().bottom < bottom + 12
  }).map(element => element.outerHTML.slice(0, 120)))`)
  t.strictSame(crowded, [], 'actions have room above and below')
  t.equal(await page.evaluate('[document, ...[...document.querySelectorAll("belfry-feed")].map(feed => feed.shadowRoot)].flatMap(root => root.getAnimations()).length'), 0, 'with reduced motion nothing moves (2.3.3)')
})

test('of a long list what is near is drawn, wherever it is scrolled to', inBrowser, async t => {
  await page.setViewportSize({ width: 320, height: 700 })
  await page.goto(`${at.address}/long`)
  /** Waits until a row stands in the middle of the screen, and for ten frames nothing is drawn anew. */
  const settles = async (where: string) => {
    const { title, rows, boxes } = await page.evaluate(`new Promise(resolve => {
      const { shadowRoot } = document.querySelector('belfry-feed')
      let still = 0
      const observer = new MutationObserver(() => { still = 0 })
      observer.observe(shadowRoot, { childList: true, subtree: true })
      const look = () => {
        const row = shadowRoot.elementFromPoint(160, 350)?.closest('.row')
        if (!row || still++ < 10) return requestAnimationFrame(look)
        observer.disconnect()
        resolve({ title: row.querySelector('.name').textContent, rows: shadowRoot.querySelectorAll('.row').length, boxes: shadowRoot.querySelectorAll('.chunk').length })
      }
      look()
    })`) as { title: string, rows: number, boxes: number }
    t.ok(rows <= 120 && boxes <= 8, `${rows} rows in ${boxes} boxes, ${where}`)
    return Number(title.slice(6))
  }
  const scroll = async (part: number) => { await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${part})`) }
  t.ok(await settles('at the top') > 1990)
  await scroll(0.5)
  const middle = await settles('in the middle')
  t.ok(middle > 600 && middle < 1400, `${middle}`)
  await scroll(1)
  t.ok(await settles('at the end') < 20)
  await scroll(0.2)
  t.ok(await settles('on the way back') > 1400)
  await scroll(0)
  t.ok(await settles('at the top again') > 1990)
  await page.locator('[data-tab=unread]').click()
  await page.locator('.row', { hasText: 'Title 2000' }).waitFor({ state: 'detached' })
  t.ok(await settles('in another list') > 1980)
})

test('by touch: a swipe forward archives and one backward deletes, in both directions of writing; a short or steep one does nothing', inBrowser, async t => {
  const { page } = await open(t, browser, `${at.address}/ltr`, { viewport, hasTouch: true })
  const touch = await page.context().newCDPSession(page)
  /** Moves a finger on the first row of the list `undo`, to the right and down; the row's picture before it is let go. */
  const swipe = async (right: number, down: number, list = '#undo') => {
    const row = page.locator(`${list} .row`).first()
    const { x, y, width, height } = (await row.boundingBox())!
    const at = (part: number) => ({ touchPoints: [{ x: x + width / 2 + right * part, y: y + height / 2 + down * part }] })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', ...at(0) })
    for (const part of [0.25, 0.5, 0.75, 1]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', ...at(part) })
    const held = await row.evaluate((row: any) => `${row.dataset.swiped} ${row.hasAttribute('data-far')}`)
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await page.locator(`${list} .row:not([data-swiped], [data-far]) .front:not([style*=translate])`).first().waitFor()
    return held
  }
  for (const [path, forward, { didArchive, didDelete }] of [['ltr', 1, en], ['rtl', -1, ar]] as const) {
    if (path === 'rtl') await page.goto(`${at.address}/rtl`)
    // What comes above it would move it under the finger.
    for (const name of ['#undo .row', '#offline .banner', '#catching-up .banner']) await page.locator(name).first().waitFor()
    t.equal(await swipe(forward * 60, 0), 'forward false', 'not far enough')
    t.equal(await swipe(forward * 40, 90), 'undefined false', 'it scrolls')
    t.equal(await page.locator('#undo .undo').count(), 0, 'and nothing was done')
    t.equal(await swipe(forward * 120, 0), 'forward true')
    await page.locator('#undo .undo', { hasText: didArchive }).waitFor()
    t.equal(await swipe(forward * -120, 0), 'backward true')
    await page.locator('#undo .undo', { hasText: didDelete }).waitFor()
    t.equal(await swipe(forward * 120, 0, '#required'), 'undefined false', 'what must be acknowledged stays where it is')
    t.equal(await page.locator('#required .undo').count(), 0)
  }
})

test('the bell says that nobody is logged in', inBrowser, async t => {
  at.stage('/nobody', '<h1>Shop</h1><belfry-inbox><p slot="signed-out">Log in to see it.</p></belfry-inbox>', "Object.assign(document.querySelector('belfry-inbox'), { url: base, getToken: async () => null })")
  await page.goto(`${at.address}/nobody`)
  await page.locator('.bell').click()
  await page.getByText('Log in to see it.').waitFor()
  t.equal(await page.locator('belfry-feed .notice[data-type=error]').count(), 0)
})

test('a small popover: the bar below covers no text, and zoomed there is room for rows', inBrowser, async t => {
  await call(at.app, people.root, 'POST', '/api/notifications/batch', { items: ['One', 'Two', 'Three'].map(title => ({ title, message: 'It is on its way.', priority: 'info', topic: 'orders', audience: { users: ['bob'] } })) })
  at.stage('/bell', '<h1>Shop</h1><belfry-inbox inbox-url="/inbox"></belfry-inbox>', "Object.assign(document.querySelector('belfry-inbox'), { url: base, getToken })")
  await page.setViewportSize({ width: 1000, height: 700 })
  await page.goto(`${at.address}/bell`)
  await page.locator('.bell').click()
  await page.locator('[data-tab=unread]').click()
  await page.getByText('Mark all as read').click()
  const text = (await page.locator('.notice p').boundingBox())!
  const bar = (await page.locator('.undo').boundingBox())!
  t.ok(text.y + text.height <= bar.y, 'the words of an empty list are above it')
  t.equal((await page.locator('.undo .action').boundingBox())!.height, 40, 'and no word of it is broken')
  await page.emulateMedia({ forcedColors: 'active' })
  const lines = await page.locator('.tab').evaluateAll(tabs => tabs.map(tab => (globalThis as any).getComputedStyle(tab).borderBottomWidth))
  await page.emulateMedia({ forcedColors: null })
  t.strictSame(lines, ['0px', '4px', '0px', '0px'], 'in forced colours, which show what is transparent, the chosen tab alone has a line')
  await page.setViewportSize({ width: 320, height: 200 })
  await page.locator('[data-tab=all]').click()
  const row = page.locator('.row', { hasText: 'Two' })
  await row.focus()
  const box = (await row.boundingBox())!
  const list = (await page.locator('.scroller').boundingBox())!
  t.ok(box.y >= list.y && box.y + box.height <= list.y + list.height, 'zoomed to 400 %, a row is seen whole')
})
