import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { newBatch } from '../../../src/store/ops/batch.ts'
import { writes } from '../../../src/store/ops/groups/members.ts'
import type { Row } from '../../../src/store/query.ts'
import { folder } from '../../folder.ts'

const order = { company: 'a', group: 'order' }
const LIMITS = { perGroup: 1_000_000, perUser: 200 }

t.test('members are added and removed one by one, however large their group is', async t => {
  const path = join(folder(t), 'belfry.db')
  const store = await openStore(`sqlite:${path}`)
  await store.putGroup(order, { name: 'Order', isOpen: false })
  await store.changeMembers(order, { add: ['a', 'b'], remove: [] }, LIMITS)
  await store.close()
  const db = new DatabaseSync(path)
  t.teardown(() => db.close())
  for (const statistics of [false, true]) {
    if (statistics) db.exec('ANALYZE')
    const plans: string[] = []
    const steps = writes.changeMembers({ batch: newBatch('epoch000', statistics ? 200 : 100), at: 1 }, order, { add: ['b', `c ${statistics}`, `d ${statistics}`], remove: ['a', 'nobody'] }, LIMITS)
    for (let step = steps.next(); !step.done;) {
      const { sql, params } = step.value
      plans.push(...db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params).map(({ detail }) => String(detail)))
      step = steps.next(db.prepare(sql).all(...params) as Row[])
    }
    const ofMembers = plans.filter(detail => /^(SCAN|SEARCH) (w|u|memberships)\b/.test(detail))
    t.ok(ofMembers.length > 1)
    t.same(ofMembers.filter(detail => !/^SEARCH .*\((user_id=\?|id=\?|key=\? AND user_id=\?)/.test(detail)), [], 'none looks through a group')
  }
})
