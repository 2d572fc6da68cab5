import { test } from 'tap'
import { serve } from '../e2e/process.ts'
import { folder } from '../folder.ts'
import { cliIn, inOneProcess } from './command.ts'

test('what is wrong with a command is said in a line', async t => {
  const cwd = folder(t)
  await serve(t, { folder: cwd })
  const wrong: [string[], RegExp][] = [
    [['key', 'create', '--name', 'x'], /--scope/],
    [['key', 'create', '--name', 'x', '--scope', 'everything'], /--scope.*inbox:read/],
    [['key', 'create', '--scope', 'send:all'], /--name/],
    [['key', 'create', '--what', 'x'], /--what.*usage: npm run cli -- key create/s],
    [['key', 'revoke'], /id of a key/],
    [['user', 'create', '--role', 'user'], /--username/],
    [['user', 'create', 'extra', '--username', 'x', '--role', 'user'], /extra.*usage/s],
    [['token', 'mint', '--sub', '..', '--role', 'user'], /--sub/],
    [['token', 'mint', '--sub', 'x', '--role', 'user', '--ttl', 'long'], /--ttl: must be seconds/],
    [['user', 'show'], /^belfry: give one user, by id or username$/],
    [['user', 'remove', 'a', 'b'], /^belfry: give one user, by id or username$/],
    [['user', 'password', 'nobody'], /no user with the id or username "nobody"/],
    [['restore', 'nothing.db'], /there is no backup at nothing\.db/],
    [['restore', './data/belfry.db'], /^belfry: \.\/data\/belfry\.db: it is in use by another Belfry process$/],
    [['backup', '/nonexistent/x'], /^belfry: \/nonexistent\/x was not made: ENOENT[^.]*'\/nonexistent\/x'$/],
    [['key', 'create'], /^belfry: --name: is required; --scope: is required$/],
    [['key', 'create', '--name', ' a', '--scope', 'send:all'], /--name: must be .*without a space at either end/],
    [['key', 'create', '--name', 'a', '--scope', 'bogus'], /^belfry: --scope: must be inbox:read, send:all, send:company:<company>, users:write, groups:write, groups:write:<company>, topics:write, reports:read, events:read, events:read:<company> or metrics:read$/],
    [['key', 'create', '--name', 'a', '--scope', 'send:all', '--rate-limit', '0'], /^belfry: --rate-limit: must be 1 or more$/],
    [['key', 'create', '--name', 'a', '--scope', 'send:all', '--rate-limit', 'x'], /^belfry: --rate-limit: must be a whole number$/],
    [['key', 'create', '--name', 'a', '--scope', 'send:all', '--expires-at', '2020-01-01T00:00:00Z'], /^belfry: --expires-at: must be in the future$/],
    [['key', 'create', '--name', 'a', '--scope', 'send:all', '--expires-at', 'soon'], /^belfry: --expires-at: must be an ISO 8601 date/],
    [['user', 'create', '--username', 'a', '--no-password'], /^belfry: --role: is required$/],
    [['user', 'create', '--username', 'a', '--role', 'user', '--company', '..', '--no-password'], /^belfry: --company: must be text/],
    [['user', 'create', '--username', 'a', '--role', 'user', '--id', 'me', '--no-password'], /^belfry: --id: must be text/],
    [['user', 'create', '--username', 'a', '--role', 'user', '--email', 'a@b\r\nBcc: c@d', '--no-password'], /^belfry: --email: must be/],
    [['user', 'create', '--username', 'a', '--role', 'user', '--name', ' Ada', '--no-password'], /^belfry: --name: must be .*without a space at either end/],
    [['token', 'mint'], /^belfry: --sub: is required; --role: is required$/],
    [['nonsense'], /^belfry: there is no command "nonsense"\nCommands:/],
    [['nonsense', '--help'], /^belfry: there is no command "nonsense"\nCommands:/],
    [['key', 'nonsense'], /^belfry: there is no command "key nonsense"\nCommands:/],
    [[], /Commands:/],
    [['key'], /npm run cli -- key create --name/]
  ]
  const ran = await inOneProcess(cwd, wrong.map(([args]) => args))
  for (const [index, [args, says]] of wrong.entries()) {
    const { code, out, err } = ran[index]!
    t.match({ code, out, err }, { code: 1, out: '', err: says }, args.join(' '))
    t.notMatch(err, /\bat .*\(|node:internal/, 'no stack')
    t.notMatch(err, /\\p\{|must match pattern/, 'no regular expression')
  }
  const cli = cliIn(cwd)
  for (const name of ['key revoke', 'restore nothing.db', 'token mint']) {
    t.same(await cli(name.split(' ')), ran[wrong.findIndex(([args]) => args.join(' ') === name)], 'as in a process of its own')
  }
  const { code, out } = await cli(['key', '--help'])
  t.match({ code, lines: out.match(/npm run cli -- \w+/g) }, { code: 0, lines: Array(3).fill('npm run cli -- key') })
})
