import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { importsOf, read, root, source, tests } from './imports.ts'

const imports = new Map(source.map(file => [file, importsOf(file)]))

/** What lies in `src` itself: where processes begin, and what every room may need. */
const entries = ['app', 'cli', 'config', 'demo', 'errors', 'redis', 'require-node', 'server', 'start']

/**
 * Which rooms a room may import when it runs, itself aside, and which it may only name in types. An entry file is a
 * room of its own, but for `cli.ts`, which opens `cli/`. Everybody may import `protocol`.
 */
const rooms: Record<string, { runs?: string[], types?: string[] }> = {
  protocol: {},
  client: {},
  inbox: { runs: ['client'] },
  // Pages that a script draws, and texts of pages that the server renders.
  pages: { runs: ['client', 'inbox'] },
  schemas: {},
  // What follows the log at a pace of its own, and tells others.
  outbound: { runs: ['errors', 'log', 'preferences', 'rights'], types: ['store'] },
  redis: {},
  'require-node': {},
  errors: {},
  // What some settings must be.
  settings: {},
  config: { runs: ['schemas', 'settings'] },
  log: {},
  bus: { runs: ['redis'], types: ['log'] },
  // The hub knows no transport: a connection has an encoding and a wire.
  hub: { runs: ['log'] },
  limits: { runs: ['errors', 'redis'] },
  // The store judges rights inside its transactions, so they know neither the store nor how anybody is identified.
  rights: { runs: ['log'] },
  // What is chosen, and what follows from it.
  preferences: { runs: ['errors'], types: ['log', 'rights'] },
  store: { runs: ['errors', 'log', 'preferences', 'rights', 'schemas'] },
  identity: { runs: ['errors', 'rights', 'schemas'], types: ['config', 'log', 'store'] },
  notification: { runs: ['errors', 'identity', 'log', 'preferences', 'rights'], types: ['schemas', 'store'] },
  // What the sessions of both transports share; neither knows the other.
  session: { runs: ['errors', 'hub', 'log', 'rights'], types: ['bus', 'limits'] },
  socket: { runs: ['errors', 'hub', 'identity', 'schemas', 'session'], types: ['store'] },
  // It measures a node and asks the others; how an overview looks, the schema says.
  overview: { runs: ['schemas'], types: ['bus', 'store'] },
  stream: { runs: ['hub', 'rights', 'session'], types: ['log', 'schemas'] },
  http: { runs: ['errors', 'identity', 'schemas'] },
  docs: { runs: ['http', 'inbox', 'pages', 'rights', 'schemas', 'web'] },
  // It reads the files of the client, the elements and the pages, and runs none of them but for constants. `served.ts` is read too.
  web: { runs: ['client', 'http', 'inbox', 'pages'] },
  process: { runs: ['config', 'rights', 'settings', 'store'] },
  plugins: { runs: ['bus', 'docs', 'errors', 'http', 'hub', 'identity', 'limits', 'log', 'notification', 'outbound', 'overview', 'preferences', 'process', 'rights', 'schemas', 'session', 'socket', 'store', 'stream'] },
  routes: { runs: ['docs', 'errors', 'http', 'hub', 'identity', 'limits', 'notification', 'pages', 'plugins', 'preferences', 'rights', 'schemas', 'session', 'socket', 'web'], types: ['store'] },
  app: { runs: ['http', 'identity', 'plugins', 'process', 'routes', 'schemas'], types: ['config', 'hub', 'limits', 'outbound'] },
  start: { runs: ['app', 'config', 'identity', 'process', 'web'], types: ['store'] },
  server: { runs: ['process', 'require-node', 'start'] },
  demo: { runs: ['identity', 'log', 'notification', 'rights', 'start'], types: ['schemas', 'store'] },
  cli: { runs: ['config', 'errors', 'http', 'identity', 'plugins', 'process', 'require-node', 'schemas', 'settings', 'store'] }
}

/** The room that a file stands in. */
function roomOf (file: string): string {
  const [top, ...rest] = file.split('/') as [string, ...string[]]
  return top === 'src' ? rest[0]!.replace(/\.(ts|cjs)$/, '') : top
}

/** Imports that leave their room, as `from → to`. */
function * crossings (): Generator<{ from: string, to: string, isType: boolean, what: string }> {
  for (const [file, list] of imports) {
    for (const { to: target, isOurs, isType } of list) {
      const [from, to] = [roomOf(file), roomOf(target)]
      if (isOurs && source.includes(target) && from !== to) yield { from, to, isType, what: `${file} imports ${target}` }
    }
  }
}

