import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { chromium as playwright, type Browser } from 'playwright-core'
import type { Test } from 'tap'
import { install, missing } from './process.ts'

/** Where browsers lie that tests can use. */
export const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
]

// Nothing but what a test asks for, and as root too.
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'
]

/** The longest anything is waited for in a page, milliseconds: a bound for what would hang, not a measure. */
const DEADLINE_MS = 120_000

/** Whether there is a browser, installed if that can be done; says so if there is none. */
export function hasChromium (t: Test): boolean {
  const isThere = (findChromium() ?? (install('chromium'), findChromium())) !== undefined
  if (!isThere) missing(t, 'Chromium', 'CHROMIUM_PATH')
  return isThere
}

/**
 * A headless browser with nothing remembered, closed when the test ends; undefined if there is none
 * to be had, which the test then says. As its user has set it, it keeps no data of sites at `localhost`,
 * which are those of 127.0.0.1 by another name.
 */
export async function chromium (t: Test): Promise<Browser | undefined> {
  if (!hasChromium(t)) return undefined
  const executablePath = findChromium()!
  const home = mkdtempSync(join(tmpdir(), 'belfry-chromium-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }))
  const profile = join(home, 'profile')
  mkdirSync(join(profile, 'Default'), { recursive: true })
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(KEEPS_NOTHING))
  const context = await playwright.launchPersistentContext(profile, { executablePath, args: QUIET, env: { ...process.env, HOME: home, TMPDIR: home } as Record<string, string> })
  t.teardown(() => context.close())
  const browser = context.browser()!
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async options => {
    const made = await newContext(options)
    made.setDefaultTimeout(DEADLINE_MS)
    return made
  }
  return browser
}

/** The setting of cookies and all other data of sites: 2 blocks them. */
const KEEPS_NOTHING = { profile: { content_settings: { exceptions: { cookies: { 'localhost,*': { setting: 2 } } } } } }

/** Where a browser is installed. */
export function findChromium (): string | undefined {
  return process.env.CHROMIUM_PATH || PLACES.find(place => existsSync(place))
}
