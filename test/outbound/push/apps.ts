import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { bundleApp } from '../../docs/client/bundling.ts'
import { browse } from '../../docs/browsing.ts'
import type { App } from '../../helper.ts'
import { chromium } from '../../services/chromium.ts'
import { site } from '../../web/site.ts'
import { pushManager } from './browser.ts'
import { PUSHING } from './pushing.ts'
import { PushService } from './service.ts'

const CLIENT = join(import.meta.dirname, '../../../src/client')

const script = (base: string) => `
import { Belfry } from '@belfry/client'
import { pushOf } from '@belfry/client/push'
const belfry = window.belfry = new Belfry(${JSON.stringify(base)}, { getToken: () => fetch('/token').then(answer => answer.text()) })
window.push = pushOf(belfry, { worker: '/sw.js' })
belfry.connect()
belfry.ready().then(() => { window.isReady = true })
`

/** A browser in which bob has an app with the client; its page has `belfry` and `push`, its worker begins with `prelude`. */
export async function pushingApp (t: Test, prelude = ''): Promise<{ page: Page, app: App, base: string, address: string }> {
  const { app, base, address, put } = await site(t, PUSHING)
  put('/sw.js', 'text/javascript', `${prelude}\nself.belfry = { url: '${base}' }\nimportScripts('${base}/push-worker.js')`)
  put('/app.js', 'text/javascript', await bundleApp(CLIENT, script(base), { '@belfry/client': CLIENT }))
  put('/', 'text/html', '<!doctype html><title>App</title><script type="module" src="/app.js"></script>')
  const service = await PushService.open(t)
  const { page } = await browse(t, (await chromium(t))!, { permissions: ['notifications'] })
  await page.context().addInitScript(pushManager(service.subscribe('bob'), '/'))
  await page.goto(address)
  await page.waitForFunction('window.isReady')
  return { page, app, base, address }
}
