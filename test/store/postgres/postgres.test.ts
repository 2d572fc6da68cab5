import pg from 'pg'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { storeContract } from '../../contract/store.ts'
import { postgres } from '../../services/postgres.ts'
import { Databases } from './databases.ts'

const server = await postgres(t)

if (server) {
  const databases = new Databases(t, server)
  storeContract(t, {
    name: 'postgres://',
    histories: 1,
    open: async (t, options) => {
      const url = await databases.take()
      let store = await openStore(url, options)
      t.teardown(async () => {
        await store.close()
        databases.giveBack(url)
      })
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
