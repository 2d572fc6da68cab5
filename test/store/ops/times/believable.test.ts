import t from 'tap'
import { believable } from '../../../../src/store/ops/times/believable.ts'

const believed = (ats: number[], now = 100) => believable(ats.map(at => ({ at })), now).map(({ at }) => at)

t.test('times that go on are all believed, equal ones too', async t => {
  t.same(believed([]), [])
  t.same(believed([1, 2, 2, 3]), [1, 2, 2, 3])
})

t.test('what stands out of order is not', async t => {
  t.same(believed([80, 95, 81, 82]), [80, 81, 82], 'ahead')
  t.same(believed([80, 3, 81, 82]), [80, 81, 82], 'behind')
  t.same(believed([95, 96, 80, 81, 82]), [80, 81, 82], 'at the start')
  t.same(believed([80, 95, 81, 3, 82, 97, 83]), [80, 81, 82, 83], 'here and there')
})

t.test('nor is what has not come yet, however much of it', async t => {
  t.same(believed([101, 102, 103, 80]), [80])
})
