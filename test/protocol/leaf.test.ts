import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { test } from 'tap'
import ts from 'typescript'

const room = fileURLToPath(new URL('../../src/protocol/', import.meta.url))
const files = globSync('*.ts', { cwd: room }).sort()

const LIBRARY = /\/typescript\/lib\/lib\.[\w.]+\.d\.ts$/
const libraries = new Map<string, ts.SourceFile>()

/** Compiles files of the room with the language alone: no types of Node's, none of a browser's. */
function compile (names: string[], extra: Record<string, string> = {}): { complaints: string[], sources: string[] } {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2024.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true
  }
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists } = host
  host.readFile = path => extra[path] ?? readFile(path)
  host.fileExists = path => path in extra || fileExists(path)
  host.getSourceFile = (path, version) => {
    const text = host.readFile(path)
    if (text === undefined) return undefined
    const source = libraries.get(path) ?? ts.createSourceFile(path, text, version)
    // The language's own declarations are long, and the same every time.
    if (LIBRARY.test(path)) libraries.set(path, source)
    return source
  }
  const program = ts.createProgram(names, options, host)
  return {
    complaints: ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    sources: program.getSourceFiles().map(({ fileName }) => fileName).filter(name => !LIBRARY.test(name))
  }
}

test('the protocol needs nothing but the language, and no file outside its room', async t => {
  t.ok(files.length >= 5)
  const { complaints, sources } = compile(files.map(name => join(room, name)))
  t.same(complaints, [])
  t.same(sources.map(name => name.replace(room, '')).sort(), files)
})

test('and what needs more is found', async t => {
  const wrong = {
    'import.ts': "import { readFileSync } from 'node:fs'\nexport const text = readFileSync('x')",
    'global.ts': 'export const size = (text: string) => Buffer.byteLength(text)',
    'page.ts': 'export const here = () => document.location',
    'package.ts': "import type { TSchema } from '@sinclair/typebox'\nexport type T = TSchema",
    'outside.ts': "import type { BelfryError } from '../errors.ts'\nexport type T = BelfryError"
  }
  for (const [name, text] of Object.entries(wrong)) {
    const path = join(room, name)
    const { complaints, sources } = compile([path], { [path]: text })
    t.ok(complaints.length > 0 || sources.length > 1, name)
  }
})

/** The room's modules in a context that has no `process`, `Buffer`, `require` or timer: as in a page, but barer. */
function loadInBareContext (): Record<string, Record<string, any>> {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } })
  const modules: Record<string, Record<string, any>> = {}
  const load = (name: string): Record<string, any> => {
    if (!files.includes(name)) throw new Error(`the protocol asks for ${name}`)
    if (modules[name]) return modules[name]
    const exports = modules[name] = {}
    const { outputText } = ts.transpileModule(readFileSync(join(room, name), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.CommonJS, verbatimModuleSyntax: false }
    })
    runInContext(`(function (exports, require) {${outputText}\n})`, context, { filename: name })(exports, (path: string) => load(path.replace('./', '')))
    return exports
  }
  for (const name of files) load(name)
  return modules
}

test('it runs where there is no Node', async t => {
  const modules = loadInBareContext()
  const { formatCursor, parseCursor } = modules['cursor.ts']!
  t.same({ ...parseCursor(formatCursor('k3v9x0qa', 100)) }, { epoch: 'k3v9x0qa', seq: 100 })
  t.equal(modules['close-codes.ts']!.closeCodes[4401].reconnect, 'token')
  t.equal(modules['error-codes.ts']!.errorCodes.BLF_RATE_LIMITED[0], 429)
  t.equal(modules['endpoint.ts']!.SUBPROTOCOL, 'belfry.v1')
})
