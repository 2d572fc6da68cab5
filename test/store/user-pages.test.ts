import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { reads } from '../../src/store/ops/identity/users.ts'
import type { Row } from '../../src/store/query.ts'
import { openSqlite } from '../../src/store/sqlite/store.ts'
import type { UserFilter } from '../../src/store/store.ts'
import { folder } from '../folder.ts'

const COUNT = 20_000
const users = Array.from({ length: COUNT }, (_, index) => ({ id: `u${String(index * 7919 % COUNT).padStart(6, '0')}`, username: `Name ${index}`, company: index % 5 === 0 ? 'small' : 'big', role: index % 4 === 0 ? 'admin' : 'user' }))
  .sort((a, b) => a.id < b.id ? -1 : 1)
const FILL = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${COUNT - 1})
  INSERT INTO users (id, username, role, company, created_at, direct_seq, claims_iat)
  SELECT printf('u%06d', i * 7919 % ${COUNT}), printf('Name %d', i), CASE WHEN i % 4 = 0 THEN 'admin' ELSE 'user' END, CASE WHEN i % 5 = 0 THEN 'small' ELSE 'big' END, 0, 0, 0 FROM n`

/** The ids of a page, by going through everybody. */
function expected ({ after = '', limit, company, role, q = '' }: UserFilter): string[] {
  return users.filter(user => user.id > after && (company === undefined || user.company === company) && (role === undefined || user.role === role) && (user.id.startsWith(q) || user.username.startsWith(q))).slice(0, limit).map(({ id }) => id)
}

t.test('a page of users, however many there are: found by ids and names, and never by going through everybody', async t => {
  const path = join(folder(t), 'belfry.db')
  await (await openSqlite(path)).close()
  const database = new DatabaseSync(path)
  database.exec(FILL)
  t.teardown(() => database.close())
  const store = await openSqlite(path)
  t.teardown(() => store.close())
  const narrow = [{ q: 'u0050' }, { q: 'u00500', after: 'u005003' }, { q: 'Name 19999' }, { q: 'Name 77', after: 'u010000' }, { q: 'Name 7', company: 'small' }, { q: 'nobody' }, { q: 'u9' }]
  const broad = [{}, { after: 'u019990' }, { q: 'Name' }, { q: 'Name 1', after: 'u010000' }, { q: 'u', after: 'u010000' }, { q: 'u', company: 'small' }, { company: 'big', after: 'u015000' }]
  const fixed = [{ company: 'small' }, { company: 'big', after: 'u015000' }, { role: 'admin', after: 'u010000' }, { company: 'small', role: 'admin', after: 'u003' }, { company: 'nobody' }, { q: 'u01', company: 'small', role: 'user', after: 'u011' }]
  for (const filter of [...narrow, ...broad, ...fixed]) t.same((await store.users({ ...filter, limit: 50 })).map(({ id }) => id), expected({ ...filter, limit: 50 }), JSON.stringify(filter))
  for (const filter of [...narrow, ...fixed]) {
    const steps = reads.users({ now: 0 }, { ...filter, limit: 50 })
    for (let step = steps.next(); !step.done;) {
      const { sql, params } = step.value
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params).map(({ detail }) => String(detail))
      // A page by what it is filtered by is in the order of its index.
      if (!('q' in filter)) t.notOk(plan.join().includes('TEMP B-TREE'), `${JSON.stringify(filter)}: ${plan.join(', ')}`)
      t.same(plan.filter(detail => /SCAN users|\(id>\?\)/.test(detail)), [], `${JSON.stringify(filter)}: ${plan.join(', ')}`)
      step = steps.next(database.prepare(sql).all(...params) as Row[])
    }
  }
})
