import pkg from '../client/package.json' with { type: 'json' }
import inbox from '../inbox/package.json' with { type: 'json' }
import { Asset } from '../http/asset.ts'
import { bundle, bundleScript } from './bundle.ts'
import { bundled } from './bundled.ts'
import { bundleWhole } from './on-demand.ts'

const SCRIPT = 'text/javascript; charset=utf-8'

/** A module for pages and what it loads on demand, each by its name, which has a hash of the content in it. */
export interface Script {
  /** Of the module that pages load. */
  name: string
  files: Map<string, Asset>
}

interface Package { name: string, version: string, license: string }

const assetOf = ({ name, version, license }: Package, text: string) => new Asset(SCRIPT, `/* ${name} ${version}, ${license} */\n${text}`)
const hashedName = (name: string, { hash }: Asset) => `${name}.${hash}.js`

function script (name: string, whole: Asset, onDemand: [name: string, Asset][] = []): Script {
  return { name: hashedName(name, whole), files: new Map([[hashedName(name, whole), whole], ...onDemand]) }
}

/** A module of the client that loads nothing on demand. */
const single = (name: string) => bundled(async () => script(name, assetOf(pkg, await bundle([`${name}.ts`]))))

/** A module with what it loads on demand. */
const whole = (name: string, of: Package, file: string, parts: Record<string, string>) => bundled(async () => {
  const { text, onDemand } = await bundleWhole(file, parts, (part, text) => hashedName(part, assetOf(of, text)))
  return script(name, assetOf(of, text), [...onDemand].map(([name, text]) => [name, assetOf(of, text)]))
})

/** What most pages never need: what sends, and what reads a stream where WebSockets are blocked. */
const rare = { sending: 'client/sending/delivery.ts', stream: 'client/connection/stream.ts' }

/** The client, what goes with it in modules of their own, and the elements with the client and all they need. */
export const scripts = {
  belfry: whole('belfry', pkg, 'web/served.ts', rare),
  preferences: single('preferences'),
  push: single('push'),
  inbox: whole('inbox', inbox, 'inbox/index.ts', { list: 'inbox/feed/view.ts', ...rare })
}

/** The service worker that shows pushes. */
export const pushWorker = bundled(async () => new Asset(SCRIPT, `/* belfry ${pkg.version}, ${pkg.license} */\n${await bundleScript('pages/push/worker.ts')}`))
