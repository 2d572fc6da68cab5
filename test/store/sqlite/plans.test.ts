import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import type { Audience } from '../../../src/log/audience.ts'
import { openSqlite } from '../../../src/store/sqlite/store.ts'
import { countUnreadOfEach } from '../../../src/store/ops/inbox/counts.ts'
import { findItem, findMarked } from '../../../src/store/ops/inbox/find.ts'
import { inbox, searchInbox } from '../../../src/store/ops/inbox/inbox.ts'
import { newestUnread } from '../../../src/store/ops/inbox/search.ts'
import { newBatch } from '../../../src/store/ops/batch.ts'
import { reads, snapshots, writes } from '../../../src/store/ops/index.ts'
import { windowsOf } from '../../../src/store/ops/identity/member.ts'
import { searchSent, sent } from '../../../src/store/ops/sent/sent.ts'
import type { Row, Steps } from '../../../src/store/query.ts'
import type { InboxFilter } from '../../../src/store/store.ts'
import { draft, upTo } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

interface Opcode { opcode: string, p1: number, p2: number, p4: string | null }

/** The tables and indexes that a statement opens, and of them those that it goes through from one end: by its program, which knows no aliases. */
function programOf (database: DatabaseSync, sql: string): { opened: string[], scanned: string[] } {
  const names = new Map(database.prepare('SELECT rootpage, name FROM sqlite_schema').all().map(({ rootpage, name }) => [rootpage, name as string]))
  const cursors = new Map<number, string>()
  const scanned = new Set<string>()
  const program = database.prepare(`EXPLAIN ${sql}`).all() as unknown as Opcode[]
  for (const { opcode, p1, p2 } of program) if (opcode === 'OpenRead') cursors.set(p1, names.get(p2)!)
  for (const { opcode, p1 } of program) if ((opcode === 'Rewind' || opcode === 'Last' || opcode === 'Count') && cursors.has(p1)) scanned.add(cursors.get(p1)!)
  return { opened: [...new Set(cursors.values())], scanned: [...scanned] }
}

/** What may be gone through: one row, and an index that is in the order asked for and read up to a LIMIT. */
const SHORT = new Set(['log', 'plans_due'])

/** A small store with something of every kind: SQLite keeps no statistics, so a plan is the same however much there is. */
async function filled (t: Test): Promise<DatabaseSync> {
  const path = join(folder(t), 'belfry.db')
  const store = await openSqlite(path)
  for (const id of ['alice', 'bob']) await store.applyClaims({ id, role: 'user', company: 'a', iat: 1 })
  await store.putGroup({ company: null, group: 'x' }, { name: 'x', isOpen: true })
  const limits = { perGroup: 10, perUser: 10 }
  await store.changeMembers({ company: null, group: 'x' }, { add: ['alice', 'bob'], remove: [] }, limits)
  await store.changeMembers({ company: null, group: 'x' }, { add: [], remove: ['bob'] }, limits)
  const audiences: Audience[] = [{ all: true }, { companies: ['a'] }, { users: ['alice'] }, { groups: ['x'] }]
  for (const audience of audiences) {
    for (const number of upTo(4)) await store.notify(draft(audience, { topic: number % 2 ? 'news' : 'rare', type: number % 2 ? 'info' : 'error' }))
  }
  await store.notify(draft({ all: true }, { id: 'n', expiresAt: Date.now() + 900_000, lateJoiners: true }))
  // Some is read up to a place, some beyond it by topic.
  await store.readAll('alice', 8, null)
  await store.readAll('alice', null, 'rare')
  await store.mark('alice', 'unread', ['n'])
  await store.close()
  const database = new DatabaseSync(path)
  t.teardown(() => database.close())
  return database
}

