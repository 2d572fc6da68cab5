import { join } from 'node:path'
import { test } from 'tap'
import { newPushKey } from '../../../src/settings/push.ts'
import { folder } from '../../folder.ts'
import { people } from '../../helper.ts'
import { until } from '../../within.ts'
import { pushing } from './pushing.ts'

test('a subscription for another key of the server gets nothing, and is removed when it would get something', async t => {
  const env = { DATABASE_URL: `sqlite:${join(folder(t), 'belfry.db')}`, PUSH_AFTER: '0' }
  const before = await pushing(t, { ...env, VAPID_PRIVATE_KEY: newPushKey() })
  await before.subscribe(people.bob)
  await before.app.close()
  const { app, send, forward } = await pushing(t, { ...env, VAPID_PRIVATE_KEY: newPushKey() })
  t.equal((await app.store.pushSubscriptions('bob')).length, 1, 'until then it is kept')
  await send({ audience: { users: ['bob'] } })
  forward(1_000)
  await until('it to be removed', async () => (await app.store.pushSubscriptions('bob')).length === 0)
  t.equal(before.service.calls, 0)
})
