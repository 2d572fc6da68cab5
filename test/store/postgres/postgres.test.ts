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
      const { query } = pg.Client.prototype
      let count = 0
      // Without `t.capture`, which takes the stack of every call.
      pg.Client.prototype.query = function (...args: unknown[]) {
        count++
        return Reflect.apply(query, this, args)
      }
      t.teardown(() => { pg.Client.prototype.query = query })
      return () => count
    }
  })
}
