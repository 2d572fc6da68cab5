import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, stop, type BuildOptions, type Plugin } from 'esbuild'

const SRC = join(import.meta.dirname, '..')
const CLIENT = join(SRC, 'client')
const INBOX = join(SRC, 'inbox')

/** How everything for browsers is bundled. */
export const forBrowsers = {
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  // The oldest syntax that a bundle has. Every browser of the last three years knows it.
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'silent',
  // What compilers of this repository are told must change nothing here: an image has no tsconfig.json.
  tsconfigRaw: '{}'
} as const satisfies BuildOptions

/**
 * One minified ES module with all that these files of the client export. Packages stay imports, and so do the files in
 * `external` and what is loaded on demand. Members whose names begin with `_` get shorter ones: they are of interfaces that
 * the client alone uses.
 */
export async function bundle (files: string[], external: string[] = []): Promise<string> {
  const contents = files.map(file => `export * from './${file}'`).join('\n')
  const { outputFiles: [file] } = await build({
    ...forBrowsers,
    stdin: { contents, resolveDir: CLIENT, sourcefile: 'bundle.ts', loader: 'ts' },
    packages: 'external',
    external,
    plugins: [onDemand],
    mangleProps: /^_/
  })
  return file!.text
}

/** Leaves `import()` as it is. */
const onDemand: Plugin = {
  name: 'on-demand',
  setup ({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) => kind === 'dynamic-import' ? { path, external: true } : undefined)
  }
}

/** A script that is no module, from a file in `src`: what service workers import. */
export async function bundleScript (file: string): Promise<string> {
  const { outputFiles: [script] } = await build({ ...forBrowsers, format: 'iife', entryPoints: [join(SRC, file)] })
  return script!.text
}

/** Leaves out the white space in templates and style sheets of the elements, which no minifier of scripts touches. */
const compact: Plugin = {
  name: 'compact',
  setup ({ onLoad }) {
    onLoad({ filter: /[/\\]inbox[/\\].*\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(INBOX)) return undefined
      const text = (await readFile(path, 'utf8')).replace(/(?<!=)>\n\s+(?=<|\$\{)/g, '>').replace(/\n\s+/g, '\n')
      return { loader: 'ts', contents: text.replace(/css`[^`]*`/g, css => css.replace(/\s*([{};])\s*/g, '$1').replace(/([:,]|(?<= )>) +/g, '$1').replace(/ >/g, '>').replace(/;}/g, '}')) }
    })
  }
}

/** Modules made from entries that share code, by their names, which have a hash of the content in them. */
export interface Modules {
  files: Map<string, string>
  /** By entry: its module, and those that it imports at once. */
  entries: Map<string, { name: string, imports: string[] }>
}

/**
 * Bundles entries (files in `src`, by the names they get) with every package they need. What `import()` names comes in
 * modules of its own, and so does what several entries share. All modules expect to lie in one folder. Members whose
 * names begin with `_` get shorter ones here too.
 */
export async function bundleModules (entries: Record<string, string>): Promise<Modules> {
  const { outputFiles, metafile } = await build({
    ...forBrowsers,
    absWorkingDir: SRC,
    entryPoints: entries,
    outdir: 'out',
    entryNames: '[name].[hash]',
    chunkNames: '[name].[hash]',
    splitting: true,
    mangleProps: /^_/,
    metafile: true,
    plugins: [compact],
    // By these names the packages of this repository import each other.
    alias: { '@belfry/client': CLIENT }
  })
  const files = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  const made: Modules['entries'] = new Map()
  for (const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)) {
    const entry = Object.keys(entries).find(name => entries[name] === entryPoint)
    if (entry !== undefined) made.set(entry, { name: basename(path), imports: imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path)) })
  }
  return { files, entries: made }
}

/** Ends the process that esbuild works in. The next bundle starts another one. */
export const endBundling = stop
