import type pg from 'pg'
import t from 'tap'
import { DEADLINES, openPool } from '../../../src/store/postgres/connection.ts'
import { openStore } from '../../../src/store/open.ts'
import { reads, snapshots } from '../../../src/store/ops/index.ts'
import { inbox, searchInbox } from '../../../src/store/ops/inbox/inbox.ts'
import { countUnreadOfEach } from '../../../src/store/ops/inbox/counts.ts'
import type { Steps } from '../../../src/store/query.ts'
import type { InboxFilter } from '../../../src/store/store.ts'
import { FILL_KEY_BLOCKS } from '../../../src/store/migrations/022-key-blocks.ts'
import { ask, postgres } from '../../services/postgres.ts'
import { explain, nodesOf, rowsOf, type Plan } from './explain.ts'
import { growing } from './growing.ts'

const NOTIFICATIONS = 1_000_000
const USERS = 20_000
const LIMIT = 50
/** One notification in so many has the topic `rare` and the type `error`. */
const RARE = 100_000
/** Notifications to everyone and the like that are younger than `user-9`, and marks of those who have many. */
const YOUNG = 20_000
const MARKS = 5_000

/** Users who are sent notifications of their own, by turns: 500 each. A plan may well begin with so few. */
const OWN_KEYS = 2_000
/** Rows of one key that one step of a search looks at. */
const STEP = 256
/** Rows that any one scan of a statement may look at, over all five keys. Plans give averages, in which half a row kept and half a row passed over are two. */
const MOST_ROWS_OF_SCAN = 5 * 2 * STEP
/** Rows that all scans of one statement may look at: for each of five keys its places and its notifications, and half of the marks. */
const MOST_ROWS_OF_STATEMENT = 5 * 4 * STEP + MARKS / 2
/** A count looks at the marks since the newest "read all" and each one's row in the index, again for those that are put away, and at ordinals. */
const MOST_ROWS_OF_COUNT = 2 * 2.5 * MARKS + 1_000
/** A count for somebody with a hundred marks, however many notifications are unread. */
const MOST_ROWS_OF_SMALL_COUNT = 1_000

const USER = 'INSERT INTO users (id, role, company, created_at, direct_seq, claims_iat)'
const MEMBERSHIP = "INSERT INTO memberships (user_id, key, from_seq, source, since) SELECT u.id, CASE k WHEN 'u:' THEN 'u:' || u.id ELSE k END"
/**
 * A million notifications, to everyone, to a role, to a company, to both and to users, by turns. The first
 * five and the last five have a topic and a type of their own. Of the users,
 * - `user-4` is a member from the beginning, has read all but the newest hundred, and has a few marks of its own;
 * - `user-9` came late, has read nothing through, and has thousands of marks: the newest are of deleted ones;
 * - `user-14` is a member from the beginning, has read all, and marked thousands as unread again;
 * - `user-19` is a member from the beginning, and has read single topics through.
 */
