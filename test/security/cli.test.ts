import { test } from 'tap'
import { cliIn } from '../cli/command.ts'
import { Client } from '../e2e/client.ts'
import { serve } from '../e2e/process.ts'
import { folder } from '../folder.ts'
import { hello, Subscriber } from '../helper.ts'
import { bearing } from './accounts.ts'

test('commands beside a running server', async t => {
  const cwd = folder(t)
  const { base } = await serve(t, { folder: cwd, env: { ADMIN_PASSWORD: 'for the first admin' } })
  const cli = cliIn(cwd)

  t.test('a key made while the server runs works at once; revoked, its socket closes', async t => {
    const made = await cli(['key', 'create', '--name', 'billing', '--scope', 'send:company:company_a', '--scope', 'metrics:read'])
    t.match(made, { code: 0, out: /^blf_[\w-]{43}$/, err: '' })
    const key = new Client(base, made.out)
    const { status, body } = await key.call('GET', '/api/auth/me')
    t.match({ status, body }, { status: 200, body: { kind: 'key', name: 'billing', scopes: ['send:company:company_a', 'metrics:read'] } })
    t.equal((await key.call('POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] } })).status, 200)
    const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearing(made.out) })
    t.teardown(() => socket.close())
    await socket.next('welcome')

    t.match(await cli(['key', 'list']), { code: 0, out: `${body.id}\t"billing"\tsend:company:company_a,metrics:read\tlast used ` })
    t.match(await cli(['key', 'revoke', body.id]), { code: 0, out: `revoked ${body.id}` })
    t.equal((await socket.closed).code, 4401)
    t.equal((await key.call('GET', '/api/auth/me')).status, 401)
    t.match(await cli(['key', 'revoke', body.id]), { code: 1, out: '', err: 'belfry: There is no such API key.' })
    t.match(await cli(['key', 'list']), { code: 0, out: 'no keys' })
  })

  t.test('a user is made with a password from standard input, or with one made for it', async t => {
    const given = await cli(['user', 'create', '--username', 'alice', '--role', 'admin', '--company', 'company_a', '--password-stdin'], 'correct horse battery\n')
    t.match(given, { code: 0, out: /^[0-9a-f-]{36}$/, err: '' })
    await Client.login(base, 'alice', 'correct horse battery')
    const made = await cli(['user', 'create', '--username', 'bob', '--role', 'user'])
    await Client.login(base, 'bob', /^password: (.+)$/m.exec(made.out)![1]!)
    t.match(await cli(['user', 'create', '--username', 'carol', '--role', 'user', '--no-password']), { code: 0, out: /^[0-9a-f-]{36}$/ })
    t.match(await cli(['user', 'create', '--username', 'bob', '--role', 'user']), { code: 1, out: '', err: 'belfry: This username is taken.' })
    t.match(await cli(['user', 'create', '--username', 'dave', '--role', 'user', '--password-stdin'], 'short'), { code: 1, out: '', err: /--password/ })
  })

  t.test('a token is minted with the server\'s own secret', async t => {
    const { code, out } = await cli(['token', 'mint', '--sub', 'erin', '--role', 'user', '--company', 'company_b', '--ttl', '60'])
    t.equal(code, 0)
    t.match((await new Client(base, out).call('GET', '/api/auth/me')).body, { kind: 'user', id: 'erin', role: 'user', company: 'company_b' })
    const claims = JSON.parse(Buffer.from(out.split('.')[1]!, 'base64url').toString())
    t.equal(claims.exp - claims.iat, 60)
  })

  t.test('a user and its tokens are spoken of by the same name', async t => {
    const made = await cli(['user', 'create', '--username', 'frank', '--role', 'user', '--company', 'company_a', '--id', 'auth0|frank', '--name', 'Frank Müller', '--email', 'frank@shop.example', '--no-password'])
    t.match(made, { code: 0, out: 'auth0|frank' })
    const whoIs = async (token: string) => (await new Client(base, token).call('GET', '/api/auth/me')).body
    for (const name of ['frank', 'auth0|frank']) {
      const { out } = await cli(['token', 'mint', '--user', name])
      t.match(await whoIs(out), { id: 'auth0|frank', username: 'frank', role: 'user', company: 'company_a' }, name)
    }
    t.match(await cli(['user', 'show', 'frank']), { code: 0, out: /username: frank\nname: Frank Müller\nrole: user\ncompany: company_a\nemail: frank@shop\.example\n/ })
    const { out: root } = await cli(['token', 'mint', '--user', 'admin'])
    const admin = await whoIs(root)
    t.match(admin, { username: 'admin', role: 'admin', company: undefined })
    t.match(await cli(['token', 'mint', '--sub', 'frank', '--role', 'user']), { code: 1, out: '', err: /--sub is an id, but frank is the username of the user auth0\|frank: use --user frank/ })
    t.match(await cli(['token', 'mint', '--user', 'frank', '--role', 'admin']), { code: 1, err: /give either --user, or --sub/ })
    t.match(await cli(['token', 'mint', '--user', 'nobody']), { code: 1, err: /no user with the id or username "nobody"/ })
    t.match(await cli(['user', 'create', '--username', 'other', '--role', 'user', '--id', 'auth0|frank']), { code: 1, err: /user with this id already/ })
  })

  t.test('users are listed, shown, given a new password and removed', async t => {
    const token = await Client.login(base, 'alice', 'correct horse battery')
    t.match(await cli(['user', 'list', '--q', 'al']), { code: 0, out: /^[0-9a-f-]{36}\talice\tadmin\tcompany_a$/ })
    t.match(await cli(['user', 'list', '--role', 'nobody']), { code: 0, out: 'no users' })
    t.equal((await cli(['user', 'list'])).out.split('\n').length, 6)
    t.match(await cli(['user', 'show', 'alice']), { code: 0, out: /username: alice\nname: -\nrole: admin\ncompany: company_a\nemail: -\ncreated: .*Z\nopen sessions: 2/ })

    const { code, out } = await cli(['user', 'password', 'alice'])
    t.equal(code, 0)
    t.equal((await token.call('GET', '/api/auth/me')).status, 401, 'the sessions of the old one have ended')
    await Client.login(base, 'alice', /^password: (.+)$/m.exec(out)![1]!)
    t.match(await cli(['user', 'password', 'alice', '--password-stdin'], 'battery horse correct\n'), { code: 0, out: /^[0-9a-f-]{36}$/ })
    const again = await Client.login(base, 'alice', 'battery horse correct')
    t.match(await cli(['user', 'password', 'alice', '--password-stdin'], 'short'), { code: 1, out: '', err: /--password/ })
    t.match(await cli(['user', 'password', 'alice', '--prompt']), { code: 1, err: /--prompt needs a terminal/ })
    t.match(await cli(['user', 'password', 'admin']), { code: 0, out: /password: / }, 'an admin who forgot it is helped too')

    t.match(await cli(['user', 'create', '--username', 'mallory', '--role', 'user', '--id', 'alice', '--no-password']), { code: 0 })
    t.match(await cli(['user', 'remove', 'alice']), { code: 1, err: /"alice" is the id of one user and the username of another/ })
    t.match(await cli(['user', 'remove', 'alice', '--id']), { code: 0, out: 'removed alice\tmallory\tuser\t-' })
    t.match(await cli(['user', 'remove', 'alice']), { code: 0, out: /^removed [0-9a-f-]{36}\talice\tadmin\tcompany_a$/ })
    t.equal((await again.call('GET', '/api/auth/me')).status, 401)
    t.match(await cli(['user', 'remove', 'admin']), { code: 1, err: /last platform admin/ })
  })
})
