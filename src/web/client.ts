import pkg from '../client/package.json' with { type: 'json' }
import inbox from '../inbox/package.json' with { type: 'json' }
import { Asset } from '../http/asset.ts'
import { bundle, bundleModules } from './bundle.ts'
import { bundled } from './bundled.ts'

const SCRIPT = 'text/javascript; charset=utf-8'

/** What the served file has: the client with its options that need no framework. */
export const parts = ['index.ts', 'storage.ts', 'sse.ts']

/** The client as one file. */
export const clientBundle = bundled(async () => new Asset(SCRIPT, `/* ${pkg.name} ${pkg.version}, ${pkg.license} */\n${await bundle(parts)}`))

/** The name of the file that never changes: it has the hash of the content in it. */
export const hashedName = ({ hash }: Asset) => `belfry.${hash}.js`

/** The elements with the client and all they need, and what they load on demand, each under a name with its hash. */
export interface Elements { name: string, files: Map<string, Asset> }

export const elementsBundle = bundled<Elements>(async () => {
  const { files, entries } = await bundleModules({ inbox: 'inbox/index.ts' })
  const { name } = entries.get('inbox')!
  const note = `/* ${inbox.name} ${inbox.version}, ${inbox.license} */\n`
  return { name, files: new Map([...files].map(([file, text]) => [file, new Asset(SCRIPT, file === name ? note + text : text)])) }
})
