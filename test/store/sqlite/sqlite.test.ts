import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { storeContract } from '../../contract/store.ts'
import { folder } from '../../folder.ts'

storeContract(t, {
  name: 'sqlite:<path>',
  histories: 4,
  open: async (t, options) => {
    const url = `sqlite:${join(folder(t), 'belfry.db')}`
    let store = await openStore(url, options)
    t.teardown(() => store.close())
    const reopen = async () => {
      await store.close()
      store = await openStore(url, options)
      return store
    }
    return { store, reopen }
  }
})

t.test('what names no store is refused', async t => {
  await t.rejects(openStore('mysql://localhost'), { message: /DATABASE_URL/ })
})
