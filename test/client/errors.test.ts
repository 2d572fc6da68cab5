import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { World } from './world/world.ts'

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

test('the paths of errors in a batch are of the array that was passed, whichever request they came with', async t => {
  const hello = { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' } as const
  const world = new World()
  let calls = 0
  world.server.answer = ({ body: { items } }) => {
    calls++
    return {
      status: 200,
      body: {
        items: items.map(({ id }: { id: string }, index: number) => {
          if (id === 'later' && calls < 3) return { status: 503, code: 'BLF_UNAVAILABLE', detail: 'away' }
          return id === 'bad' || id === 'later'
            ? { status: 400, code: 'BLF_VALIDATION', detail: 'no', errors: [{ path: `/items/${index}/title`, message: 'no' }, { path: `/items/${index}`, message: 'no' }, null] }
            : { id, cursor: 'abcdefgh.1' }
        })
      }
    }
  }
  const items: object[] = Array.from({ length: 600 }, (_, index) => ({ ...hello, id: `i${index}` }))
  items[0] = null as never
  items[503] = { ...hello, id: 'later' }
  items[510] = { ...hello, id: 'bad' }
  const sending = world.client(t).sendBatch(items as never)
  await world.clock.pass(60_000)
  const results = await sending
  t.match(results[510], { code: 'BLF_VALIDATION', id: 'bad', errors: [{ path: '/items/510/title' }, { path: '/items/510' }, {}] })
  t.match(results[503], { code: 'BLF_VALIDATION', errors: [{ path: '/items/503/title' }] }, 'after further attempts, too')
})
