import { Asset } from '../http/asset.ts'
import { palette } from '../inbox/look.ts'
import { baseStyle } from '../pages/shared/base.ts'
import { bundleModules } from './bundle.ts'
import { bundled } from './bundled.ts'
import { iconPath } from './icon.ts'

/** The pages that a script draws: each is one element, which its entry in `src/pages` defines. */
const apps = {
  inbox: { title: 'Belfry inbox', element: 'belfry-inbox-page' },
  console: { title: 'Belfry console', element: 'belfry-console-page' }
}
export type App = keyof typeof apps

const style = new Asset('text/css; charset=utf-8', baseStyle)
const FOLDER = 'static'

/** Everything that the pages load, by paths relative to the root of the server. All have the hash of the content in them. */
export interface Apps {
  files: Map<string, Asset>
  /** The page of an app that stands at this path; undefined if no page is so deep. */
  page: (app: App, path: string) => Asset | undefined
}

export const appsBundle = bundled<Apps>(async () => {
  const { files, entries } = await bundleModules(Object.fromEntries(Object.keys(apps).map(app => [app, `pages/${app}/main.ts`])))
  const stylePath = `${FOLDER}/page.${style.hash}.css`
  const pages = new Map<string, Asset>()
  return {
    files: new Map([
      [stylePath, style],
      ...[...files].map(([name, text]) => [`${FOLDER}/${name}`, new Asset('text/javascript; charset=utf-8', text)] as const)
    ]),
    page (app, path) {
      const root = rootFrom(path)
      if (root === undefined) return undefined
      const key = `${app} ${root}`
      const made = pages.get(key) ?? new Asset('text/html; charset=utf-8', shell(app, root))
      pages.set(key, made)
      return made
    }
  }

  function shell (app: App, root: string): string {
    const { title, element } = apps[app]
    const { name, imports } = entries.get(app)!
    const [light, dark] = palette.bg
    return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <title>${title}</title>
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="${light}">
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="${dark}">
    <link rel="icon" type="image/svg+xml" href="${root}${iconPath}">
    <link rel="stylesheet" href="${root}${stylePath}">
${imports.map(file => `    <link rel="modulepreload" href="${root}${FOLDER}/${file}">\n`).join('')}    <script type="module" src="${root}${FOLDER}/${name}"></script>
  </head>
  <body>
    <${element}></${element}>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`
  }
})

/** The deepest page: it bounds how many there are to keep. */
const MAX_DEPTH = 8

/** The way from a path to the root of the server: as many steps up as the path has folders. */
function rootFrom (path: string): string | undefined {
  const depth = path.split('/').length - 2
  return depth > MAX_DEPTH ? undefined : depth === 0 ? './' : '../'.repeat(depth)
}
