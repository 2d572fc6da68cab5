import pg from 'pg'
import t from 'tap'
import { DEADLINES, openPool } from '../../../src/store/postgres/connection.ts'
import { prepare } from '../../../src/store/postgres/execute.ts'
import { openStore } from '../../../src/store/open.ts'
import { inbox } from '../../../src/store/ops/inbox/inbox.ts'
import { countUnreadOfEach } from '../../../src/store/ops/inbox/unread.ts'
import { reads, snapshots } from '../../../src/store/ops/index.ts'
import type { Query, Row, Steps } from '../../../src/store/query.ts'
import { ask, postgres } from '../../services/postgres.ts'

const NOTIFICATIONS = 1_000_000
const USERS = 20_000
const LIMIT = 50
/** Rows that any one scan may look at: a page for a key, and what is added for the next cursor. */
const MOST_ROWS = 4 * LIMIT

/**
 * A million notifications: to everyone, to companies, to roles and to users, by turns, and a user that
 * is a member from the beginning, has read all but the newest thousand, and has marks of its own.
 */
const FILL = `
  ALTER TABLE events DROP CONSTRAINT events_pkey;
  DROP INDEX events_id;
  ALTER TABLE event_keys DROP CONSTRAINT event_keys_pkey;
  INSERT INTO events (seq, kind, id, keys, topic, at, body, type, sender, digest)
    SELECT seq, 'notification', 'n-' || seq, '[]', CASE WHEN seq % 3 = 0 THEN 'news' END, seq, '{}', 'info', 'user:root', '' FROM generate_series(1, ${NOTIFICATIONS}) AS seq;
  INSERT INTO event_keys (key, class, seq)
    SELECT CASE seq % 5 WHEN 0 THEN 'all' WHEN 1 THEN 'r:user' WHEN 2 THEN 'c:a' WHEN 3 THEN 'cr:a/user' ELSE 'u:user-' || seq % 1000 END, 0, seq
    FROM generate_series(1, ${NOTIFICATIONS}) AS seq;
  ALTER TABLE events ADD PRIMARY KEY (seq);
  CREATE UNIQUE INDEX events_id ON events (id) WHERE id IS NOT NULL;
  ALTER TABLE event_keys ADD PRIMARY KEY (key, class, seq);
  INSERT INTO users (id, role, company, created_at, created_seq, role_seq, company_seq, direct_seq, claims_iat) VALUES ('user-4', 'user', 'a', 0, 0, 0, 0, 0, 0);
  INSERT INTO users (id, role, company, created_at, created_seq, role_seq, company_seq, direct_seq, claims_iat)
    SELECT 'other-' || n, 'user', 'b', 0, 0, 0, 0, 0, 0 FROM generate_series(1, ${USERS}) AS n;
  INSERT INTO read_through (user_id, topic, seq, at) VALUES ('user-4', '', ${NOTIFICATIONS - 100}, 0);
  INSERT INTO marks (user_id, seq, state) SELECT 'user-4', seq, 1 + seq % 3 FROM generate_series(${NOTIFICATIONS - 60}, ${NOTIFICATIONS}) AS seq;
  UPDATE log SET seq = ${NOTIFICATIONS};
`

interface Plan { 'Node Type': string, 'Relation Name'?: string, 'Actual Rows': number, 'Rows Removed by Filter'?: number, 'Actual Loops': number, Plans?: Plan[] }

function nodesOf (plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

const isScan = ({ 'Node Type': type }: Plan) => type.endsWith('Scan') && type !== 'Subquery Scan'

/** Runs an operation as a session of the store does, and keeps how each statement was done. */
async function explain (client: pg.ClientBase, steps: Steps<unknown>): Promise<Plan[][]> {
  const plans: Plan[][] = []
  const literal = (value: Query['params'][number]) => typeof value === 'string' ? pg.escapeLiteral(value) : String(value)
  for (let step = steps.next(); !step.done;) {
    const { name, text } = prepare(step.value.sql)
    const values = step.value.params
    await client.query(`DEALLOCATE ALL; PREPARE ${name} AS ${text}`)
    const call = `EXECUTE ${name}${values.length > 0 ? `(${values.map(literal).join()})` : ''}`
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${call}`)
    plans.push(nodesOf(rows[0]!['QUERY PLAN'][0].Plan))
    step = steps.next((await client.query<Row>(call)).rows)
  }
  return plans
}

const server = await postgres(t)

if (server) {
  t.test(`inbox and replay are index scans at ${NOTIFICATIONS} notifications`, async t => {
    const url = await server.database(t)
    const store = await openStore(url)
    t.teardown(() => store.close())
    await ask(url, FILL)
    const pool = openPool(url, 1, DEADLINES)
    t.teardown(() => pool.end())
    const client = await pool.connect()
    t.teardown(() => client.release())

    const context = { now: 5 }
    const replay = (after: number, topics?: string[]) => snapshots.replay(context, 'user-4', after, NOTIFICATIONS, LIMIT, topics)
    const operations: Record<string, () => Steps<unknown>> = {
      'newest page': () => inbox(context, 'user-4', { limit: LIMIT }),
      'page in the middle': () => inbox(context, 'user-4', { limit: LIMIT, before: NOTIFICATIONS / 2 }),
      'unread page': () => inbox(context, 'user-4', { limit: LIMIT, unread: true, before: NOTIFICATIONS - 10 }),
      'unread page from the beginning of the marks': () => inbox(context, 'user-4', { limit: LIMIT, unread: true }),
      'page of a topic': () => inbox(context, 'user-4', { limit: LIMIT, topic: 'news' }),
      'unread of several': () => countUnreadOfEach(['user-4', 'user-5', 'user-4'].map(id => ({ id, role: 'user', company: 'a' })), context.now),
      'replay of the newest': () => replay(NOTIFICATIONS - 100),
      'replay from the beginning': () => replay(0),
      'replay of a topic': () => replay(0, ['nothing']),
      tail: () => reads.events(context, NOTIFICATIONS / 2, LIMIT)
    }
    // Without statistics as after them, and with a plan made for these values as with one for all.
    for (const statistics of [false, true]) {
      if (statistics) await ask(url, 'ANALYZE')
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`)
        for (const [name, operation] of Object.entries(operations)) {
          const nodes = (await explain(client, operation())).flat().filter(isScan).filter(node => node['Relation Name'] !== 'log')
          // What a statement put together itself has the rows that it has.
          const wrong = nodes.filter(node => !['Index Scan', 'Index Only Scan', 'CTE Scan', 'Values Scan', 'Function Scan'].includes(node['Node Type']))
          const rows = Math.max(...nodes.map(node => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']))
          t.same(wrong, [], `${name}, ${mode}${statistics ? ', analysed' : ''}: only index scans`)
          t.ok(rows <= MOST_ROWS, `of ${rows} rows at the most`)
        }
      }
    }

    const start = performance.now()
    t.equal((await store.inbox('user-4', { limit: LIMIT })).entries.length, LIMIT)
    t.ok(performance.now() - start < 1_000, 'and it is quick')
  })
}
