import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { closeCodes } from '../src/protocol/close-codes.ts'
import { clientFrames } from '../schemas/socket/client-frames.ts'
import { serverFrames } from '../schemas/socket/server-frames.ts'
import { Settings } from '../src/config.ts'

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')
const readme = read('README.md')

/** The cells of the table that begins with this head. */
function table (head: string): string[][] {
  const [, rows] = readme.split(`\n| ${head} |\n`)
  return rows!.split('\n\n')[0]!.split('\n').slice(1).map(row => row.split('|').slice(1, -1).map(cell => cell.trim()))
}

test('the settings named are settings, with their defaults', async t => {
  const rows = table('name | default | meaning')
  t.same(rows.map(([name = '']) => name.replaceAll('`', '')).sort(), Object.keys(Settings.properties).sort(), 'every setting, and nothing else')
  for (const [name = '', value = ''] of rows) {
    const setting = Settings.properties[name.replaceAll('`', '') as keyof typeof Settings.properties]
    t.ok(setting, name)
    if (value.startsWith('`')) t.equal(value, `\`${setting.default}\``, name)
    else t.ok([undefined, ''].includes(setting.default as string), `${name} has no default`)
  }
})

test('the close codes are those of the table in the code, all of them', async t => {
  const rows = table('code | reason | reconnect').map(([code, reason, reconnect]) => [code, { reason, reconnect }])
  t.same(Object.fromEntries(rows), closeCodes)
})

test('the frames named are those of the server and of clients, all of them', async t => {
  const [, ofServer = '', ofClients = ''] = /Frames are JSON\. The server sends (.*?)\. A client may send (.*?);/.exec(readme) ?? []
  // `.read` is short for `notification.read`.
  const named = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!.replace(/^\./, 'notification.')).sort()
  t.same(named(ofServer), Object.keys(serverFrames).sort())
  t.same(named(ofClients), Object.keys(clientFrames).sort())
})

test('the scripts it tells to run are there', async t => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...readme.matchAll(/npm (?:run )?(start|test|demo|lint|typecheck|bench)\b/g)].map(([, name]) => name!)
  t.ok(named.length > 4)
  for (const name of new Set(named)) t.ok(scripts[name], name)
})

const root = join(import.meta.dirname, '..')

test('a backup made as it says is not offered to git', { skip: !existsSync(join(root, '.git')) && 'not a checkout' }, async t => {
  const [, file] = /npm run backup -- (\S+)/.exec(readme)!
  for (const name of [file!, `${file}.replaced`, 'other/store.db-wal']) t.equal(spawnSync('git', ['check-ignore', '-q', name], { cwd: root }).status, 0, name)
})
