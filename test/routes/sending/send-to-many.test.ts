import { test } from 'tap'
import { build, call, hello, people } from '../../helper.ts'
import { upTo } from '../../contract/store/engine.ts'
import { countStatements } from '../../store/sqlite/statements.ts'

test('a send to a thousand users whom this node has not met takes a few statements', async t => {
  const app = await build(t)
  await call(app, people.alice, 'GET', '/api/auth/me')
  const users = upTo(1_000).map(number => `user-${number}`)
  for (const id of users) await app.store.applyClaims({ id, role: 'user', company: 'company_a', iat: 1 })
  const count = countStatements(t)
  const before = count()
  const { status } = await call(app, people.alice, 'POST', '/api/notifications/send', { ...hello, audience: { users } })
  t.equal(status, 200)
  const taken = count() - before
  t.ok(taken < 40, `${taken} statements`)

  await app.store.changeUser('user-7', { company: 'company_b' })
  t.equal((await call(app, people.alice, 'POST', '/api/notifications/send', { ...hello, audience: { users } })).status, 403, 'and what changed since is read again')
})
