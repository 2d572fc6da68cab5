import t from 'tap'
import type { LogEvent } from '../../../src/log/event.ts'
import type { Committed, Write } from '../../../src/store/ops/index.ts'
import { compact, expand } from '../../../src/store/sqlite/committed.ts'
import { draft } from '../../contract/store/engine.ts'

const notify = (id: string): Write<'notify'> => ({ name: 'notify', at: 5, args: [draft({ all: true }, { id, topic: 'a', expiresAt: 9, isNew: true })] })
const eventOf = ({ args: [{ keys, topic, at, expiresAt, body }] }: Write<'notify'>, seq: number, id: string): LogEvent => ({ seq, kind: 'notification', id, keys, topic, at, expiresAt, body })

t.test('the serving thread gets the whole result of a commit, in the order of the log', async t => {
  const writes = [notify('first'), notify('again'), notify('renamed'), notify('replacing'), notify('last'), notify('refused')]
  const [first, , renamed, replacing, last] = writes as [Write<'notify'>, unknown, Write<'notify'>, Write<'notify'>, Write<'notify'>]
  const mark: LogEvent = { seq: 3, kind: 'notification.recalled', id: 'old', keys: ['all'], topic: null, at: 5, expiresAt: null, body: '{}' }
  const committed: Committed = {
    outcomes: [
      { ok: true, value: { id: 'first', seq: 1, stored: true } },
      { ok: true, value: { id: 'again', seq: 1, stored: false } },
      { ok: true, value: { id: 'other', seq: 2, stored: true } },
      { ok: true, value: { id: 'replacing', seq: 4, stored: true, replaces: { id: 'old', count: 2 } } },
      { ok: true, value: { id: 'last', seq: 5, stored: true } },
      { ok: false, code: 'BLF_FORBIDDEN', detail: 'no' }
    ],
    events: [eventOf(first, 1, 'first'), eventOf(renamed, 2, 'other'), mark, eventOf(replacing, 4, 'replacing'), eventOf(last, 5, 'last')]
  }
  const answer = compact(committed, writes)
  t.same(answer.events.map(({ seq }) => seq), [2, 3, 4], 'without what the serving thread has')
  t.same(expand(JSON.parse(JSON.stringify(answer)), writes), committed)
})
