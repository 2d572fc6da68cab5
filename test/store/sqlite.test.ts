import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/open.ts'
import { storeContract } from '../contract/store.ts'

storeContract(t, {
  name: 'sqlite::memory:',
  histories: 60,
  open: async (t, options) => {
    const store = await openStore('sqlite::memory:', options)
    t.teardown(() => store.close())
    return { store }
  }
})

storeContract(t, {
  name: 'sqlite:<path>',
  histories: 10,
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

function folder (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'belfry-'))
  t.teardown(() => { rmSync(path, { recursive: true }) })
  return path
}
