import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { errorCodes } from '../../src/protocol/error-codes.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1]!)

test('the codes of the client are of one style, typed and documented', async t => {
  const typed = matches(/type ClientErrorCode =([^]*?)\n\n/.exec(read('src/client/errors.ts'))![1]!, /'([^']+)'/g)
  for (const code of typed) t.match(code, /^[a-z_]+$/)
  const used = new Set(globSync('src/client/**/*.ts', { cwd: root }).flatMap(name => matches(read(name), /(?:BelfryError\(|onError\(|\bcode: )'([^']+)'/g)))
  const [ofServer, own] = [[...used].filter(code => code.startsWith('BLF_')), [...used].filter(code => !code.startsWith('BLF_'))]
  t.same(own.sort(), [...typed].sort(), 'each is used somewhere')
  for (const code of ofServer) t.ok(code in errorCodes, `${code} is one of the server's`)
  const [, documented = ''] = /\n## Errors\n([^]*?)\n## /.exec(read('docs/client.md')) ?? []
  t.same(matches(documented, /^\| `([^`]+)`/gm).sort(), [...typed].sort())
})
