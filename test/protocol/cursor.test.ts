import t from 'tap'
import { formatCursor, parseCursor } from '../../src/protocol/cursor.ts'
import { random } from '../random.ts'

const EPOCH = 'k3v9x0qa'

t.test('a cursor names the position it was made of', async t => {
  const { integer } = random(1)
  const edges = [0, 1, 35, 36, 2 ** 32, Number.MAX_SAFE_INTEGER]
  const others = Array.from({ length: 500 }, () => integer(2 ** 32) * 2 ** integer(21))
  for (const seq of [...edges, ...others]) {
    t.same(parseCursor(formatCursor(EPOCH, seq)), { epoch: EPOCH, seq }, `seq ${seq}`)
  }
})

t.test('a position has one cursor', async t => {
  t.equal(formatCursor(EPOCH, 100), 'k3v9x0qa.2s')
  for (const other of ['k3v9x0qa.02s', 'k3v9x0qa.2S', 'K3V9X0QA.2s', ' k3v9x0qa.2s', 'k3v9x0qa.2s\n']) {
    t.equal(parseCursor(other), null, JSON.stringify(other))
  }
})

t.test('what is no cursor is null', async t => {
  const garbage = [
    '', '.', 'k3v9x0qa', 'k3v9x0qa.', '.2s', 'k3v9x0q.2s', 'k3v9x0qab.2s', 'k3v9x0qa.2s.2s', 'k3v9x0qa.-1',
    'k3v9x0qa.1,5', 'k3v9x0qa.2s ', 'k3v9x0qa.zzzzzzzzzzz', `k3v9x0qa.${'1'.repeat(64)}`, '__proto__', 'k3v9x0qa.🙂', 'k3v9x0qá.2s'
  ]
  for (const text of garbage) t.equal(parseCursor(text), null, JSON.stringify(text))
})

t.test('a number past what is safe is no cursor', async t => {
  const first = (2n ** 53n).toString(36)
  t.equal(parseCursor(`${EPOCH}.${first}`), null)
  t.same(parseCursor(`${EPOCH}.${(2n ** 53n - 1n).toString(36)}`), { epoch: EPOCH, seq: Number.MAX_SAFE_INTEGER })
})
