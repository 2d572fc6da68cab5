import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds in a page, with options of its own: each rule that is broken, and the elements that break it. */
export async function audit (page: Page, options: object = {}): Promise<string[]> {
  if (!await page.evaluate('"axe" in globalThis')) await page.evaluate(axe.source)
  return await page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target, html }) => target + " " + html.slice(0, 120)).join(" | ").slice(0, 600)))`)
}
