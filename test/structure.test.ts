import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = globSync('{src,plugins,routes,schemas}/**/*.ts', { cwd: root }).sort()
const tests = globSync('test/**/*.{ts,js}', { cwd: root }).sort()

/** What a file imports, as paths from the root for our own files and names for packages. */
interface Imports { files: string[], packages: string[] }

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(type\s)?[^'"\n]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|import\('([^']+)'\)/g

function importsOf (file: string, { types }: { types: boolean }): Imports {
  const names = [...read(file).matchAll(IMPORT)].filter(match => types || match[1] === undefined).map(match => match[2] ?? match[3] ?? match[4]!)
  return {
    files: names.filter(name => name.startsWith('.')).map(name => relative(root, join(root, dirname(file), name))),
    packages: names.filter(name => !name.startsWith('.'))
  }
}

const read = (file: string) => readFileSync(join(root, file), 'utf8')
/** All imports, types too. */
const written = new Map(source.map(file => [file, importsOf(file, { types: true })]))
/** What is imported when the code runs: stripping takes out `import type`, whole. */
const running = new Map(source.map(file => [file, importsOf(file, { types: false })]))

test('every import of a file of ours leads to one', async t => {
  t.ok(source.length > 80)
  for (const [file, { files }] of written) for (const target of files) t.ok(existsSync(join(root, target)), `${file} imports ${target}`)
  t.ok([...written.values()].some(({ packages }) => packages.includes('fastify')), 'and packages are seen')
})

/** The layers, outermost first: a file imports only from its own layer and those after it. */
const layers = [
  ['the process', /^src\/(server|cli|demo|start)\.ts$|^src\/cli\/|^src\/process\/shutdown\.ts$/],
  ['the application', /^src\/app\.ts$|^src\/process\/logger\.ts$/],
  ['routes', /^routes\//],
  ['plugins', /^plugins\//],
  ['the engine room', /^src\//],
  ['schemas', /^schemas\//]
] as const
const layerOf = (file: string) => layers.findIndex(([, pattern]) => pattern.test(file))

test('imports run one way: process, application, routes, plugins, src, schemas', async t => {
  for (const [file, { files }] of written) {
    const backwards = files.filter(target => source.includes(target) && layerOf(target) < layerOf(file))
    t.same(backwards, [], `${file}, of ${layers[layerOf(file)]?.[0]}`)
  }
})

test('schemas are a leaf: they import themselves and the schema builder', async t => {
  for (const [file, { packages }] of written) {
    if (file.startsWith('schemas/')) t.same(packages.filter(name => name !== '@sinclair/typebox'), [], file)
  }
})

test('hub, store, bus and log know neither Fastify nor each other, but for types', async t => {
  const rooms = ['src/hub/', 'src/store/', 'src/bus/']
  for (const [file, { packages }] of written) {
    if (![...rooms, 'src/log/'].some(room => file.startsWith(room))) continue
    t.same(packages.filter(name => /^@?fastify\b/.test(name)), [], `${file}: no Fastify`)
  }
  for (const [file, { files }] of running) {
    const room = rooms.find(room => file.startsWith(room))
    if (!room) continue
    t.same(files.filter(target => rooms.some(other => other !== room && target.startsWith(other))), [], `${file}: nobody else's room`)
  }
})

test('only the process touches the process', async t => {
  for (const file of source) {
    if (layerOf(file) === 0) continue
    t.notMatch(read(file), /\bprocess\.(env|exit|on|once|argv)\b/, file)
  }
})

test('there are no cycles', async t => {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (state.has(file)) return
    state.set(file, 'open')
    for (const target of running.get(file)?.files ?? []) visit(target, [...path, file])
    state.set(file, 'done')
  }
  for (const file of source) visit(file, [])
  t.same(cycles, [])
})

test('no file is longer than 250 lines', async t => {
  for (const file of [...source, ...tests]) t.ok(read(file).split('\n').length <= 251, file)
})

test('every plugin has a name and the version of Fastify it is for', async t => {
  const plugins = source.filter(file => file.startsWith('plugins/') && read(file).includes('export default fp'))
  t.ok(plugins.length > 10)
  for (const file of plugins) t.match(read(file), /\{ name: '[a-z-]+', fastify: '5\.x'/, file)
})
