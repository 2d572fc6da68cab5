import { test } from 'tap'
import { closeCodes, reasonOf } from '../../src/protocol/close-codes.ts'

test('a client comes back after what passes, with a new token after 4401, and not after what it did wrong', async t => {
  const by = (reconnect: string) => Object.entries(closeCodes).filter(([, entry]) => entry.reconnect === reconnect).map(([code]) => Number(code))
  // A proxy that reloads sends 1001 to sockets whose server is well.
  t.same(by('yes'), [1001, 1005, 1006, 1011, 1012, 1013, 4429])
  t.same(by('token'), [4401])
  t.same(by('no'), [1002, 1003, 1007, 1008, 1009, 4400, 4403, 4408])
})

test('what is never sent has no reason to send', async t => {
  t.equal(reasonOf(1013), 'overload')
  for (const code of [1005, 1006, 3000, undefined]) t.equal(reasonOf(code), undefined, String(code))
})
