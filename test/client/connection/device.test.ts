import { test } from 'tap'
import { storedDevice } from '../../../src/client/storage.ts'

const globals = globalThis as { localStorage?: unknown }

test('a device has a name that stays, where there is a storage', async t => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  t.teardown(() => { if (before) Object.defineProperty(globalThis, 'localStorage', before); else delete globals.localStorage })
  const put = (property: PropertyDescriptor) => Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...property })
  const kept = new Map<string, string>([['other', '<script>']])
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => { kept.set(key, value) } }
  put({ value: storage })
  const device = storedDevice()
  t.match(device, /^[\da-f-]{36}$/)
  t.same([...kept.keys()], ['other', 'belfry-device'])
  t.equal(storedDevice(), device)
  t.not(storedDevice('another'), device)
  t.match(storedDevice('other'), /^[\da-f-]{36}$/, 'what is no name of a device is replaced')
  const refuse = () => { throw new DOMException('blocked', 'SecurityError') }
  for (const property of [{ get: refuse }, { value: { ...storage, setItem: refuse, getItem: () => null } }, { value: undefined }]) {
    put(property)
    t.equal(storedDevice(), undefined)
  }
})