const KEY = `CASE seq % 5 WHEN 0 THEN 'all' WHEN 1 THEN 'r:user' WHEN 2 THEN 'c:a' WHEN 3 THEN 'cr:a/user' ELSE 'u:user-' || seq % ${OWN_KEYS} END`
const FILL = `
  ALTER TABLE events DROP CONSTRAINT events_pkey;
  DROP INDEX events_id;
  ALTER TABLE event_keys DROP CONSTRAINT event_keys_rows;
  INSERT INTO events (seq, kind, id, keys, topic, at, body, type, sender, digest)
    SELECT seq, 'notification', 'n-' || seq, '[]',
      CASE WHEN seq <= 5 THEN 'first' WHEN seq > ${NOTIFICATIONS} - 5 THEN 'last' WHEN seq % ${RARE} = 7 THEN 'rare' WHEN seq % 3 = 0 THEN 'news' END, seq, '{}',
      CASE WHEN seq <= 5 THEN 'success' WHEN seq > ${NOTIFICATIONS} - 5 THEN 'warning' WHEN seq % ${RARE} = 7 THEN 'error' ELSE 'info' END, 'user:root', ''
    FROM generate_series(1, ${NOTIFICATIONS}) AS seq;
  INSERT INTO event_keys (key, class, seq, topic, type, ordinal, topic_ordinal)
    SELECT key, 0, seq, topic, type, row_number() OVER (PARTITION BY key ORDER BY seq),
      CASE WHEN topic IS NOT NULL THEN row_number() OVER (PARTITION BY key, topic ORDER BY seq) END
    FROM (SELECT seq, topic, type, ${KEY} AS key FROM events) AS n;
  ALTER TABLE events ADD PRIMARY KEY (seq);
  CREATE UNIQUE INDEX events_id ON events (id) WHERE id IS NOT NULL;
  ALTER TABLE event_keys ADD CONSTRAINT event_keys_rows PRIMARY KEY (key, class, seq);
  ${USER} VALUES ('user-4', 'user', 'a', 0, 0, 0), ('user-14', 'user', 'a', 0, 0, 0), ('user-19', 'user', 'a', 0, 0, 0), ('user-9', 'user', 'a', 0, 0, 0);
  ${MEMBERSHIP}, CASE WHEN u.id = 'user-9' AND k <> 'u:' THEN ${NOTIFICATIONS - YOUNG} ELSE 0 END, 'user', 0
    FROM users u CROSS JOIN unnest(ARRAY['all', 'u:', 'r:user', 'c:a', 'cr:a/user']) AS k;
  ${USER} SELECT 'other-' || n, 'user', 'b', 0, 0, 0 FROM generate_series(1, ${USERS}) AS n;
  ${MEMBERSHIP}, 0, 'user', 0 FROM users u CROSS JOIN unnest(ARRAY['all', 'u:', 'r:user', 'c:b', 'cr:b/user']) AS k WHERE u.company = 'b';
  INSERT INTO read_through (user_id, topic, seq, at_seq, at) VALUES ('user-4', '', ${NOTIFICATIONS - 100}, ${NOTIFICATIONS}, 0), ('user-14', '', ${NOTIFICATIONS}, ${NOTIFICATIONS}, 0),
    ('user-19', 'first', 5, 5, 0), ('user-19', 'news', ${NOTIFICATIONS / 2}, ${NOTIFICATIONS}, 0), ('user-19', 'rare', ${NOTIFICATIONS}, ${NOTIFICATIONS}, 0);
  INSERT INTO marks (user_id, seq, key, read, deleted_at, at_seq)
    SELECT user_id, seq, ${KEY}, CASE state WHEN 1 THEN 1 WHEN 2 THEN 0 END, CASE WHEN state = 3 THEN 0 END, ${NOTIFICATIONS} FROM (
      SELECT 'user-4' AS user_id, seq, 1 + seq % 3 AS state FROM generate_series(${NOTIFICATIONS - 60}, ${NOTIFICATIONS}) AS seq
      UNION ALL
      SELECT 'user-9', seq, CASE WHEN seq > ${NOTIFICATIONS - MARKS / 2} THEN 3 ELSE 1 END
      FROM generate_series(${NOTIFICATIONS - MARKS + 1}, ${NOTIFICATIONS}) AS seq
      UNION ALL
      SELECT 'user-14', n * 100 + 5, 2 FROM generate_series(1, ${MARKS}) AS n
    ) AS m;
  UPDATE log SET seq = ${NOTIFICATIONS};
  ${FILL_KEY_BLOCKS}
`

const SMALL_COUNTS = new Set(['newest page', 'page of a topic', 'unread of one with a million unread', 'unread of one who has read topics through'])

/** How a statement was done. */
interface Statement { isCount: boolean, scans: Plan[] }

const isScan = ({ 'Node Type': type }: Plan) => type.endsWith('Scan') && type !== 'Subquery Scan'

/** Runs an operation as a session of the store does, and keeps how each statement was done. */
async function explainAll (client: pg.ClientBase, steps: Steps<unknown>): Promise<Statement[]> {
  const statements: Statement[] = []
  for (let step = steps.next(); !step.done;) {
    const { text, plan, rows } = await explain(client, step.value)
    const scans = nodesOf(plan).filter(isScan).filter(node => node['Relation Name'] !== 'log')
    statements.push({ isCount: text.includes('has_marks'), scans })
    step = steps.next(rows)
  }
  return statements
}

const server = await postgres(t)

