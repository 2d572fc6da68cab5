import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { storeContract } from '../../contract/store.ts'
import { countStatements } from './statements.ts'

// Operations and statements are the file's, which is asked everything. In memory one connection writes and reads in turn, and the statements of a write can be counted.
storeContract(t, {
  name: 'sqlite::memory:',
  histories: 4,
  open: async (t, options) => {
    const store = await openStore('sqlite::memory:', options)
    t.teardown(() => store.close())
    return { store }
  },
  countStatements
}, ['order', 'retries', 'inbox', 'longInbox', 'counts', 'channels', 'retention', 'plans', 'reports', 'demands', 'readers', 'statements', 'histories'])
