import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export const TITLE = 'Belfry API'

/** A bell. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#1f3a5f"/>
  <path d="M16 5a2 2 0 0 1 2 2v.6c3.4.9 5.6 3.9 5.6 7.6 0 4 .9 5.6 2.4 7.2v1.1H6v-1.1c1.5-1.6 2.4-3.2 2.4-7.2 0-3.7 2.2-6.7 5.6-7.6V7a2 2 0 0 1 2-2z" fill="#ffd166"/>
  <path d="M12.7 25h6.6a3.3 3.3 0 0 1-6.6 0z" fill="#ffd166"/>
</svg>
`

export const redocPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${TITLE}</title>
    <link rel="icon" type="image/svg+xml" href="redoc/icon.svg">
    <style>
      body { margin: 0 }
      redoc td code { white-space: nowrap }
      /* Leads to others' sites. */
      [data-testid="page-actions"] [data-testid="dropdown"] { display: none }
      [data-testid="page-actions"] button { border-radius: 6px !important; border-right: 1px solid var(--border-color-primary) !important }
    </style>
  </head>
  <body>
    <redoc spec-url="openapi.json" disable-telemetry="true"></redoc>
    <script type="module" src="redoc/redoc.standalone.js"></script>
  </body>
</html>
`

/** ReDoc's name beside "API docs by", which its bundle would get from its makers' server. */
export const redocLogo = `<svg xmlns="http://www.w3.org/2000/svg" width="42" height="14" viewBox="0 0 42 14">
  <text x="0" y="11" font-family="sans-serif" font-size="12" font-weight="bold" fill="#0044d4">Redoc</text>
</svg>
`

let bundle: Promise<Buffer> | undefined

/**
 * ReDoc's script, with that one picture taken from here, and with no worker in sight: to make one for
 * its search it would try `eval`, which our pages forbid, before it searched without.
 */
export function redocBundle (): Promise<Buffer> {
  bundle ??= readFile(fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js')), 'utf8').then(script => {
    const local = script.replace(/https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g, 'redoc/logo.svg')
    return Buffer.from(`const Worker = undefined\n${local}`)
  })
  return bundle
}
