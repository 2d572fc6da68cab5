import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds in a page, with options of its own: each rule that is broken, and the elements that break it. */
export async function audit (page: Page, options: object = {}): Promise<string[]> {
  if (!await page.evaluate('"axe" in globalThis')) await page.evaluate(axe.source)
  return await page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target, html }) => target + " " + html.slice(0, 120)).join(" | ").slice(0, 600)))`)
}

/** Whether what has the focus, through every shadow tree, is covered by something else: its beginning if none of three points down its middle is seen. */
const COVERED = `(() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  const { left, top, width, height } = element.getBoundingClientRect()
  const isSeen = [0.1, 0.5, 0.9].some(part => {
    const at = [left + width / 2, top + height * part]
    let hit = document.elementFromPoint(...at)
    for (let inner; (inner = hit?.shadowRoot?.elementFromPoint(...at)) && inner !== hit;) hit = inner
    while (hit && hit !== element) hit = hit.parentNode ?? hit.host
    return hit === element
  })
  return isSeen ? '' : element.outerHTML.slice(0, 120)
})()`

/** Goes back through a page by Shift and Tab; whatever had the focus meanwhile without being seen (WCAG 2.4.11). */
export async function coveredOnTheWayBack (page: Page, presses: number): Promise<string[]> {
  const covered: string[] = []
  for (let press = 0; press < presses; press++) {
    await page.keyboard.press('Shift+Tab')
    covered.push(await page.evaluate(COVERED))
  }
  return covered.filter(Boolean)
}
