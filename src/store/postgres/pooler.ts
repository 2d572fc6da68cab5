import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { UnfitError } from './unfit.ts'

/** How many transactions are held open to take the first session's server connection away from it. */
const RIVALS = 3
const ANSWER_MS = 2_000

/**
 * Throws an UnfitError if between us and the server stands a pooler that gives each transaction
 * another server connection: what a session sets would be lost, or be another's.
 *
 *   session:  SELECT pg_backend_pid() → 1            SELECT pg_backend_pid() → 2: not the same server process
 *   rival:                             BEGIN (on 1)
 */
export async function assertOwnSession (session: Client, connect: () => Promise<Client>): Promise<void> {
  const first = await backendOf(session)
  // A server says its own process at the start; a pooler makes one up.
  if (first === (session as Client & { processID?: number }).processID) return
  const mark = randomUUID()
  await session.query(`SET belfry.session = '${mark}'`)
  const rivals: Client[] = []
  try {
    for (let rival = 0; rival < RIVALS; rival++) {
      const client = await connect()
      rivals.push(client)
      const seen = await client.query('BEGIN').then(() => markOf(client), () => undefined)
      // No room for one more: every session of such a pooler has a server connection of its own.
      if (seen === undefined) return
      // Without an answer, the rival has the only connection.
      if (seen === mark || await backendOf(session).catch(() => undefined) !== first) {
        throw new UnfitError('it leads to a pooler in transaction mode, which loses the settings of a session; connect to the server itself, or through a pooler in session mode')
      }
    }
  } finally {
    await Promise.all(rivals.map(client => client.end().catch(() => {})))
  }
}

async function markOf (client: Client): Promise<string | null> {
  const { rows: [row] } = await client.query<{ mark: string | null }>("SELECT current_setting('belfry.session', true) AS mark")
  return row!.mark
}

async function backendOf (client: Client): Promise<number> {
  const question = { text: 'SELECT pg_backend_pid() AS pid', query_timeout: ANSWER_MS }
  const { rows: [row] } = await client.query<{ pid: number }>(question)
  return row!.pid
}
