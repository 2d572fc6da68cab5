import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { importsOf, packageOf, read, root, source, tests } from './imports.ts'

interface Package { scripts: Record<string, string>, dependencies: Record<string, string>, devDependencies: Record<string, string> }
const { scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as Package

/** What the project is built on. */
const CARD = ['fastify', '@fastify/websocket', '@fastify/jwt', '@fastify/swagger', '@fastify/swagger-ui', '@sinclair/typebox', 'pino', 'tap']
/** Packages found by their names: `pino-pretty` by pino, files of the others by the server that serves them. */
const NAMED = ['pino-pretty', '@fastify/swagger-ui', 'redoc']

/** The client is a package of its own: the root's are not its. The elements' are the root's too, for the server bundles them. */
const isClient = (file: string) => file.startsWith('src/client/')
const server = source.filter(file => !isClient(file))
const packagesOf = (files: string[]) => new Set(files.flatMap(importsOf).filter(({ isOurs }) => !isOurs).map(({ to }) => packageOf(to)).filter(name => name !== undefined))
const outside = [...tests, 'eslint.config.js']

/** Names of the programs that a package brings. */
function programsOf (name: string): string[] {
  const file = `node_modules/${name}/package.json`
  if (!existsSync(join(root, file))) return []
  const { bin = {} } = JSON.parse(read(file)) as { bin?: string | Record<string, string> }
  return typeof bin === 'string' ? [name.split('/').at(-1)!] : Object.keys(bin)
}

/** Whether a script, or a quoted word in a test, names one of a package's programs. */
function isRun (name: string): boolean {
  const words = Object.values(scripts).flatMap(script => script.split(/\s+/))
  return programsOf(name).some(program => words.includes(program) || tests.some(file => read(file).includes(`'${program}'`)))
}

/** Whether a program that a script runs works with it, when it is there. */
function isPlugin (name: string): boolean {
  const peersOf = (other: string) => (JSON.parse(read(`node_modules/${other}/package.json`)) as { peerDependencies?: object }).peerDependencies ?? {}
  return Object.keys(devDependencies).some(other => isRun(other) && name in peersOf(other))
}

/** Whether a test gives it to a bundler in the place of a package. */
function isStandIn (name: string): boolean {
  return devDependencies[name]!.startsWith('npm:') && tests.some(file => read(file).includes(`'${name}'`))
}

/** Whether types of a package are types of what is imported, or of Node. */
function isTyping (name: string, imported: Set<string>): boolean {
  const typed = /^@types\/(.+)$/.exec(name)?.[1]
  return typed !== undefined && (typed === 'node' || imported.has(typed))
}

test('what the server imports is a dependency, and what is a dependency the server imports', async t => {
  const imported = packagesOf(server)
  t.same([...imported].filter(name => !(name in dependencies)), [], 'imported, but not declared')
  const quoted = source.map(read).join('\n')
  for (const name of NAMED) t.match(quoted, new RegExp(`'${name}[/']`), `${name} is named`)
  t.same(Object.keys(dependencies).filter(name => !imported.has(name) && !NAMED.includes(name)), [], 'declared, but not imported')
})

test('the client depends on nothing, and its hooks on the React that the application has', async t => {
  const { dependencies: own, peerDependencies, peerDependenciesMeta } = JSON.parse(read('src/client/package.json')) as Record<string, Record<string, object>>
  t.equal(own, undefined)
  t.same([...packagesOf(source.filter(isClient))], Object.keys(peerDependencies!))
  t.same(peerDependenciesMeta, { react: { optional: true } })
})

test('what tests import is declared, and what is declared for them they use', async t => {
  const imported = packagesOf(outside)
  t.same([...imported].filter(name => !(name in dependencies) && !(name in devDependencies)), [], 'imported, but not declared')
  const all = new Set([...imported, ...packagesOf(source)])
  t.same(Object.keys(devDependencies).filter(name => !imported.has(name) && !isRun(name) && !isPlugin(name) && !isStandIn(name) && !isTyping(name, all)), [], 'declared, but not used')
})

test('the packages that the project is built on stay, and are pinned as all are', async t => {
  const declared = { ...dependencies, ...devDependencies }
  t.same(CARD.filter(name => !(name in declared)), [])
  for (const [name, version] of Object.entries(declared)) t.match(version, /^(npm:.+@)?\d+\.\d+\.\d+$/, name)
})
