import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { folder } from '../../folder.ts'
import { ask, binaries, postgres } from '../../services/postgres.ts'
import { scope } from '../../services/scope.ts'
import { canPin, LOAD_CORE, pinned, SERVER_CORE } from './child.ts'

const run = promisify(execFile)

export const hasPgbench = binaries() !== undefined

/**
 * Rows a second that a PostgreSQL which syncs takes from so many clients, each a prepared INSERT of one row and a transaction.
 * Undefined if it was over before every client had connected, as on a machine that does much else: pgbench counts nothing then.
 */
export async function insertsPerSecond (clients: number, seconds: number, body: string): Promise<number | undefined> {
  const { t, end } = scope()
  try {
    const url = await (await postgres(t, { durable: true }))!.database(t)
    await ask(url, 'CREATE TABLE sent (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT NOT NULL)')
    if (canPin && process.env['TEST_DATABASE_URL'] === undefined) await pin(url)
    const script = join(folder(t), 'insert.sql')
    writeFileSync(script, `INSERT INTO sent (body) VALUES ('${body.replaceAll("'", "''")}');\n`)
    const { command, args } = pinned(LOAD_CORE, join(binaries()!, 'pgbench'))
    const { stdout } = await run(command, [...args, '--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=1', `--time=${Math.max(1, Math.round(seconds))}`, `--file=${script}`, url])
    const [, perSecond] = /^tps = ([\d.]+)/m.exec(stdout) ?? []
    return perSecond === undefined ? undefined : Number(perSecond)
  } finally {
    await end()
  }
}

/** Gives a PostgreSQL of ours the core of the servers: the process that starts one for each client, which inherit it. */
async function pin (url: string): Promise<void> {
  const [{ data_directory: data } = {}] = await ask(url, 'SHOW data_directory')
  const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  spawnSync('taskset', ['-a', '-p', '-c', String(SERVER_CORE), pid!])
}
