import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'

export interface Browsing {
  page: Page
  /** Addresses of all requests, those of sockets too. */
  requests: string[]
  /** What the page complained of: console errors, uncaught exceptions and breaches of its policy. */
  complaints: string[]
}

/** A page of a visitor who was never here, closed when the test ends. */
export async function browse (t: Test, browser: Browser, options: BrowserContextOptions = {}): Promise<Browsing> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', request => requests.push(request.url()))
  page.on('websocket', socket => requests.push(socket.url()))
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.exposeBinding('complain', (_source, text: string) => complaints.push(text))
  // A string, for this program's types know nothing of a page's.
  await page.addInitScript('addEventListener("securitypolicyviolation", event => complain(event.violatedDirective + " forbids " + event.blockedURI))')
  return { page, requests, complaints }
}

/** Origins asked for anything; what lies in a data: or blob: address asks nobody. */
export function originsOf (requests: string[]): string[] {
  const asked = requests.map(address => new URL(address)).filter(({ protocol }) => protocol !== 'data:' && protocol !== 'blob:')
  return [...new Set(asked.map(({ protocol, host }) => `${protocol.replace('ws', 'http')}//${host}`))]
}
