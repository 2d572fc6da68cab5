import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'

/** The Reacts that the hooks are for, and by which names they are installed: only one of them can be `react`. */
export const reacts: Record<string, Record<string, string>> = { 18: {}, 19: { react: 'react-19', 'react-dom': 'react-dom-19' } }

/** A file of this folder, bundled with one of them. */
export async function bundle (file: string, alias: Record<string, string>, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, file)], bundle: true, write: false, alias, ...options })
  return outputFiles![0]!.text
}
