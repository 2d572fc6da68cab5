import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Asset } from '../http/asset.ts'

/** Where the document's examples say that the server is. */
const EXAMPLE_ORIGIN = 'http://localhost:8000'
const SCRIPT = 'text/javascript; charset=utf-8'

const read = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)), 'utf8')

// The plugin of this name reads its files from the disk for every request; here they are read once.
export const swaggerScript = async () => new Asset(SCRIPT, await read('@fastify/swagger-ui/static/swagger-ui-bundle.js'))
export const swaggerStyle = async () => new Asset('text/css; charset=utf-8', await read('@fastify/swagger-ui/static/swagger-ui.css'))

/** Puts the address of the server that shows a page into the examples on it, with the path it is served under. */
const OWN_ADDRESS = `
const base = document.querySelector('[data-document], redoc').dataset.base
const root = new URL(base, location).href.replace(/\\/$/, '')
const withOwnAddress = text => text.replaceAll('${EXAMPLE_ORIGIN}', root).replaceAll('${EXAMPLE_ORIGIN.replace('http', 'ws')}', root.replace('http', 'ws'))
`

/** Starts Swagger UI in its page: what is long to read is left to ReDoc, so that the first route is near. */
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

/** ReDoc's name beside "API docs by", which its bundle would get from its makers' server. */
const redocLogo = `<svg xmlns="http://www.w3.org/2000/svg" width="42" height="14" viewBox="0 0 42 14">
  <text x="0" y="11" font-family="sans-serif" font-size="12" font-weight="bold" fill="#0044d4">Redoc</text>
</svg>`

/**
 * ReDoc's script, with that one picture put into it, and with no worker in sight: to make one for its
 * search it would try `eval`, which our pages forbid, before it searched without.
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
