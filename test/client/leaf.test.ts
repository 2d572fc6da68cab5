import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import ts from 'typescript'

const folder = join(import.meta.dirname, '../../src/client')
/** What frameworks are for brings its own types. */
const files = globSync('**/*.ts', { cwd: folder, exclude: ['react.ts'] }).map(name => join(folder, name))

/** What the compiler says of files where there is a browser, and neither Node nor any package. */
function complaints (names: string[]): string[] {
  const program = ts.createProgram(names, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    // es2022 and a browser of today: newer functions of the language are not everywhere.
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true
  })
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

test('the client needs a browser, and nothing of Node or of packages', async t => {
  t.ok(files.length > 20)
  t.same(complaints(files), [])
})
