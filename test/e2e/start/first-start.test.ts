import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { Client, GENERATED } from '../client.ts'
import { newFolder, run, serve } from '../process.ts'

test('the first start makes the store, the secret and the admin; the second makes nothing', async t => {
  const folder = await newFolder(t)
  const first = await serve(t, { folder })
  const [, password = ''] = await first.err.match(GENERATED)
  const admin = await Client.login(first.base, 'admin', password)
  t.match((await admin.call('GET', '/api/auth/me')).body, { kind: 'user', username: 'admin', role: 'admin', company: undefined })
  await admin.call('POST', '/api/notifications/send', { title: 'First', message: 'First', priority: 'info', topic: 'first' })

  const data = join(folder, 'data')
  t.ok((await readdir(data)).includes('belfry.db'))
  for (const file of await readdir(data)) t.equal((await stat(join(data, file))).mode & 0o777, 0o600, `only the owner reads ${file}`)
  const secret = await readFile(join(data, 'jwt.secret'), 'utf8')
  t.ok(Buffer.byteLength(secret) >= 32)

  t.same(await first.stop(), { code: 0, signal: null })
  t.equal((await first.err.ended()).length, 1, 'said once')
  t.notOk((await first.out.ended()).some(line => line.includes(password) || line.includes(secret)), 'and not in the log')

  const second = await serve(t, { folder })
  t.equal((await new Client(second.base, admin.token).call('GET', '/api/auth/me')).status, 200, 'a token outlives the restart')
  t.equal((await (await Client.login(second.base, 'admin', password)).call('GET', '/api/users')).body.items.length, 1)
  t.same(await second.stop(), { code: 0, signal: null })
  t.same(await second.err.ended(), [])
  t.equal(await readFile(join(data, 'jwt.secret'), 'utf8'), secret)
})

test('a password that was given is not said, and counts only for the first start', async t => {
  const folder = await newFolder(t)
  const env = { ADMIN_USERNAME: 'root', ADMIN_PASSWORD: 'given-by-the-operator' }
  const first = await serve(t, { folder, env })
  await Client.login(first.base, 'root', env.ADMIN_PASSWORD)
  await first.stop()
  t.same(await first.err.ended(), [])
  t.notOk((await first.out.ended()).some(line => line.includes(env.ADMIN_PASSWORD)))

  const second = await serve(t, { folder, env: { ...env, ADMIN_PASSWORD: 'another-password' } })
  await Client.login(second.base, 'root', env.ADMIN_PASSWORD)
  await t.rejects(Client.login(second.base, 'root', 'another-password'), { message: 'login of root: 401' })
})

test('a given secret is used and kept nowhere', async t => {
  const folder = await newFolder(t)
  await serve(t, { folder, env: { JWT_SECRET: 'a-secret-of-the-operator-with-32-bytes', ADMIN_PASSWORD: 'admin-password' } })
  t.notOk((await readdir(join(folder, 'data'))).includes('jwt.secret'))
})

test('a store in memory leaves nothing behind', async t => {
  const folder = await newFolder(t)
  const server = await serve(t, { folder, env: { DATABASE_URL: 'sqlite::memory:' } })
  const [, password = ''] = await server.err.match(GENERATED)
  await Client.login(server.base, 'admin', password)
  t.same(await server.stop(), { code: 0, signal: null })
  t.same(await readdir(folder), [])
})

test('a secret file that was cut short stops the start', async t => {
  const folder = await newFolder(t)
  await (await serve(t, { folder })).stop()
  await writeFile(join(folder, 'data/jwt.secret'), 'short')
  const { code, err } = await run(t, { folder })
  t.same({ code, err }, { code: 1, err: ['belfry: the key in jwt.secret beside the database must have 32 bytes or more'] })
})
