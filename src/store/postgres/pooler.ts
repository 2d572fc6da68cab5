import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { UnfitError } from './unfit.ts'

/** How many transactions are opened to make a pooler move the session to another server connection. */
const RIVALS = 3
const ANSWER_MS = 2_000

/**
 * Throws an UnfitError if the connection leads to a pooler in transaction mode, which may run each transaction
 * on another server connection: a session's settings would be lost, or apply to other sessions.
 *
 *   session:  SELECT pg_backend_pid() → 1            SELECT pg_backend_pid() → 2: not the same server process
 *   rival:                             BEGIN (on 1)
 */
export async function assertOwnSession (session: Client, connect: () => Promise<Client>): Promise<void> {
  const first = await backendOf(session)
  // A server reports its own process id when a connection starts; a pooler reports a made-up one.
  if (first === (session as Client & { processID?: number }).processID) return
  const mark = randomUUID()
  await session.query(`SET belfry.session = '${mark}'`)
  const rivals: Client[] = []
  try {
    for (let rival = 0; rival < RIVALS; rival++) {
      const client = await connect()
      rivals.push(client)
      const seen = await client.query('BEGIN').then(() => markOf(client), () => undefined)
      // The rival got no connection: this pooler gives every session a server connection of its own.
      if (seen === undefined) return
      // If the session gets no response, the rival holds its only server connection.
      if (seen === mark || await backendOf(session).catch(() => undefined) !== first) {
        throw new UnfitError('it points to a pooler in transaction mode, which loses session settings; connect to the server directly, or through a pooler in session mode')
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
