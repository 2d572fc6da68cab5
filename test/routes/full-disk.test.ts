import { join } from 'node:path'
import { test } from 'tap'
import { build, call, hello, isProblem, mint, people, type App } from '../helper.ts'
import { smallDisk } from '../services/small-disk.ts'

const { root, bob, erin } = people

/** Sends until there is no room for more. */
async function fill (app: App): Promise<number> {
  for (let sent = 0; ; sent++) {
    const answer = await call(app, root, 'POST', '/api/notifications/send', { ...hello, message: 'x'.repeat(4_000) })
    if (answer.status !== 200) return answer.status
  }
}

test('on a full disk reading goes on, readyz says so, and room ends it', async t => {
  const disk = smallDisk(t, 2_048)
  if (!disk) return
  const app = await build(t, { DATABASE_URL: `sqlite:${join(disk.path, 'belfry.db')}` })
  await call(app, bob, 'GET', '/api/auth/me')
  const { body: { key } } = await call(app, root, 'POST', '/api/keys', { name: 'reader', scopes: ['inbox:read'] })
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'first' })
  t.same((await call(app, null, 'GET', '/readyz')).body, { status: 'ok', degraded: [] })

  disk.fill()
  t.equal(await fill(app), 507)
  isProblem(t, await call(app, root, 'POST', '/api/notifications/send', { ...hello, message: 'x'.repeat(4_000) }), 'BLF_STORE_FULL')
  const ready = await call(app, null, 'GET', '/readyz')
  t.same([ready.status, ready.body], [200, { status: 'degraded', degraded: ['store_full'] }])
  t.match((await call(app, bob, 'GET', '/api/notifications/me')).body.items.at(-1), { id: 'first' })
  const withKey = await call(app, null, 'GET', '/api/notifications/bob', undefined, { authorization: `Bearer ${key}` })
  t.equal(withKey.status, 200, 'with a key whose use cannot be noted')
  t.match((await call(app, erin, 'GET', '/api/auth/me')).body, { id: 'erin', role: 'user' }, 'and by somebody who cannot be stored')
  t.same((await call(app, erin, 'GET', '/api/notifications/me')).body.items, [])
  // Later than the token before: one of the same second says nothing new.
  const later = mint({ sub: 'bob', role: 'admin' }, { iat: Math.floor(Date.now() / 1000) + 10 })
  isProblem(t, await call(app, null, 'GET', '/api/notifications/me', undefined, { authorization: `Bearer ${later}` }), 'BLF_STORE_FULL', 'a move must be stored to be good')

  disk.clear()
  t.equal((await call(app, root, 'POST', '/api/notifications/send', hello)).status, 200)
  t.same((await call(app, null, 'GET', '/readyz')).body, { status: 'ok', degraded: [] })
  t.match((await call(app, erin, 'GET', '/api/auth/me')).body, { id: 'erin', username: 'erin' })
})
