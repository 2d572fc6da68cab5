import tap, { test } from 'tap'
import { call, people } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { site } from '../../web/site.ts'
import { browse, originsOf } from '../browsing.ts'
import { blocksOf } from './blocks.ts'

// A browser may have to be installed first.
tap.setTimeout(300_000)

const [block] = blocksOf('README.md').filter(({ language }) => language === 'html')
const browser = (await chromium(tap))!

test('the page of the README is 15 lines, and a live inbox', { skip: browser === undefined && 'without a browser' }, async t => {
  t.equal(block!.text.trim().split('\n').length, 15)
  const { app, base, address, put } = await site(t)
  put('/', 'text/html', block!.text.replaceAll('http://localhost:8000', base))
  // As `npm run demo` has her.
  const { body: { id } } = await call(app, people.root, 'POST', '/api/users', { username: 'alice', password: 'demo-alice', role: 'admin', company: 'company_a' })
  const send = async (title: string) => await call(app, people.root, 'POST', '/api/notifications/send', { title, message: 'Text', priority: 'info', topic: 'news', audience: { users: [id] } })
  await send('The first')
  const { page, requests, complaints } = await browse(t, browser)
  await page.goto(address)
  await page.getByText('The first').waitFor()
  await send('The second')
  await page.getByText('The second').waitFor()
  t.strictSame(await page.locator('li').allInnerTexts(), ['The second', 'The first'])
  await page.waitForFunction('document.title === "Inbox (2)"')
  t.strictSame(originsOf(requests).sort(), [address, base].sort(), 'asks nobody else')
  t.strictSame(complaints, [])
})
