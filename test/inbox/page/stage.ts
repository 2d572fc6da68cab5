import type { Browser, BrowserContextOptions } from 'playwright-core'
import type { Test } from 'tap'
import { browse, type Browsing } from '../../docs/browsing.ts'
import { site, type Site } from '../../web/site.ts'

/** A site whose pages have the closed policy of Belfry's own: no inline script or style, and Trusted Types. */
export interface Stage {
  /** Puts a page with this body, and the module that it runs. */
  stage: (path: string, body: string, script: string, attributes?: string) => void
}

export async function stage (t: Test): Promise<Stage & Site> {
  const at = await site(t)
  return { ...at, ...stageOn(at) }
}

/** The same on a site whose pages connect to `base`. */
export function stageOn ({ base, put }: Pick<Site, 'base' | 'put'>): Stage {
  const policy = `default-src 'none'; script-src 'self' ${base}; connect-src 'self' ${base} ${base.replace('http', 'ws')}; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html`
  put('/page.css', 'text/css', `body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; background: light-dark(#fff, #131416); color: light-dark(#111, #eee) }
header { display: flex; justify-content: space-between; align-items: center; padding: 8px 16px }
.own-row { color: light-dark(#111, #eee) }`)
  return {
    stage (path, body, script, attributes = 'lang="en"') {
      put(`${path}.js`, 'text/javascript', `import { Belfry } from '${base}/client/inbox.js'\nconst base = '${base}'\nconst getToken = async () => (await fetch('/token')).text()\n${script}`)
      put(path, 'text/html', `<!doctype html><html ${attributes}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>Shop</title><link rel="stylesheet" href="/page.css"></head><body>${body}<script type="module" src="${path}.js"></script></body></html>`)
    }
  }
}

/** Opens a page of a site at a width, in a scheme. */
export async function open (t: Test, browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Browsing> {
  const browsing = await browse(t, browser, options)
  await browsing.page.goto(address)
  return browsing
}
