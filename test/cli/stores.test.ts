import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { commands } from '../../src/cli/commands.ts'
import { openStore } from '../../src/store/open.ts'
import { folder } from '../folder.ts'
import { SECRET } from '../helper.ts'
import { ask, postgres } from '../services/postgres.ts'
import { cliIn, inOneProcess } from './command.ts'

const cli = (cwd: string, env: Record<string, string>, ...args: string[]) => cliIn(cwd, env)(args)

const touching = [['key', 'list'], ['user', 'create', '--username', 'x', '--role', 'user'], ['user', 'list'], ['token', 'mint', '--sub', 'x', '--role', 'user']]

t.test('without a store there is nothing to work on, and none is made', async t => {
  const cwd = folder(t)
  for (const args of touching) {
    const { code, out, err } = await cli(cwd, {}, ...args)
    t.match({ code, out }, { code: 1, out: '' })
    t.match(err.split('\n'), [/the store is sqlite:\.\/data\/belfry\.db, because DATABASE_URL is not set/, /^belfry: there is no store at sqlite:\.\/data\/belfry\.db: start the server once/])
  }
  t.match(await cli(cwd, {}, 'push-key'), { code: 0, out: /^[\w-]{43}\s*$/, err: /^$/ }, 'which a new key needs none for')
  t.notOk(existsSync(join(cwd, 'data')))
  t.match(await cli(cwd, { PORT: 'many' }, 'key', 'list'), { code: 1, err: /^belfry: PORT must be/ })

  mkdirSync(join(cwd, 'data'))
  writeFileSync(join(cwd, 'data/belfry.db'), '')
  t.match(await cli(cwd, {}, 'user', 'list'), { code: 1, err: /it contains no store: start the server once/ }, 'a file that is none')
  t.notOk(existsSync(join(cwd, 'data/jwt.secret')))
})

t.test('a store of another version is left to its server, and a secret that is elsewhere is not made up', async t => {
  const cwd = folder(t)
  const env = { DATABASE_URL: 'sqlite:./belfry.db' }
  await (await openStore(`sqlite:${join(cwd, 'belfry.db')}`)).close()
  t.match(await cli(cwd, env, 'user', 'list'), { code: 0, out: 'no users', err: '' }, 'with DATABASE_URL there is no need to say which')
  t.match(await cli(cwd, env, 'token', 'mint', '--sub', 'x', '--role', 'user'), { code: 1, out: '', err: /there is no jwt\.secret beside the store: set JWT_SECRET to the server's value/ })
  t.notOk(existsSync(join(cwd, 'jwt.secret')))

  const raw = new DatabaseSync(join(cwd, 'belfry.db'))
  raw.exec('PRAGMA user_version = 1')
  t.match(await cli(cwd, env, 'user', 'list'), { code: 1, err: /the store has version 1 and this Belfry needs version \d+/ })
  t.match(raw.prepare('PRAGMA user_version').get(), { user_version: 1 })
  raw.close()
})

t.test('every command says what it does, and does nothing else', async t => {
  const cwd = folder(t)
  const lines = Object.keys(commands).map(name => [...name.split(' '), '--help'])
  const ran = await inOneProcess(cwd, [...lines, ['--help'], ['user']])
  for (const [index, [name, { usage, does }]] of Object.entries(commands).entries()) {
    t.match(ran[index], { code: 0, err: '', out: `usage: npm run cli -- ${name} ${usage}`.trimEnd() + `\n\n${does}` }, name)
  }
  t.match(ran.slice(-2), [{ code: 0, out: /^Commands:[^]*user password/, err: '' }, { code: 1, out: '', err: /^Commands:/ }])
  t.match(await cli(cwd, {}, 'key', 'create', '--help'), ran[lines.findIndex(([group, verb]) => group === 'key' && verb === 'create')]!, 'as in a process of its own')
  t.same(readdirSync(cwd), [])
})

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL: no store is made in an empty database; in one that is there, users are', async t => {
    const cwd = folder(t)
    const url = await server.database(t)
    const env = { DATABASE_URL: url, JWT_SECRET: SECRET }
    for (const args of touching.slice(0, 3)) t.match(await cli(cwd, env, ...args), { code: 1, out: '', err: /it contains no store: start the server once/ })
    t.same(await ask(url, "SELECT count(*)::text AS tables FROM pg_tables WHERE schemaname = 'public'"), [{ tables: '0' }])

    await (await openStore(url)).close()
    t.match(await cli(cwd, env, 'user', 'create', '--username', 'anna', '--role', 'user', '--id', 'a|1'), { code: 0, out: /^a\|1\npassword: /, err: '' })
    t.match(await cli(cwd, env, 'user', 'password', 'anna'), { code: 0, out: /^a\|1\npassword: / })
    t.match(await cli(cwd, env, 'token', 'mint', '--user', 'anna'), { code: 0, out: /^ey/ })
    t.match(await cli(cwd, env, 'token', 'mint', '--sub', 'anna', '--role', 'user'), { code: 1, err: /--user anna/ })
    t.match(await cli(cwd, env, 'user', 'list'), { code: 0, out: 'a|1\tanna\tuser\t-' })
    await ask(url, 'UPDATE belfry SET version = 1')
    t.match(await cli(cwd, env, 'user', 'list'), { code: 1, err: /DATABASE_URL: the store has version 1/ })
  })
}
