import pkg from '../client/package.json' with { type: 'json' }
import { Asset } from '../http/asset.ts'
import { bundle, endBundling } from './bundle.ts'

/** What the served file has: the client with its options that need no framework. */
export const parts = ['index.ts', 'storage.ts', 'sse.ts']

let made: Promise<Asset> | undefined

/** The client as one file. It is made when first asked for, and then kept; after a failure, the next call tries again. */
export async function clientBundle (): Promise<Asset> {
  made ??= make()
  return await made.catch(error => {
    made = undefined
    throw error
  })
}

async function make (): Promise<Asset> {
  try {
    return new Asset('text/javascript; charset=utf-8', `/* ${pkg.name} ${pkg.version}, ${pkg.license} */\n${await bundle(parts)}`)
  } finally {
    await endBundling()
  }
}

/** The name of the file that never changes: it has the hash of the content in it. */
export const hashedName = ({ hash }: Asset) => `belfry.${hash}.js`
