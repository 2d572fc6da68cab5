import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { folder } from '../../folder.ts'
import { call, hello, people, serve } from '../../helper.ts'
import { makeKey } from '../../security/accounts.ts'
import { within } from '../../within.ts'
import { blocksOf } from '../client/blocks.ts'

const { root, bob } = people
const entry = join(import.meta.dirname, '../../../src/client/backend/events.ts')

test('the program of the page follows the feed, and goes on after a restart', async t => {
  const { app, base } = await serve(t)
  for (const person of [root, bob]) await call(app, person, 'GET', '/api/auth/me')
  const [program] = blocksOf('docs/events.md').filter(({ language }) => language === 'js')
  const home = folder(t)
  writeFileSync(join(home, 'app.mjs'), program!.text.replace('@belfry/client/events', entry))
  const env = { ...process.env, BELFRY_URL: base, BELFRY_KEY: await makeKey(app, 'k', ['events:read']) }

  /** Runs it until it has printed this line; then it is killed. */
  async function runUntil (line: string): Promise<string> {
    const child = spawn(process.execPath, ['app.mjs'], { cwd: home, env, stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    const printed = Promise.withResolvers<void>()
    child.stdout.setEncoding('utf8').on('data', chunk => {
      output += chunk
      if (output.includes(line)) printed.resolve()
    })
    const exited = once(child, 'exit')
    await within(printed.promise, line)
    child.kill('SIGTERM')
    await exited
    return output
  }

  const read = async (id: string) => {
    await call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
    await call(app, bob, 'PUT', `/api/notifications/${id}/read`)
  }
  const first = `${app.store.epoch}.0`
  writeFileSync(join(home, 'cursor'), first)
  linkSync(join(home, 'cursor'), join(home, 'before'))
  await read('n-1')
  t.equal(await runUntil('notification.read bob\n'), 'notification.read bob\n')
  await app.store.removeUser('bob')
  t.match(await runUntil('user.removed bob\n'), /^(notification.read bob\n)?user.removed bob\n$/, 'at least once')
  t.match(readFileSync(join(home, 'cursor'), 'utf8'), new RegExp(`^${app.store.epoch}\\.[1-9a-z]`))
  t.equal(readFileSync(join(home, 'before'), 'utf8'), first, 'the file is replaced, and never empty')
})
