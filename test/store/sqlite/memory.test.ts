import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { storeContract } from '../../contract/store.ts'
import { countStatements } from './statements.ts'

storeContract(t, {
  name: 'sqlite::memory:',
  histories: 4,
  open: async (t, options) => {
    const store = await openStore('sqlite::memory:', options)
    t.teardown(() => store.close())
    return { store }
  },
  countStatements
})
