import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ask, unprivileged } from './postgres.ts'
import { freePort, install, missing, serve, stop } from './process.ts'

const BINARY = '/usr/sbin/pgbouncer'

/** A pooler before the database a URL names, ended with the test; the URL by its way. Undefined if there is none to be had, which the test then says. */
export async function pgbouncer (t: Test, database: string, mode: 'session' | 'transaction', poolSize = 20): Promise<string | undefined> {
  if (!existsSync(BINARY)) install('pgbouncer')
  if (!existsSync(BINARY)) return missing(t, 'PgBouncer', 'PATH') as undefined
  const home = mkdtempSync(join(tmpdir(), 'belfry-pgbouncer-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const { port: target } = new URL(database)
  const port = await freePort()
  writeFileSync(join(home, 'users'), '"postgres" ""\n')
  writeFileSync(join(home, 'config'), `[databases]
* = host=127.0.0.1 port=${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${home}/users
pool_mode = ${mode}
default_pool_size = ${poolSize}
`)
  // It refuses to run as root, as PostgreSQL does.
  const owner = unprivileged()
  if (owner) chownSync(home, owner.uid, owner.gid)
  const url = new URL(database)
  url.port = String(port)
  const server = await serve(BINARY, [join(home, 'config')], { ...owner, cwd: home, signal: 'INT', answers: () => ask(url.href, 'SELECT 1') })
  t.teardown(() => stop(server))
  return url.href
}
