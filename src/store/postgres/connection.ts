import pg, { type ClientBase, type PoolClient } from 'pg'
import { withTlsMode } from './tls.ts'
import { UnfitError } from './unfit.ts'

/** A connection's deadlines, in milliseconds. */
export interface Deadlines {
  /** For a connection, made anew or waited for. */
  connect: number
  /** For one statement, waiting for locks included. */
  statement: number
  /** For the answer to one statement: longer than the above, so that only a dead network meets it. */
  answer: number
  /** For a transaction that does nothing, such as that of a node that hangs: then its locks are taken from it. */
  idleInTransaction: number
  /** For a connection that nobody uses. */
  idle: number
}

export const DEADLINES: Deadlines = { connect: 2_000, statement: 4_000, answer: 5_000, idleInTransaction: 4_000, idle: 30_000 }

const OLDEST_SERVER = 13

/** A pool of `max` connections to the database a URL names. */
export function openPool (url: string, max: number, deadlines: Deadlines): pg.Pool {
  const pool = new pg.Pool({
    connectionString: withTlsMode(url),
    max,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: deadlines.connect,
    query_timeout: deadlines.answer,
    idleTimeoutMillis: deadlines.idle,
    fallback_application_name: 'belfry',
    types: { getTypeParser },
    onConnect: client => prepareSession(client, deadlines)
  })
  // An idle connection that breaks is replaced when the next one is needed.
  pool.on('error', () => {})
  return pool
}

/**
 * Every statement is an index lookup with a LIMIT, and must stay one whatever the statistics say: a
 * plan made for all values at once would rather read and sort a million notifications. With those
 * choices off, costs are huge, which would wake the JIT compiler.
 */
const PLANS = 'SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off'

/** Sets a new connection up; throws an UnfitError if its server must not be used. */
export async function prepareSession (client: ClientBase, { statement, idleInTransaction }: Deadlines): Promise<void> {
  // By statements, not start-up parameters: poolers in between refuse those.
  await client.query(`SET statement_timeout = ${statement}; SET idle_in_transaction_session_timeout = ${idleInTransaction}; ${PLANS}`)
  const { rows: [session] } = await client.query<{ version: string, durability: string, standby: string }>(
    "SELECT current_setting('server_version_num') AS version, current_setting('synchronous_commit') AS durability, pg_is_in_recovery()::text AS standby"
  )
  const { version, durability, standby } = session!
  if (Number(version) < OLDEST_SERVER * 10_000) throw new UnfitError(`PostgreSQL must be ${OLDEST_SERVER} or newer`)
  if (durability === 'off') throw new UnfitError('the database would not sync commits: synchronous_commit must not be off')
  if (standby === 'true') throw new UnfitError('the server is a standby, which takes no writes')
}

const INT8 = 20
const NUMERIC = 1700

/** The one place where the server's 64-bit numbers and sums become JavaScript's: sequence numbers and times stay under 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: any) => {
  if (oid !== INT8 && oid !== NUMERIC) return pg.types.getTypeParser(oid, format)
  return (text: string) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe integer`)
    return value
  }
}

/** Takes a connection for a while. One that failed in a way nobody can judge is closed, and the next is a new one. */
export async function withClient<T> (pool: pg.Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  // Without a listener, a connection that breaks while it is in use would end the process.
  const ignore = () => {}
  client.on('error', ignore)
  try {
    const result = await use(client)
    client.off('error', ignore)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
