import pg from 'pg'
import t from 'tap'
import { newEpoch } from '../../../src/store/epoch.ts'
import { openStore } from '../../../src/store/open.ts'
import { storeContract } from '../../contract/store.ts'
import { ask, postgres } from '../../services/postgres.ts'

const server = await postgres(t)

if (server) {
  // Migrated once, and copied: that a new one is migrated other tests see.
  const template = await server.database(t)
  await (await openStore(template)).close()
  storeContract(t, {
    name: 'postgres://',
    histories: 1,
    open: async (t, options) => {
      const url = await server.database(t, template)
      await ask(url, `UPDATE log SET epoch = '${newEpoch()}'`)
      let store = await openStore(url, options)
      t.teardown(() => store.close())
      const reopen = async () => {
        await store.close()
        store = await openStore(url, options)
        return store
      }
      return { store, reopen }
    },
    countStatements: t => {
      const queries = t.capture(pg.Client.prototype, 'query', pg.Client.prototype.query)
      let count = 0
      return () => {
        count += queries().length
        return count
      }
    }
  })
}
