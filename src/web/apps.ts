import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Asset } from '../http/asset.ts'
import { palette } from '../inbox/look.ts'
import { baseStyle } from '../pages/shared/base.ts'
import { bundleModules, type Modules } from './bundle.ts'
import { bundled } from './bundled.ts'
import { icon, iconPath } from './icon.ts'

/** The pages that a script draws: each is one element, which its entry in `src/pages` defines. */
const apps = {
  inbox: { title: 'Belfry inbox', element: 'belfry-inbox-page', name: 'Inbox', description: 'Your notifications, live.' },
  console: { title: 'Belfry console', element: 'belfry-console-page', name: 'Console', description: 'What this Belfry does, and what it is to do.' }
}
export type App = keyof typeof apps

/** What a page's script finds in the head of the page, by the name of a `meta` element and as JSON. */
export type Said = Record<string, unknown>

/** A page for a way to the root of the server, such as `./` or `../`. */
export type Shell = (app: App, root: string, said: Said) => Asset

/** Everything that the pages load, by paths relative to the root of the server. All have the hash of the content in them. */
export interface Apps { files: Map<string, Asset>, shell: Shell }

/** Where all of it lies: modules import each other from there. */
const FOLDER = 'static'
/** Icons of installed apps, in pixels. They are full squares, of which a system may show a part: the bell stands within the inner 80 %. */
const SIZES = [180, 192, 512] as const
/** iOS takes no icon from a manifest. */
const APPLE = 180

export const appsBundle = bundled<Apps>(async () => {
  const { files: modules, entries } = await bundleModules(Object.fromEntries(Object.keys(apps).map(app => [app, `pages/${app}/main.ts`])))
  const files = new Map([...modules].map(([name, text]) => [`${FOLDER}/${name}`, new Asset('text/javascript; charset=utf-8', text)]))
  const add = (name: string, extension: string, asset: Asset): string => {
    const path = `${FOLDER}/${name}.${asset.hash}.${extension}`
    files.set(path, asset)
    return path
  }
  const style = add('page', 'css', new Asset('text/css; charset=utf-8', baseStyle))
  const icons = new Map(await Promise.all(SIZES.map(async size => {
    return [size, add(`icon-${size}`, 'png', new Asset('image/png', await readFile(join(import.meta.dirname, `icons/${size}.png`))))] as const
  })))
  const manifests = Object.fromEntries(Object.keys(apps).map(app => [app, add(app, 'webmanifest', manifest(app as App, icons))]))
  return {
    files,
    shell: (app, root, said) => new Asset('text/html; charset=utf-8', page(app, root, said, { style, manifest: manifests[app]!, apple: icons.get(APPLE)!, entry: entries.get(app)! }))
  }
})

/** What a system needs to install a page as an app. Its addresses are relative to its own. */
function manifest (app: App, icons: Map<number, string>): Asset {
  const { title, name, description } = apps[app]
  const pngs = [...icons].filter(([size]) => size !== APPLE).map(([size, path]) => ({ src: `../${path}`, type: 'image/png', sizes: `${size}x${size}`, purpose: 'any maskable' }))
  return new Asset('application/manifest+json', JSON.stringify({
    id: `../${app}`,
    name: title,
    short_name: name,
    description,
    start_url: `../${app}`,
    scope: `../${app}`,
    display: 'standalone',
    theme_color: palette.bg[0],
    background_color: palette.bg[0],
    icons: [{ src: `../${iconPath}`, type: icon.type, sizes: 'any' }, ...pngs]
  }))
}

interface Loads { style: string, manifest: string, apple: string, entry: NonNullable<ReturnType<Modules['entries']['get']>> }

function page (app: App, root: string, said: Said, { style, manifest, apple, entry }: Loads): string {
  const { title, element, name } = apps[app]
  const [light, dark] = palette.bg
  const lines = [
    ...Object.entries(said).map(([name, value]) => `<meta name="belfry-${name}" content="${escape(JSON.stringify(value))}">`),
    ...entry.imports.map(file => `<link rel="modulepreload" href="${root}${FOLDER}/${file}">`)
  ]
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <title>${title}</title>
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="${light}">
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="${dark}">
    <meta name="apple-mobile-web-app-title" content="${name}">
    <link rel="icon" type="${icon.type}" href="${root}${iconPath}">
    <link rel="apple-touch-icon" href="${root}${apple}">
    <link rel="manifest" href="${root}${manifest}">
    <link rel="stylesheet" href="${root}${style}">
${lines.map(line => `    ${line}\n`).join('')}    <script type="module" src="${root}${FOLDER}/${entry.name}"></script>
  </head>
  <body>
    <${element}></${element}>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** The deepest page: it bounds how many there are to keep. */
const MAX_DEPTH = 8

/** The way from a path to the root of the server: as many steps up as the path has folders. Undefined where no page is. */
export function rootFrom (path: string): string | undefined {
  const depth = path.split('/').length - 2
  return depth > MAX_DEPTH ? undefined : depth === 0 ? './' : '../'.repeat(depth)
}
