import pkg from '../client/package.json' with { type: 'json' }
import inbox from '../inbox/package.json' with { type: 'json' }
import { Asset } from '../http/asset.ts'
import { bundle, bundleScript } from './bundle.ts'
import { bundled } from './bundled.ts'
import { bundleElements } from './elements.ts'

const SCRIPT = 'text/javascript; charset=utf-8'

/** What the served file has: the client with its options that need no framework. */
export const parts = ['index.ts', 'storage.ts', 'sse.ts']

const one = (files: string[]) => bundled(async () => new Asset(SCRIPT, `/* ${pkg.name} ${pkg.version}, ${pkg.license} */\n${await bundle(files)}`))

/** The client as one file, and what goes with it in a file of its own, by their names. */
export const clientBundles = { belfry: one(parts), preferences: one(['preferences.ts']), push: one(['push.ts']) }

/** The service worker that shows pushes. */
export const pushWorker = bundled(async () => new Asset(SCRIPT, `/* belfry ${pkg.version}, ${pkg.license} */\n${await bundleScript('pages/push/worker.ts')}`))

/** The name of the file that never changes: it has the hash of the content in it. */
export const hashedName = (name: string, { hash }: Asset) => `${name}.${hash}.js`

/** The elements with the client and all they need, and what they load on demand, each under a name with its hash. */
export interface Elements { name: string, list: string, files: Map<string, Asset> }

export const elementsBundle = bundled<Elements>(async () => {
  const note = `/* ${inbox.name} ${inbox.version}, ${inbox.license} */\n`
  const assetOf = (text: string) => new Asset(SCRIPT, note + text)
  const listName = (asset: Asset) => `list.${asset.hash}.js`
  const { inbox: text, list: drawn, others } = await bundleElements(text => listName(assetOf(text)))
  const [first, second] = [assetOf(text), assetOf(drawn)]
  const [name, list] = [`inbox.${first.hash}.js`, listName(second)]
  return { name, list, files: new Map([[name, first], [list, second], ...[...others].map(([name, text]) => [name, new Asset(SCRIPT, text)] as const)]) }
})
