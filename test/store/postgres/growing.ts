import type pg from 'pg'
import type { Test } from 'tap'
import { audienceKey } from '../../../src/log/audience.ts'
import { RANK } from '../../../src/log/mutes.ts'
import { openStore } from '../../../src/store/open.ts'
import { newBatch } from '../../../src/store/ops/batch.ts'
import { reads as userReads } from '../../../src/store/ops/identity/users.ts'
import { writes } from '../../../src/store/ops/receipts/deliveries.ts'
import { report } from '../../../src/store/ops/reports/reports.ts'
import { SLICE } from '../../../src/store/ops/reports/recipients.ts'
import { DEADLINES, openPool } from '../../../src/store/postgres/connection.ts'
import type { Steps } from '../../../src/store/query.ts'
import type { UserFilter } from '../../../src/store/store.ts'
import { draft, upTo } from '../../contract/store/engine.ts'
import { ask, type Postgres } from '../../services/postgres.ts'
import { explain, nodesOf, rowsOf } from './explain.ts'

const MEMBERS = 3_000
const USERS = 10_000
/** Rows that one step of a report may look at: a lookup or two for each question about each of its recipients. */
const MOST_ROWS_OF_STEP = 16 * SLICE
const LIMIT = 50

const WITHOUT_STATISTICS = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name); END LOOP;
END $$`

/** Members of the group `many`, of whom each tenth did something else with the notification `seq`; they had its topic muted if their number ends in 7. */
const members = (from: number, to: number, seq: number) => {
  const each = (table: string, values: string, which: string) => `INSERT INTO ${table} SELECT ${values} FROM (SELECT n, 'm' || lpad(n::text, 6, '0') AS id FROM generate_series(${from}, ${to}) AS n) AS x WHERE ${which};`
  return [
    each('memberships (user_id, key, from_seq, source, since)', `id, '${audienceKey.group({ company: null, group: 'many' })}', 0, 'user', 0`, 'TRUE'),
    each('memberships (user_id, key, from_seq, source, since)', "id, 'u:' || id, 0, 'user', 0", 'TRUE'),
    each('deliveries (user_id, device, low, high, block)', `id, 'd', 0, ${seq}, 0`, 'n % 2 = 0'),
    each('seen_through (user_id, seq, at_seq, at)', `id, ${seq}, ${seq}, 0`, 'n % 10 = 0'),
    each('marks (user_id, seq, key, read, read_at, at_seq)', `id, ${seq}, NULL, 1, 0, ${seq}`, 'n % 10 = 1'),
    each('read_through (user_id, topic, seq, at_seq, at)', `id, '', ${seq}, ${seq}, 0`, 'n % 10 = 2'),
    each('acts (user_id, seq, action, at)', `id, ${seq}, 'a', 0`, 'n % 10 = 3'),
    each('acknowledgements (seq, user_id, at, late)', `${seq}, id, 7, n % 2`, 'n % 10 IN (4, 5)'),
    each('topic_settings (scope, topic, from_seq, inbox, rank)', `'u:' || id, 'news', 0, 0, ${RANK.user}`, 'n % 10 = 7'),
    each('users (id, role, company, created_at, direct_seq, claims_iat)', "id, CASE WHEN n % 4 = 0 THEN 'admin' ELSE 'user' END, CASE WHEN n % 5 = 0 THEN 'small' ELSE 'big' END, 0, 0, 0", 'TRUE')
  ].join('\n')
}
const more = (from: number, to: number) => `INSERT INTO users (id, role, company, created_at, direct_seq, claims_iat)
  SELECT 'u' || lpad(n::text, 6, '0'), CASE WHEN n % 4 = 0 THEN 'admin' ELSE 'user' END, CASE WHEN n % 5 = 0 THEN 'small' ELSE 'big' END, 0, 0, 0 FROM generate_series(${from}, ${to}) AS n`

const PAGES: Omit<UserFilter, 'limit'>[] = [{}, { company: 'big' }, { company: 'small', after: 'u005' }, { role: 'user', after: 'm002' }, { company: 'big', role: 'admin', after: 'm001' }]

/** Plans are good from the first row on: without statistics, and those that a connection made while there was nearly nothing. */
export function growing (t: Test, server: Postgres): void {
  t.test('reports, acks and pages of users are index scans in tables that have just grown', async t => {
    const url = await server.database(t)
    const store = await openStore(url)
    t.teardown(() => store.close())
    await ask(url, WITHOUT_STATISTICS)
    await store.putGroup({ company: null, group: 'many' }, { name: 'Many', isOpen: false })
    const { seq } = await store.notify(draft({ groups: ['many'] }, { id: 'n', topic: 'news', demand: { by: null, remindMs: null, reminders: 0, escalate: null } }))
    await ask(url, members(1, 20, seq))
    const pool = openPool(url, 1, DEADLINES)
    t.teardown(() => pool.end())
    const client = await pool.connect()
    t.teardown(() => client.release())
    await client.query('SET plan_cache_mode = force_generic_plan')

    // What devices have moves on, of those that had something and of others.
    let high = seq
    const acks = () => {
      high += 1
      return writes.recordDeliveries({ batch: newBatch('epoch', seq), at: 5 }, upTo(SLICE).map(n => ({ userId: `m${String(n).padStart(6, '0')}`, device: 'd', low: seq, high })))
    }
    const operations: Record<string, { steps: () => Steps<unknown>, most: number }> = {
      acks: { steps: acks, most: MOST_ROWS_OF_STEP },
      report: { steps: () => report({ now: 5 }, 'n'), most: MOST_ROWS_OF_STEP },
      ...Object.fromEntries(PAGES.map(filter => [`users ${JSON.stringify(filter)}`, { steps: () => userReads.users({ now: 5 }, { ...filter, limit: LIMIT }), most: LIMIT }]))
    }
    const look = async (about: string) => {
      for (const [name, { steps, most }] of Object.entries(operations)) t.same((await expensive(client, steps(), most)).slice(0, 3), [], `${name}, ${about}`)
    }
    await look('nearly empty')
    await ask(url, members(21, MEMBERS, seq))
    await ask(url, more(1, USERS))
    await look('planned before')
    await client.query('SET plan_cache_mode = force_custom_plan')
    await look('planned now')
    await ask(url, 'ANALYZE')
    await look('analysed')
    t.match(await store.report('n'), { recipients: MEMBERS, muted: 300, delivered: 2_400, seen: 300, read: 600, acted: 300, acknowledged: 600, late: 300, outstanding: 2_100 })
  })
}

/** The statements of an operation that look at more rows than they may, or sort what an index has in order. */
async function expensive (client: pg.ClientBase, steps: Steps<unknown>, most: number): Promise<string[]> {
  const found: string[] = []
  for (let step = steps.next(); !step.done;) {
    const { text, plan, rows } = await explain(client, step.value, true)
    const scans = nodesOf(plan).filter(node => node['Relation Name'] !== undefined)
    const total = scans.reduce((sum, node) => sum + rowsOf(node), 0)
    const isSorted = nodesOf(plan).some(node => node['Node Type'].endsWith('Sort') && node['Actual Rows'] > 1)
    if (total > most || isSorted) found.push(`${total} rows${isSorted ? ', sorted' : ''}: ${text.slice(0, 200)}\n${JSON.stringify(plan)}`)
    step = steps.next(rows)
  }
  return found
}
