import pg, { type ClientBase, type PoolClient } from 'pg'
import { withTlsMode } from './tls.ts'
import { UnfitError } from './unfit.ts'

/** A connection's deadlines, in milliseconds. */
export interface Deadlines {
  /** For getting a connection, new or from the pool. */
  connect: number
  /** For one statement on the server, including waiting for locks. */
  statement: number
  /** For the response to one statement: longer than `statement`, so that only a dead network reaches it. */
  answer: number
  /** For an idle transaction, such as that of a node that hangs: the server then ends it and releases its locks. */
  idleInTransaction: number
  /** For an unused connection in the pool. */
  idle: number
}

export const DEADLINES: Deadlines = { connect: 2_000, statement: 4_000, answer: 5_000, idleInTransaction: 4_000, idle: 30_000 }

const OLDEST_SERVER = 13

/** Opens a pool of up to `max` connections to the database that a URL names. */
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
 * Every statement is an index lookup with a LIMIT and must stay one whatever the statistics say: a generic
 * plan, made for all parameter values, would sometimes read and sort a million notifications instead.
 * Turning these plan types off makes estimated costs huge, which would trigger the JIT compiler: off too.
 */
const PLANS = 'SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off'

/** Sets up a new connection; throws an UnfitError if its server must not be used. */
export async function prepareSession (client: ClientBase, { statement, idleInTransaction }: Deadlines): Promise<void> {
  // By statements, not start-up parameters, which poolers reject.
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

/** Converts the server's 64-bit integers and sums to JavaScript numbers: every `seq` and time stays under 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: any) => {
  if (oid !== INT8 && oid !== NUMERIC) return pg.types.getTypeParser(oid, format)
  return (text: string) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe integer`)
    return value
  }
}

/** Lends a connection of the pool to `use`. If `use` throws, the connection's state is unknown, so it is closed. */
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
