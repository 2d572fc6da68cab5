import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import tap, { test } from 'tap'
import { folder } from '../folder.ts'
import { build } from '../helper.ts'

/** What people do with the document: check it, and make clients of it. */
const ROOT = join(import.meta.dirname, '../..')
const home = folder(tap)
const path = join(home, 'openapi.json')
writeFileSync(path, (await (await build(tap)).inject('/openapi.json')).body)

const run = promisify(execFile)
const env = { ...process.env, NODE_OPTIONS: '', HOME: home, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

/** Runs an installed tool; its output, which says what it found. */
async function tool (name: string, ...args: string[]): Promise<{ code: number, output: string }> {
  const bin = join(ROOT, 'node_modules/.bin', name)
  return await run(process.execPath, [bin, ...args], { cwd: home, env, maxBuffer: 2 ** 25 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` })
  )
}

/** What TypeScript says of a file. */
const compile = (file: string) => tool('tsc', '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--target', 'esnext', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'esnext,dom,dom.iterable', file)

test('Redocly finds nothing, its strictest rules included', async t => {
  // By their texts these paths could be each other's, but `me` is no notification's id, and `unread-count` is no notification of one's own.
  const ambiguous = ['me~1{notification_id}', ...['archive', 'unarchive', 'restore', 'acknowledge'].map(verb => `{notification_id}~1${verb}`)]
  const pointers = ambiguous.map(rest => `#/paths/~1api~1notifications~1${rest}`)
  writeFileSync(join(home, '.redocly.lint-ignore.yaml'), JSON.stringify({ 'openapi.json': { 'no-ambiguous-paths': pointers } }))
  const { code, output } = await tool('redocly', 'lint', '--extends', 'recommended-strict', '--format', 'json', path)
  t.equal(code, 0, output)
  t.match(output, /"problems": \[\]/)
})

test('Spectral finds nothing', async t => {
  writeFileSync(join(home, 'rules.yaml'), 'extends: ["spectral:oas"]\n')
  const { code, output } = await tool('spectral', 'lint', '--ruleset', join(home, 'rules.yaml'), '--fail-severity', 'hint', path)
  t.equal(code, 0, output)
})

test('openapi-typescript makes types with names one would use', async t => {
  const file = join(home, 'types.ts')
  const { code, output } = await tool('openapi-typescript', path, '-o', file)
  t.equal(code, 0, output)
  writeFileSync(join(home, 'use.ts'), `import type { components, operations, paths } from './types.js'
type Schemas = components['schemas']
export const send: Schemas['Send'] = { title: 'a', message: 'b', priority: 'info', topic: 'c', audience: { companies: ['company_a'], roles: ['admin'] } }
export const type: Schemas['NotificationType'] = 'warning'
export const told = (problem: Schemas['Problem']) => problem.code === 'BLF_VALIDATION'
export const idOf = (result: operations['sendNotification']['responses'][200]['content']['application/json']) => 'id' in result ? result.id : result.recipients.unknown
export type Remove = paths['/api/notifications/{id}']['delete']['parameters']['path']['id']
// @ts-expect-error: no such code
export const never = (problem: Schemas['Problem']) => problem.code === 'BLF_NOTHING'
`)
  t.same(await compile(join(home, 'use.ts')), { code: 0, output: '' })
})

test('orval makes a client with names one would use', async t => {
  writeFileSync(join(home, 'orval.config.mjs'), `export default { belfry: { input: ${JSON.stringify(path)}, output: { target: './client/belfry.ts', schemas: './client/model', client: 'fetch' } } }\n`)
  const { code, output } = await tool('orval', '--config', join(home, 'orval.config.mjs'))
  t.equal(code, 0, output)
  const client = readFileSync(join(home, 'client/belfry.ts'), 'utf8')
  for (const name of ['login', 'sendNotification', 'listNotifications', 'markRead', 'deleteNotification', 'broadcastToCompanyRole']) t.match(client, new RegExp(`export const ${name} = async`), name)
  const models = readdirSync(join(home, 'client/model'))
  for (const name of ['send', 'sent', 'sendDryRun', 'notificationType', 'errorCode', 'audience', 'inboxPage', 'home']) t.ok(models.includes(`${name}.ts`), name)
  t.same(models.filter(name => /\d\d\d|def-?\d/.test(name)), [], 'none named by a number')
  t.same(await compile(join(home, 'client/belfry.ts')), { code: 0, output: '' })
})
