import { gzipSync } from 'node:zlib'
import { build, stop } from 'esbuild'
import { bundle, forBrowsers } from '../../../src/web/bundle.ts'
import { scripts } from '../../../src/web/client.ts'
import type { AdapterName } from './adapters.ts'

/** What an application imports of each, for a page. */
const imports = {
  centrifuge: "export { Centrifuge } from 'centrifuge'",
  socketIo: "export { io } from 'socket.io-client'",
  partysocket: "export { WebSocket } from 'partysocket'"
} satisfies Partial<Record<AdapterName, string>>

/** Bytes of each client, minified and gzipped; all of them bundled with the same options. `onDemand` is what pages load besides `all` when they send, or where WebSockets are blocked. */
export async function sizes (): Promise<Partial<Record<AdapterName | 'all' | 'onDemand', number>>> {
  try {
    const others = await Promise.all(Object.entries(imports).map(async ([name, contents]) => [name, gzipped(await bundlePackage(contents))]))
    const [belfry, inbox] = await Promise.all([bundle(['index.ts'], ['./inbox/index.ts']), bundle(['index.ts'])])
    // It ends esbuild's process when it is made.
    const { name, files } = await scripts.belfry()
    const served = new Map([...files].map(([name, { content }]) => [name, gzipped(content)]))
    const all = served.get(name)!
    const onDemand = [...served.values()].reduce((sum, bytes) => sum + bytes, -all)
    return { ...Object.fromEntries(others), belfry: gzipped(belfry), inbox: gzipped(inbox), all, onDemand }
  } finally {
    await stop()
  }
}

const gzipped = (text: string | Buffer) => gzipSync(text, { level: 9 }).length

async function bundlePackage (contents: string): Promise<string> {
  const { outputFiles: [file] } = await build({ ...forBrowsers, stdin: { contents, resolveDir: import.meta.dirname } })
  return file!.text
}