if (server) {
  growing(t, server)

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
    const upTo = NOTIFICATIONS
    const page = (user: string, filter: Partial<InboxFilter> = {}) => inbox(context, user, { limit: LIMIT, ...filter })
    const search = (user: string, filter: Partial<InboxFilter>) => searchInbox(context, user, { limit: LIMIT, ...filter })
    const operations: Record<string, () => Steps<unknown>> = {
      'newest page': () => page('user-4'),
      'page in the middle': () => page('user-4', { before: NOTIFICATIONS / 2 }),
      'unread page': () => page('user-4', { unread: true, before: NOTIFICATIONS - 10 }),
      'unread page from the beginning of the marks': () => page('user-4', { unread: true }),
      'read page': () => page('user-4', { unread: false }),
      'page of a topic': () => page('user-4', { topic: 'news' }),
      'first step towards a rare topic': () => page('user-4', { topic: 'rare' }),
      'first step towards a rare type': () => page('user-4', { type: 'error' }),
      'topic at the new end': () => page('user-4', { topic: 'last' }),
      'topic at the old end': () => search('user-4', { topic: 'first', before: 6_000 }),
      'type at the old end': () => search('user-4', { type: 'success', before: 6_000 }),
      'topic and type that are nowhere': () => search('user-4', { topic: 'nothing', type: 'nothing', before: 6_000 }),
      'page behind thousands that were deleted': () => search('user-9', {}),
      'unread page behind thousands that were read': () => search('user-9', { unread: true }),
      'read page behind thousands that were deleted': () => search('user-9', { unread: false }),
      'read page of somebody who has read nothing there': () => search('user-9', { unread: false, before: NOTIFICATIONS - YOUNG + 6_000 }),
      'rare topic of somebody with thousands of marks': () => search('user-9', { topic: 'rare' }),
      'unread page of thousands of marks': () => page('user-14', { unread: true }),
      'unread page in the middle of thousands of marks': () => page('user-14', { unread: true, before: NOTIFICATIONS / 4 }),
      'rare unread topic in thousands of marks': () => search('user-14', { unread: true, topic: 'rare', before: RARE }),
      'archived page': () => page('user-9', { view: 'archived' }),
      'deleted page of thousands': () => page('user-9', { view: 'deleted' }),
      'deleted page of a topic': () => search('user-9', { view: 'deleted', topic: 'rare' }),
      'unread of one with a million unread': () => countUnreadOfEach(['other-7'], context.now),
      'unread of one who has read topics through': () => countUnreadOfEach(['user-19'], context.now),
      'read page of one who has read topics through': () => page('user-19', { unread: false }),
      'rare topic and frequent type': () => page('user-4', { topic: 'last', type: 'warning' }),
      'frequent topic and rare type': () => page('user-4', { topic: 'news', type: 'error' }),
      'unread page of a rare type': () => page('user-9', { type: 'error', unread: true }),
      'read page of a rare type': () => page('user-4', { type: 'error', unread: false }),
      'unread of several': () => countUnreadOfEach(['user-4', 'user-9', 'user-14'], context.now),
      'replay of the newest': () => snapshots.replay(context, 'user-4', NOTIFICATIONS - 100, upTo, LIMIT),
      'replay from the beginning': () => snapshots.replay(context, 'user-4', 0, upTo, LIMIT),
      'replay of a topic': () => snapshots.replay(context, 'user-4', 0, upTo, LIMIT, ['nothing']),
      'replay of a rare topic': () => snapshots.replay(context, 'user-4', NOTIFICATIONS / 2, upTo, LIMIT, ['rare', 'last']),
      tail: () => reads.events(context, NOTIFICATIONS / 2, LIMIT)
    }
    // Without statistics as after them, and with a plan made for these values as with one for all.
    for (const statistics of [false, true]) {
      if (statistics) await ask(url, 'ANALYZE')
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`)
        for (const [name, operation] of Object.entries(operations)) {
          const statements = await explainAll(client, operation())
          const about = `${name}, ${mode}${statistics ? ', analysed' : ''}`
          // What a statement put together itself has the rows that it has.
          const allowed = ['Index Scan', 'Index Only Scan', 'CTE Scan', 'Values Scan', 'Function Scan']
          t.same(statements.flatMap(({ scans }) => scans).filter(node => !allowed.includes(node['Node Type'])), [], `${about}: only index scans`)
          const pages = statements.filter(({ isCount }) => !isCount)
          const ofScan = Math.max(0, ...pages.flatMap(({ scans }) => scans.map(rowsOf)))
          const rows = (ofStatements: Statement[]) => Math.max(0, ...ofStatements.map(({ scans }) => scans.reduce((sum, node) => sum + rowsOf(node), 0)))
          const [ofPage, ofCount] = [rows(pages), rows(statements.filter(({ isCount }) => isCount))]
          t.ok(ofScan <= MOST_ROWS_OF_SCAN && ofPage <= MOST_ROWS_OF_STATEMENT, `${about}: ${ofScan} rows of a scan, ${ofPage} of a statement at the most`)
          t.ok(ofCount <= (SMALL_COUNTS.has(name) ? MOST_ROWS_OF_SMALL_COUNT : MOST_ROWS_OF_COUNT), `${about}: ${ofCount} rows of a count`)
        }
      }
    }

    const start = performance.now()
    t.equal((await store.inbox('user-4', { limit: LIMIT })).entries.length, LIMIT)
    t.ok(performance.now() - start < 1_000, 'and it is quick')
    const seqs = async (user: string, filter: Partial<InboxFilter>) => (await store.inbox(user, { limit: LIMIT, ...filter })).entries.map(({ seq }) => seq)
    const rare = Array.from({ length: NOTIFICATIONS / RARE }, (_, index) => NOTIFICATIONS - RARE * (index + 1) + 7)
    t.same(await seqs('user-4', { topic: 'rare' }), rare, 'what is rare is found in the whole log')
    t.same(await seqs('user-4', { type: 'error', unread: false }), rare)
    t.same(await seqs('user-4', { topic: 'first' }), [5, 4, 3, 2, 1])
  })
}
