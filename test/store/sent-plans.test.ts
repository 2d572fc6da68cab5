import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { openStore } from '../../src/store/open.ts'
import { searchSent } from '../../src/store/ops/sent/sent.ts'
import type { Query, Row, Steps } from '../../src/store/query.ts'
import type { SentFilter } from '../../src/store/sent.ts'
import { folder } from '../folder.ts'
import { ask, postgres } from '../services/postgres.ts'
import { explain, nodesOf, rowsOf, type Plan } from './postgres/explain.ts'

const EVENTS = 120_000
/** One event in so many is a notification; the others are marks. */
const EVERY = 3
/** One notification in so many has the topic `rare`. */
const RARE = 10_000
/** Events of one source that one step looks at, eight blocks of 64, and the most sources there are. */
const STEP = 8 * 64
const SOURCES = 2
const MOST_STATEMENTS = 50

const NUMBERS = `WITH RECURSIVE numbers (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ${EVENTS})`
const COLUMNS = 'seq, kind, id, keys, topic, at, body, type, sender, scope'
const notification = `seq, 'notification', 'n-' || seq, '["all"]', CASE WHEN seq % ${RARE * EVERY} = 0 THEN 'rare' ELSE 'news' END, seq * 1000, '{"title":"Title"}',
  CASE WHEN seq % 100 = 0 THEN 'error' ELSE 'info' END, CASE WHEN seq % 2 = 0 THEN 'user:root' ELSE 'user:alice' END, CASE WHEN seq % 5 = 0 THEN 'a' END`
const FILL = [
  `INSERT INTO events (${COLUMNS}) ${NUMBERS} SELECT ${notification} FROM numbers WHERE seq % ${EVERY} = 0`,
  `INSERT INTO events (${COLUMNS}) ${NUMBERS} SELECT seq, 'notification.read', NULL, '["u:bob"]', NULL, seq * 1000, '{}', NULL, NULL, NULL FROM numbers WHERE seq % ${EVERY} <> 0`,
  ...["'all'", "'type:' || type", "'sender:' || sender", "'scope:' || scope"].map(source => (
    `INSERT INTO sent_blocks (source, block) SELECT DISTINCT ${source}, seq / 64 FROM events WHERE kind = 'notification' AND ${source} IS NOT NULL`
  )),
  `UPDATE log SET seq = ${EVENTS}, times_seq = ${EVENTS}, times_max = ${EVENTS * 1_000}, times_max_seq = ${EVENTS}`
]

/** A range of a source's blocks, the events of a block, or one event. */
const BOUNDED = /^SEARCH (b USING PRIMARY KEY \(source=\? AND block[<>]|(n|events) USING INTEGER PRIMARY KEY \((rowid>\? AND rowid<\?|rowid=\?)\))/

const filters: Record<string, Partial<SentFilter>> = {
  everything: {},
  'everything from the middle': { before: EVENTS / 2 },
  'of a type': { type: 'error' },
  'of a sender': { sender: 'user:alice' },
  'of a topic': { topic: 'news' },
  'of a rare topic': { topic: 'rare' },
  'of a rare topic and a sender': { topic: 'rare', sender: 'user:root' },
  'of a topic that is nowhere': { topic: 'nothing' },
  'with a title': { q: 'title' },
  'with a title that is nowhere': { q: 'nothing' },
  'of a time': { from: EVENTS * 400, to: EVENTS * 401 },
  'one\'s own': { reach: { owner: 'user:alice', company: null } },
  'one\'s own and the company\'s': { reach: { owner: 'user:alice', company: 'a' } },
  'the company\'s, of somebody': { reach: { owner: 'user:bob', company: 'a' }, sender: 'user:root' },
  'of nobody': { reach: { owner: 'user:bob', company: 'nowhere' } }
}
const stepsOf = (filter: Partial<SentFilter>) => searchSent({ now: 0 }, { limit: 50, reach: null, ...filter })

/** Runs an operation and calls `look` with each of its statements. */
async function follow (steps: Steps<unknown>, look: (query: Query) => Row[] | Promise<Row[]>): Promise<void> {
  // Later ones are like the first.
  for (let [step, count] = [steps.next(), 0]; !step.done && count < MOST_STATEMENTS; count++) step = steps.next(await look(step.value))
}

const server = await postgres(t)

t.test('SQLite: lists of what was sent are searches of an index', async t => {
  const path = join(folder(t), 'belfry.db')
  await (await openStore(`sqlite:${path}`)).close()
  const db = new DatabaseSync(path)
  t.teardown(() => db.close())
  for (const sql of FILL) db.exec(sql)
  for (const statistics of [false, true]) {
    if (statistics) db.exec('ANALYZE')
    for (const [name, filter] of Object.entries(filters)) {
      const plans: string[] = []
      await follow(stepsOf(filter), ({ sql, params }) => {
        plans.push(...db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params).map(({ detail }) => String(detail)))
        return db.prepare(sql).all(...params) as Row[]
      })
      const ofEvents = plans.filter(detail => /\b(b|n|events)\b/.test(detail) && /^(SCAN|SEARCH)/.test(detail))
      t.ok(ofEvents.length > 0, name)
      t.same(ofEvents.filter(detail => !BOUNDED.test(detail)), [], `${name}: nothing else`)
      t.same(plans.filter(detail => /TEMP B-TREE FOR ORDER BY/.test(detail) && /n\b/.test(detail)), [], `${name}: and nothing is sorted`)
    }
  }
})

const rowsIn = (nodes: Plan[]) => nodes.reduce((sum, node) => sum + rowsOf(node), 0)

if (server) {
  t.test('PostgreSQL: each step reads a bounded part of an index', async t => {
    const url = await server.database(t)
    await (await openStore(url)).close()
    for (const sql of FILL) await ask(url, sql)
    const client = new pg.Client(url)
    await client.connect()
    t.teardown(() => client.end())
    for (const statistics of [false, true]) {
      if (statistics) await ask(url, 'ANALYZE')
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`)
        for (const [name, filter] of Object.entries(filters)) {
          let [most, sequential] = [0, 0]
          await follow(stepsOf(filter), async query => {
            const { plan, rows } = await explain(client, query)
            // Before there are statistics, PostgreSQL may sort all blocks of a source, a row for 64 events at the most.
            const tables = statistics ? ['events', 'sent_blocks'] : ['events']
            const scans = nodesOf(plan).filter(node => tables.includes(node['Relation Name'] ?? ''))
            sequential += scans.filter(node => node['Node Type'] === 'Seq Scan').length
            // The rows of a bitmap are counted where they are found and where they are read.
            const ofTable = scans.filter(node => node['Node Type'] !== 'Bitmap Index Scan')
            const ofBitmaps = scans.filter(node => node['Node Type'] === 'Bitmap Index Scan')
            most = Math.max(most, rowsIn(ofTable), rowsIn(ofBitmaps))
            return rows
          })
          t.equal(sequential, 0, `${name}, ${mode}: no scan of the table`)
          t.ok(most <= SOURCES * STEP, `${name}, ${mode}: ${most} rows of a statement at the most`)
        }
      }
    }
  })
}
