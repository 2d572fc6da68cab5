import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Asset } from '../http/asset.ts'

/** The address of the server in the examples of the document. */
const EXAMPLE_ORIGIN = 'http://localhost:8000'
const SCRIPT = 'text/javascript; charset=utf-8'

const read = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)), 'utf8')

/** Swagger UI has a dark scheme, but only for a class, and the switch for it is in a bar that we do not show. */
const SCHEME = `{
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
  dark.addEventListener('change', follow)
  follow()
}
`

// @fastify/swagger-ui reads these files for every request; here they are read once.
export const swaggerScript = async () => new Asset(SCRIPT, `${SCHEME}${await read('@fastify/swagger-ui/static/swagger-ui-bundle.js')}`)
export const swaggerStyle = async () => new Asset('text/css; charset=utf-8', await read('@fastify/swagger-ui/static/swagger-ui.css'))

/** Script that replaces the address in the examples by that of the server that shows the page, with its path prefix. */
const OWN_ADDRESS = `
const base = document.querySelector('[data-document], redoc').dataset.base
const root = new URL(base, location).href.replace(/\\/$/, '')
const withOwnAddress = text => text.replaceAll('${EXAMPLE_ORIGIN}', root).replaceAll('${EXAMPLE_ORIGIN.replace('http', 'ws')}', root.replace('http', 'ws'))
`

/** Starts Swagger UI. It shows only the beginning of the guide, so that the first route is near; ReDoc shows all of it. */
export const swaggerInit = async () => new Asset(SCRIPT, `${OWN_ADDRESS}
const { document: url } = document.getElementById('swagger-ui').dataset
SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url,
  responseInterceptor: response => {
    if (response.url !== new URL(url, location).href) return response
    const api = JSON.parse(withOwnAddress(response.text))
    api.info.description = api.info.description.split('\\n## Cursors')[0] + '\\nCursors, idempotency and errors: [the guide](' + root + '/redoc).'
    response.text = JSON.stringify(api)
    return response
  },
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0
})
`)

/** ReDoc's logo, which its bundle would fetch from the server of its makers. */
const redocLogo = `<svg xmlns="http://www.w3.org/2000/svg" width="42" height="14" viewBox="0 0 42 14">
  <text x="0" y="11" font-family="sans-serif" font-size="12" font-weight="bold" fill="#0044d4">Redoc</text>
</svg>`

/**
 * ReDoc's script, with the logo in it. `Worker` is hidden from it, because it would use `eval` to make one for its
 * search, which our pages forbid; without workers it searches in the page.
 */
export async function redocScript (): Promise<Asset> {
  const script = await read('redoc/bundles/redoc.standalone.js')
  const local = script.replace(/https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g, `data:image/svg+xml;base64,${Buffer.from(redocLogo).toString('base64')}`)
  return new Asset(SCRIPT, `const Worker = undefined
${OWN_ADDRESS}
const { fetch } = globalThis
globalThis.fetch = async (...args) => {
  const response = await fetch(...args)
  return new Response(withOwnAddress(await response.text()), response)
}
${local}`)
}
