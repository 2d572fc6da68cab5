import { Asset } from '../http/asset.ts'
import { pageScript } from './asyncapi/page/script.ts'
import { pageStyle } from './asyncapi/page/style.ts'
import { asyncApiPage, type Loads } from './asyncapi/page/page.ts'
import { redocScript, swaggerInit, swaggerScript, swaggerStyle } from './bundles.ts'
import type { Json } from './document.ts'
import { schemeStyle } from './scheme.ts'
import { iconPath } from '../web/icon.ts'

const TITLE = 'Belfry API'

/** What pages load. Paths are relative to the root of the server, and have the hash of the content in them. */
const assets = await Promise.all([swaggerScript(), swaggerInit(), swaggerStyle(), redocScript()]).then(all => {
  const [script, init, style, redoc] = all
  return {
    swaggerScript: named('docs/static/swagger-ui', 'js', script),
    swaggerInit: named('docs/static/init', 'js', init),
    swaggerStyle: named('docs/static/swagger-ui', 'css', style),
    schemeStyle: named('docs/static/scheme', 'css', schemeStyle),
    redocScript: named('redoc/static/redoc', 'js', redoc),
    asyncApiScript: named('asyncapi/static/page', 'js', pageScript),
    asyncApiStyle: named('asyncapi/static/page', 'css', pageStyle)
  }
})

const byPath = new Map(Object.values(assets).map(({ path, asset }) => [path, asset]))

/** What lies at a path; undefined if nothing does. */
export const assetAt = (path: string) => byPath.get(path)

function named (name: string, extension: string, asset: Asset): { path: string, asset: Asset } {
  return { path: `${name}.${asset.hash}.${extension}`, asset }
}

const html = (text: string) => new Asset('text/html; charset=utf-8', text)

/**
 * A page with two URLs, with and without a slash at the end. Its links are relative to the one that was asked for,
 * so that it works behind a proxy that adds a path prefix. Rendered when it is first asked for.
 */
function page (render: (root: string) => string): (path: string) => Asset {
  const pages = new Map<string, Asset>()
  return path => {
    const root = path.endsWith('/') ? '../' : './'
    const made = pages.get(root) ?? html(render(root))
    pages.set(root, made)
    return made
  }
}

const head = (root: string, title: string) => `<meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="${root}${iconPath}">`

export const swaggerPage = page(root => `<!doctype html>
<html lang="en">
  <head>
    ${head(root, TITLE)}
    <link rel="stylesheet" href="${root}${assets.swaggerStyle.path}">
    <link rel="stylesheet" href="${root}${assets.schemeStyle.path}">
  </head>
  <body>
    <div id="swagger-ui" data-document="${root}openapi.json" data-base="${root}"></div>
    <script src="${root}${assets.swaggerScript.path}"></script>
    <script src="${root}${assets.swaggerInit.path}"></script>
  </body>
</html>
`)

export const redocPage = page(root => `<!doctype html>
<html lang="en">
  <head>
    ${head(root, TITLE)}
    <style>
      body { margin: 0 }
      redoc td code { white-space: nowrap }
      /* Links to other sites. */
      [data-testid="page-actions"] [data-testid="dropdown"] { display: none }
      [data-testid="page-actions"] button { border-radius: 6px !important; border-right: 1px solid var(--border-color-primary) !important }
    </style>
  </head>
  <body>
    <redoc data-base="${root}" spec-url="${root}openapi.json" disable-telemetry="true"></redoc>
    <script type="module" src="${root}${assets.redocScript.path}"></script>
  </body>
</html>
`)

const loads: Loads = { icon: iconPath, style: assets.asyncApiStyle.path, script: assets.asyncApiScript.path }

/** The AsyncAPI document as a page, which needs no script to be read. */
export const asyncPage = (documentOf: () => Json) => page(root => asyncApiPage(documentOf(), root, loads))
