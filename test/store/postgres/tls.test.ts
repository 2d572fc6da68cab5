import { chmodSync, chownSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { withTlsMode } from '../../../src/store/postgres/tls.ts'
import { folder } from '../../folder.ts'
import { ask, postgres, unprivileged } from '../../services/postgres.ts'

const TLS = join(import.meta.dirname, '../../bus/tls')

t.test('a mode that would promise what is not kept is refused', async t => {
  for (const mode of ['prefer', 'allow', 'on', '']) t.throws(() => withTlsMode(`postgres://host/db?sslmode=${mode}`), { message: /^sslmode must be disable, require,/ }, mode)
  t.equal(withTlsMode('postgres://host/db?a=b&sslmode=require&c=d'), 'postgres://host/db?a=b&sslmode=verify-full&c=d')
  t.equal(withTlsMode('postgres://host/db'), 'postgres://host/db')
})

const server = await postgres(t)

if (server?.instance) {
  // PostgreSQL wants its key to be its own.
  const own = folder(t)
  const owner = unprivileged()
  for (const name of ['cert.pem', 'key.pem']) {
    copyFileSync(join(TLS, name), join(own, name))
    chmodSync(join(own, name), 0o600)
    if (owner) chownSync(join(own, name), owner.uid, owner.gid)
  }
  chmodSync(own, 0o755)
  const database = await server.database(t)
  await ask(database, `ALTER SYSTEM SET ssl_cert_file = '${own}/cert.pem'`)
  await ask(database, `ALTER SYSTEM SET ssl_key_file = '${own}/key.pem'`)
  await ask(database, 'ALTER SYSTEM SET ssl = on')
  await server.instance.stop()
  await server.instance.start()
  const certificate = join(TLS, 'cert.pem')

  t.test('whoever asks for TLS gets a server that was checked, or is told what to do', async t => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      const message = /^DATABASE_URL: PostgreSQL cannot be used \(self.signed certificate\); name the authority .*sslrootcert=<file>.*sslmode=no-verify/
      await t.rejects(openStore(`${database}?sslmode=${mode}`), { message }, mode)
    }
  })

  for (const query of [`?sslmode=verify-full&sslrootcert=${certificate}`, `?sslmode=require&sslrootcert=${certificate}`, '?sslmode=no-verify', '?sslmode=disable', '']) {
    t.test(`it connects with ${query === '' ? 'no mode' : query.replace(certificate, '<file>')}`, async t => {
      const store = await openStore(`${database}${query}`)
      t.teardown(() => store.close())
      await store.ping()
      // All connections there are, as the server sees them.
      const [used] = await ask(database, "SELECT bool_and(ssl) AS encrypted FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'belfry' AND datname = current_database()")
      t.equal(used!.encrypted, query.includes('verify') || query.includes('require'))
    })
  }
}
