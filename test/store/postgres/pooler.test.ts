import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { pgbouncer } from '../../services/pgbouncer.ts'
import { postgres } from '../../services/postgres.ts'

const server = await postgres(t)
const REFUSAL = /^DATABASE_URL: it points to a pooler in transaction mode/

if (server) {
  for (const size of [1, 20]) {
    t.test(`a pooler in transaction mode, with ${size} connections, is refused by name`, async t => {
      const database = await server.database(t)
      const url = await pgbouncer(t, database, 'transaction', size)
      if (!url) return
      await t.rejects(openStore(url), { message: REFUSAL }, 'at the first start, with no tables yet')
      await (await openStore(database)).close()
      await t.rejects(openStore(url), { message: REFUSAL }, 'and at the next')
    })
  }

  t.test('a pooler in session mode is as good as the server', async t => {
    const url = await pgbouncer(t, await server.database(t), 'session')
    if (!url) return
    const store = await openStore(url)
    t.teardown(() => store.close())
    await store.ping()
    await store.createUser({ id: 'u1', username: 'u1', role: 'user', company: null, passwordHash: null })
    t.match(await store.user('u1'), { username: 'u1' })
  })
}
