import t from 'tap'
import { Gather } from '../../src/store/gather.ts'

const PACE_MS = 5

/** A gather whose clock the test moves; an answer is ten times the question. */
function gathering (max = 3) {
  const asked: number[][] = []
  let time = 0
  const gather = new Gather<number, number>({
    max,
    paceMs: PACE_MS,
    now: () => time,
    ask: async questions => {
      asked.push(questions)
      if (questions.includes(0)) throw new Error('no zero')
      return questions.map(question => question * 10)
    }
  })
  return { gather, asked, pass: (ms: number) => { time += ms } }
}

t.test('a question alone is asked at once', async t => {
  const { gather, asked, pass } = gathering()
  const answer = gather.get(1)
  t.same(asked, [[1]])
  t.equal(await answer, 10)
  pass(PACE_MS)
  const next = gather.get(2)
  t.same(asked, [[1], [2]], 'and so is the next, when the moment is over')
  t.equal(await next, 20)
})

t.test('what follows closely is asked together', async t => {
  const { gather, asked } = gathering()
  const answers = [1, 2, 3].map(question => gather.get(question))
  t.same(asked, [[1]])
  t.same(await Promise.all(answers), [10, 20, 30], 'each gets its own answer')
  t.same(asked, [[1], [2, 3]])
})

t.test('what waits while the clock goes on is not overtaken', async t => {
  const { gather, asked, pass } = gathering()
  const early = [gather.get(1), gather.get(2)]
  pass(PACE_MS)
  await Promise.all([...early, gather.get(3)])
  t.same(asked, [[1], [2, 3]])
})

t.test('no more are asked together than may be', async t => {
  const { gather, asked } = gathering(2)
  await Promise.all([1, 2, 3, 4, 5].map(question => gather.get(question)))
  t.same(asked, [[1], [2, 3], [4, 5]])
})

t.test('a failure is told to those who were asked with it, and to nobody else', async t => {
  const { gather } = gathering()
  const outcomes = await Promise.allSettled([1, 0, 2].map(question => gather.get(question)))
  t.same(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected'])
  t.equal(await gather.get(3), 30)
})

t.test('what waits can be asked at once', async t => {
  const { gather, asked } = gathering()
  const answers = [gather.get(1), gather.get(2)]
  gather.flush()
  t.same(asked, [[1], [2]])
  gather.flush()
  await Promise.all(answers)
  t.same(asked, [[1], [2]], 'and is not asked again')
})
