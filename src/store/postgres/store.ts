import pg, { type ClientConfig, type Pool } from 'pg'
import { problem } from '../../errors.ts'
import { Turns } from '../../log/turns.ts'
import { assembleStore, type AssembleOptions } from '../assemble.ts'
import type { Steps } from '../query.ts'
import type { Store } from '../store.ts'
import { DEADLINES, openPool, prepareSession, withClient, type Deadlines } from './connection.ts'
import { execute } from './execute.ts'
import { toFault } from './fault.ts'
import { migrate, readEpoch } from './migrate.ts'
import { assertOwnSession } from './pooler.ts'
import { tlsAdvice, withTlsMode } from './tls.ts'
import { UnfitError } from './unfit.ts'
import { Writer } from './writer.ts'

export interface PostgresOptions extends AssembleOptions {
  /** Connections for reading; one more is for writing. */
  readers?: number
  deadlines?: Partial<Deadlines>
  /** Whether this is a command beside running servers: it never migrates, and throws if the database is not a store of this version. */
  beside?: boolean
}

const READERS = 8
/** The time now, not that of the transaction's beginning: a transaction may have waited for the log's lock. */
const SERVER_CLOCK = 'CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)'
/** The most long reads (of many statements) at once: most connections are left to short reads. */
const LONG_READS = 2
/** The most reads that wait for a connection; further ones are rejected at once. */
const MAX_WAITING = 1_000

/** Opens the store in the database that a `postgres://` URL names. Throws with a one-line message for an operator if it cannot. */
export async function openPostgres (url: string, { readers = READERS, deadlines: given, beside = false, now }: PostgresOptions = {}): Promise<Store> {
  const deadlines = { ...DEADLINES, ...given }
  const epoch = await prepareDatabase(url, deadlines, beside).catch(error => { throw toOperator(error) })
  const reading = openPool(url, readers, deadlines)
  const writing = openPool(url, 1, deadlines)
  // A test that sets the clock sets it for the whole store.
  const clock = now === undefined ? SERVER_CLOCK : undefined
  const writer = new Writer(writing, epoch, clock)
  const [long, whole] = [new Turns(LONG_READS), new Turns(1)]
  return assembleStore({
    name: 'postgresql',
    size: 'pg_database_size(current_database())',
    epoch,
    clock,
    commit: batch => writer.commit(batch),
    read: steps => snapshot(reading, steps),
    readOne: steps => read(reading, steps),
    readLong: (key, steps) => long.take(key, () => snapshot(reading, steps)),
    readWhole: (key, steps) => whole.take(key, () => snapshot(reading, steps)),
    toFault,
    close: async () => { await Promise.all([reading.end(), writing.end()]) }
  }, { now })
}

async function prepareDatabase (url: string, deadlines: Deadlines, beside: boolean): Promise<string> {
  const connectionString = withTlsMode(url)
  const connect = async (more: ClientConfig = {}) => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: deadlines.connect, keepAlive: true, ...more })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const client = await connect()
  try {
    await assertOwnSession(client, () => connect({ query_timeout: deadlines.connect }))
    await prepareSession(client, deadlines)
    return beside ? await readEpoch(client) : await migrate(client)
  } finally {
    await client.end()
  }
}

async function read<T> (pool: Pool, steps: Steps<T>): Promise<T> {
  assertRoom(pool)
  return await withClient(pool, client => execute(client, steps))
}

/** Runs several statements in one snapshot. */
async function snapshot<T> (pool: Pool, steps: Steps<T>): Promise<T> {
  assertRoom(pool)
  return await withClient(pool, async client => {
    // Pipelined: the first statement does not wait for BEGIN, nor the result for COMMIT.
    client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch(() => {})
    const result = await execute(client, steps)
    client.query('COMMIT').catch(() => {})
    return result
  })
}

function assertRoom (pool: Pool): void {
  if (pool.waitingCount >= MAX_WAITING) throw problem('BLF_STORE_UNAVAILABLE', 'Too many reads are waiting.')
}

/** Why the store does not open, in one line that names the setting and contains no secret. */
function toOperator (error: unknown): Error {
  const { message, code, errors } = error as Error & { code?: string, errors?: Error[] }
  // After a semicolon, Node's messages mention Node's own options.
  const said = (message || errors?.[0]?.message || String(code)).split('; ')[0]
  const reason = error instanceof UnfitError ? message : `PostgreSQL cannot be used (${said})${tlsAdvice(code)}`
  return new Error(`DATABASE_URL: ${reason}`, { cause: error })
}