t.test('inboxes, counts and replays go through no table: each filter has its index', async t => {
  const database = await filled(t)
  const context = { now: Date.now() }
  const page = (filter: Partial<InboxFilter> = {}) => inbox(context, 'alice', { limit: 50, ...filter })
  const counting = ['event_keys_ending', 'key_blocks', 'marks_key', 'marks_unread', 'marks_archived', 'marks_deleted', 'event_keys_shared', 'memberships']
  const listing = ['event_keys', 'event_keys_shared', 'memberships']
  const operations: Record<string, { run: () => Steps<unknown>, uses: string[] }> = {
    page: { run: () => page(), uses: listing },
    topic: { run: () => page({ topic: 'news' }), uses: ['key_blocks'] },
    type: { run: () => page({ type: 'error' }), uses: ['key_blocks'] },
    'topic and type': { run: () => page({ topic: 'news', type: 'error' }), uses: ['key_blocks'] },
    unread: { run: () => page({ unread: true }), uses: ['marks_unread', ...listing] },
    'unread topic': { run: () => page({ unread: true, topic: 'news' }), uses: ['key_blocks', 'marks_unread'] },
    'unread type': { run: () => page({ unread: true, type: 'error' }), uses: ['key_blocks', 'marks_unread'] },
    'unread topic and type': { run: () => page({ unread: true, topic: 'news', type: 'error' }), uses: ['key_blocks', 'marks_unread'] },
    read: { run: () => page({ unread: false }), uses: ['marks_key', 'key_blocks', ...listing] },
    'read topic': { run: () => page({ unread: false, topic: 'news' }), uses: ['marks_key', 'key_blocks'] },
    'read type': { run: () => page({ unread: false, type: 'error' }), uses: ['marks_key', 'key_blocks'] },
    'read topic and type': { run: () => page({ unread: false, topic: 'news', type: 'error' }), uses: ['marks_key', 'key_blocks'] },
    archived: { run: () => page({ view: 'archived' }), uses: ['marks_archived'] },
    deleted: { run: () => page({ view: 'deleted', topic: 'news' }), uses: ['marks_deleted'] },
    'a search': { run: () => searchInbox(context, 'alice', { limit: 50, unread: true, type: 'nothing' }), uses: ['key_blocks'] },
    'the newest unread': { run: () => newestUnread('alice', 100, null, context.now), uses: listing },
    count: { run: () => countUnreadOfEach(['alice', 'bob'], context.now), uses: counting },
    'by id': { run: () => findMarked('alice', ['n'], context.now), uses: ['events_id', 'memberships'] },
    'one item': { run: () => findItem('alice', 'n', context.now), uses: ['events_id', 'memberships'] },
    windows: { run: () => windowsOf('alice'), uses: ['memberships'] },
    replay: { run: () => snapshots.replay(context, 'alice', 0, 100, 50), uses: [...listing] },
    'replay of topics': { run: () => snapshots.replay(context, 'alice', 0, 100, 50, ['news']), uses: listing },
    'replay for who left a group': { run: () => snapshots.replay(context, 'bob', 0, 100, 50), uses: ['memberships'] },
    tail: { run: () => reads.events(context, 0, 50), uses: ['events'] },
    'groups of a user': { run: () => reads.groupsOf(context, 'alice'), uses: ['memberships'] },
    members: { run: () => reads.members(context, { company: null, group: 'x' }, { limit: 50 }), uses: ['memberships_members'] },
    'sent by somebody': { run: () => sent(context, { limit: 50, reach: { owner: 'user:root', company: null } }), uses: ['sent_blocks', 'events'] },
    'sent of a type': { run: () => searchSent(context, { limit: 50, reach: null, type: 'error' }), uses: ['sent_blocks', 'events'] },
    plans: { run: () => reads.plans(context, { limit: 50, sender: 'user:root', scope: 'a' }), uses: ['plans_sender', 'plans_scope'] },
    'plans that are due': { run: () => writes.publishDue({ batch: newBatch('epoch', 100), at: context.now }, 10) as Steps<unknown>, uses: ['plans_due'] },
    'the next plan': { run: () => reads.nextPlan(context), uses: ['plans_due'] }
  }
  for (const [name, { run, uses }] of Object.entries(operations)) {
    const opened = new Set<string>()
    const steps = run()
    for (let step = steps.next(); !step.done;) {
      const { sql, params } = step.value
      const program = programOf(database, sql)
      t.same(program.scanned.filter(table => !SHORT.has(table)), [], `${name}: nothing is gone through`)
      for (const table of program.opened) opened.add(table)
      step = steps.next(database.prepare(sql).all(...params) as Row[])
    }
    t.same(uses.filter(index => !opened.has(index)), [], `${name}: by its indexes`)
  }
})

t.test('a statement that does go through a table is seen', async t => {
  const database = await filled(t)
  for (const sql of ["SELECT * FROM events WHERE topic = 'news'", 'SELECT count(*) FROM marks', 'SELECT seq FROM event_keys WHERE seq = 3', 'SELECT seq FROM events ORDER BY seq DESC']) {
    t.not(programOf(database, sql).scanned.length, 0, sql)
  }
  t.same(programOf(database, "SELECT seq FROM events WHERE id = 'n'"), { opened: ['events_id'], scanned: [] })
})
