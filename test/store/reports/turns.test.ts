import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { draft, upTo } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

const RECIPIENTS = 20_000
const STEP = 500
const limits = { perGroup: 1e6, perUser: 200 }

t.test('a report on very many is read in short steps, between which others are served, and no other long read nor small report waits for it', async t => {
  const store = await openStore(`sqlite:${join(folder(t), 'belfry.db')}`)
  t.teardown(() => store.close())
  await store.putGroup({ company: null, group: 'many' }, { name: 'many', isOpen: false })
  const ids = upTo(RECIPIENTS).map(number => `m${String(number).padStart(6, '0')}`)
  await Promise.all(upTo(RECIPIENTS / 1_000).map(part => store.changeMembers({ company: null, group: 'many' }, { add: ids.slice((part - 1) * 1_000, part * 1_000), remove: [] }, limits)))
  const { seq } = await store.notify(draft({ groups: ['many'] }, { id: 'n' }))
  await store.recordDeliveries(ids.slice(0, 1_000).map(userId => ({ userId, device: 'phone', low: seq - 1, high: seq })))
  await store.notify(draft({ users: ['m000001', 'm000002'] }, { id: 'small' }))
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  const done: string[] = []
  const report = store.report('n').then(report => {
    isOver = true
    done.push('report')
    return report
  })
  setImmediate(count)
  const small = store.report('small').then(report => {
    done.push('small report')
    return report
  })
  const page = store.recipients('n', { state: 'delivered', limit: 1 }).then(() => done.push('page'))
  t.match(await report, { recipients: RECIPIENTS, delivered: 1_000 })
  await page
  t.match(await small, { recipients: 2 })
  t.ok(turns >= RECIPIENTS / STEP, `${turns} turns of the event loop`)
  t.equal(done.at(-1), 'report')
  t.same(done.sort(), ['page', 'report', 'small report'])
})
