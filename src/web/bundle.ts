import { join } from 'node:path'
import { build, stop } from 'esbuild'

const CLIENT = join(import.meta.dirname, '../client')

/** The oldest syntax that a bundle has. Every browser of the last three years knows it. */
const TARGET = 'es2022'

/** One minified ES module with all that these files of the client export. Packages stay imports, and so do the files in `external`. */
export async function bundle (files: string[], external: string[] = []): Promise<string> {
  const contents = files.map(file => `export * from './${file}'`).join('\n')
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: CLIENT, sourcefile: 'bundle.ts', loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: TARGET,
    packages: 'external',
    external,
    legalComments: 'none',
    logLevel: 'silent'
  })
  return file!.text
}

/** Ends the process that esbuild works in. The next bundle starts another one. */
export const endBundling = stop
