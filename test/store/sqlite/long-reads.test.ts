import { join } from 'node:path'
import t from 'tap'
import { openSqlite } from '../../../src/store/sqlite/store.ts'
import { draft, upTo } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'
import { until } from '../../within.ts'

t.test('a search that passes over a long inbox pauses, and sees one moment of it all the same', async t => {
  const store = await openSqlite(join(folder(t), 'belfry.db'))
  t.teardown(() => store.close())
  await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
  await Promise.all(upTo(3_000).map(number => store.notify(draft({ all: true }, { id: `n-${number}`, topic: 'noise' }))))
  // What was marked by itself is passed over row by row.
  for (let number = 0; number < 3_000; number += 100) await store.mark('alice', 'read', upTo(100).map(more => `n-${number + more}`))
  const head = await store.head()

  let turns = 0
  let isSearching = true
  const count = () => {
    turns += 1
    if (isSearching) setImmediate(count)
  }
  setImmediate(count)
  const searching = store.inbox('alice', { limit: 50, unread: true }).finally(() => { isSearching = false })
  // Its moment is that of its first statement, so what is sent now is newer.
  await until('some turns of the search', () => turns >= 4)
  t.ok(isSearching)
  const sent = store.notify(draft({ all: true }, { topic: 'rare' }))
  const view = await searching
  t.same([view.entries.length, view.unread, view.seq - head], [0, 0, 0], 'page, count and place are of one moment')
  t.ok(turns >= 2 * 3_000 / 256, `${turns} turns`)
  t.ok((await sent).seq > head)
  t.equal((await store.inbox('alice', { limit: 50, topic: 'rare' })).entries.length, 1)
})