test('every import of a file of ours leads to one', async t => {
  t.ok(source.length > 80)
  for (const [file, list] of imports) for (const { to, isOurs } of list) if (isOurs) t.ok(existsSync(join(root, to)), `${file} imports ${to}`)
  t.ok([...imports.values()].some(list => list.some(({ to }) => to === 'fastify')), 'and packages are seen')
})

test('rooms import what the table lets them', async t => {
  t.same([...new Set(source.map(roomOf))].filter(room => !(room in rooms)), [], 'every room is in the table')
  for (const { from, to, isType, what } of crossings()) {
    const { runs = [], types = [] } = rooms[from] ?? {}
    if (to === 'protocol' || runs.includes(to) || (isType && types.includes(to))) continue
    t.fail(isType ? `${what}, even as a type` : what)
  }
})

test('the table lets them nothing that nobody needs', async t => {
  const needed = [...crossings()]
  for (const [room, { runs = [], types = [] }] of Object.entries(rooms)) {
    const targets = (isType: boolean) => needed.filter(({ from, ...crossing }) => from === room && crossing.isType === isType).map(({ to }) => to)
    t.same(runs.filter(to => !targets(false).includes(to)), [], `${room}, when it runs`)
    t.same(types.filter(to => !targets(true).includes(to)), [], `${room}, in types`)
  }
})

test('no room stands on itself', async t => {
  const below = (room: string, path: string[]): string[][] => (rooms[room]?.runs ?? []).flatMap(next => path.includes(next) ? [[...path, next]] : below(next, [...path, next]))
  for (const room of Object.keys(rooms)) t.same(below(room, [room]), [], room)
  const circles = Object.entries(rooms).flatMap(([room, { types = [] }]) => types.filter(to => [...rooms[to]?.runs ?? [], ...rooms[to]?.types ?? []].includes(room)).map(to => `${room} ↔ ${to}`))
  t.same(circles, [], 'nor in types')
})

test('schemas are built with the schema builder, the protocol with nothing', async t => {
  for (const [file, list] of imports) {
    const packages = list.filter(({ isOurs }) => !isOurs).map(({ to }) => to)
    if (roomOf(file) === 'schemas') t.same(packages.filter(name => name !== '@sinclair/typebox'), [], file)
    if (roomOf(file) === 'protocol') t.same(packages, [], file)
  }
})

test('the engine room does not know Fastify', async t => {
  for (const [file, list] of imports) {
    if (!['bus', 'hub', 'identity', 'limits', 'log', 'notification', 'outbound', 'overview', 'preferences', 'protocol', 'redis', 'rights', 'session', 'socket', 'store', 'stream'].includes(roomOf(file))) continue
    // A session writes to the application's log, and so names its type.
    t.same(list.filter(({ to, isType }) => /^@?fastify\b/.test(to) && !(isType && roomOf(file) === 'session')), [], file)
  }
})

test('only the process touches the process', async t => {
  for (const file of source) {
    if (['server', 'cli', 'demo', 'start', 'require-node'].includes(roomOf(file)) || file === 'src/process/shutdown.ts') continue
    t.notMatch(read(file), /\bprocess\.(env|exit|on|once|argv)\b/, file)
  }
})

test('no files import each other in a circle', async t => {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (state.has(file)) return
    state.set(file, 'open')
    for (const { to, isOurs, isType } of imports.get(file) ?? []) if (isOurs && !isType) visit(to, [...path, file])
    state.set(file, 'done')
  }
  for (const file of source) visit(file, [])
  t.same(cycles, [])
})

test('files and folders are small enough to read', async t => {
  const folders = new Map<string, number>()
  for (const file of [...source, ...tests]) {
    t.ok(read(file).split('\n').length <= 251, `${file} has 250 lines at most`)
    folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1)
  }
  for (const [folder, count] of folders) if (folder !== 'src') t.ok(count <= 14, `${folder} has ${count} files, 14 at most`)
})

test('nothing lies loose in src', async t => {
  const loose = source.filter(file => dirname(file) === 'src').map(roomOf)
  t.same(loose, entries)
})

test('every plugin has a name and the version of Fastify it is for', async t => {
  const plugins = source.filter(file => file.startsWith('plugins/') && read(file).includes('export default fp'))
  t.ok(plugins.length > 10)
  for (const file of plugins) t.match(read(file), /\{ name: '[a-z-]+', fastify: '5\.x'/, file)
})
