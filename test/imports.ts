import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = join(import.meta.dirname, '..')
export const read = (file: string) => readFileSync(join(root, file), 'utf8')
const find = (pattern: string) => globSync(pattern, { cwd: root }).sort()

export const source = find('{src,plugins,routes,schemas}/**/*.{ts,cjs}')
export const tests = find('test/**/*.{ts,js}')

export interface Import {
  /** A file of ours as its path from the root; anything else as it is written. */
  to: string
  isOurs: boolean
  /** Whether it is `import type`, which is gone when the code runs. */
  isType: boolean
}

// `import … from` and `export … from`, over any number of lines, and `import` alone.
const STATIC = /^(?:import|export)\s+(type\s)?(?:[\w$*{}\s,]+\sfrom\s+)?'([^'\n]+)'/gm
// Calls of `import` and of `import.meta.resolve`.
const DYNAMIC = /\bimport(?:\.meta\.resolve)?\('([^'\n]+)'\)/g

/** The file that a workspace's name stands for, such as `@belfry/client/sse`; undefined for any other name. */
function workspaceFile (name: string): string | undefined {
  const [, folder, entry = 'index'] = /^@belfry\/(\w+)(?:\/(\w+))?$/.exec(name) ?? []
  return folder && `src/${folder}/${entry}.ts`
}

/** What a file imports. */
export function importsOf (file: string): Import[] {
  const text = read(file)
  const made = (name: string, isType: boolean): Import => {
    const ours = name.startsWith('.') ? join(dirname(file), name) : workspaceFile(name)
    return ours === undefined ? { to: name, isOurs: false, isType } : { to: ours, isOurs: true, isType }
  }
  return [
    ...[...text.matchAll(STATIC)].map(([, type, name]) => made(name!, type !== undefined)),
    ...[...text.matchAll(DYNAMIC)].map(([, name]) => made(name!, false))
  ]
}

/** The package that a module specifier is of; undefined for Node's own modules, and for what a page loads from a server. */
export function packageOf (specifier: string): string | undefined {
  if (specifier.startsWith('node:') || specifier.startsWith('/')) return undefined
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
