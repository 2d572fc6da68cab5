import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import pg from 'pg'
import type { Test } from 'tap'
import { freePort, install, missing, serve, stop, type Server } from './process.ts'

const BINARIES = '/usr/lib/postgresql'

export interface Postgres {
  /** Makes a new database, removed when the test ends: empty, or a copy of the one at a URL, to which nobody is connected. Its URL. */
  database: (t: Test, template?: string) => Promise<string>
  /** Of the instance; null if it is not ours to stop. */
  instance: Instance | null
}

export interface PostgresInstance { start: () => Promise<void>, stop: () => Promise<void>, port: number }
type Instance = PostgresInstance

export interface PostgresOptions {
  /** Syncs commits as a real one does; without it the suites are faster, and prove nothing about disks. */
  durable?: boolean
}

/** The given server, or a private one that ends with the test; undefined if there is none to be had, which the test then says. */
export async function postgres (t: Test, options: PostgresOptions = {}): Promise<Postgres | undefined> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { database: (t, template) => createDatabase(t, given, template), instance: null }
  const bin = binaries() ?? (install('postgresql'), binaries())
  if (!bin) return missing(t, 'PostgreSQL', 'TEST_DATABASE_URL') as undefined
  const instance = await privateInstance(t, bin, options)
  await instance.start()
  const url = `postgres://postgres@127.0.0.1:${instance.port}/postgres`
  return { database: (t, template) => createDatabase(t, url, template), instance }
}

/** The folder of the newest version's programs. */
export function binaries (): string | undefined {
  if (!existsSync(BINARIES)) return undefined
  const versions = readdirSync(BINARIES).filter(version => existsSync(join(BINARIES, version, 'bin/initdb')))
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest && join(BINARIES, newest, 'bin')
}

async function privateInstance (t: Test, bin: string, { durable = false }: PostgresOptions): Promise<Instance> {
  const home = mkdtempSync(join(tmpdir(), 'belfry-postgres-'))
  const data = join(home, 'data')
  const owner = unprivileged()
  if (owner) chownSync(home, owner.uid, owner.gid)
  makeCluster(data, bin, { ...owner, cwd: home })
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${home}`, 'max_connections=200', 'shared_buffers=128MB', 'log_min_messages=fatal',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off'])
  ]
  let server: Server | undefined
  const instance = {
    port,
    async start () {
      const answers = () => ask(`postgres://postgres@127.0.0.1:${port}/postgres`, 'SELECT 1')
      server = await serve(join(bin, 'postgres'), ['-D', data, ...settings.flatMap(setting => ['-c', setting])], { ...owner, cwd: home, signal: 'QUIT', answers })
    },
    async stop () {
      if (server) await stop(server)
      server = undefined
    }
  }
  t.teardown(async () => {
    await instance.stop()
    rmSync(home, { recursive: true, force: true })
  })
  return instance
}

/** Makes a data folder. The instances of a run copy that of the first one, which takes a third of the time. */
function makeCluster (data: string, bin: string, options: { uid?: number, gid?: number, cwd: string }): void {
  const run = (command: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
  }
  const init = (folder: string) => run(join(bin, 'initdb'), '-D', folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions')
  const { TEST_RUN_FOLDER: shared } = process.env
  if (shared === undefined) return init(data)
  const template = join(shared, 'postgres')
  if (!existsSync(template)) {
    const made = `${data}-template`
    init(made)
    try {
      renameSync(made, template)
    } catch (error) {
      // Another process was first.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    }
  }
  run('cp', '-R', template, data)
}

/** PostgreSQL refuses to run as root; then it runs as the user its package made. */
export function unprivileged (): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

let databases = 0

async function createDatabase (t: Test, server: string, template?: string): Promise<string> {
  const name = `belfry_${process.pid}_${++databases}`
  await ask(server, `CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${new URL(template).pathname.slice(1)}`}`)
  // A server that a test has stopped takes its databases with it.
  t.teardown(() => ask(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => {}))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Runs SQL over a connection of its own. */
export async function ask (url: string, sql: string): Promise<Record<string, any>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
