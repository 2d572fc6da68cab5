import { test } from 'tap'
import { build, call, isProblem, people } from '../../helper.ts'

test('a query says a number or a boolean as JSON writes it, and no other way', async t => {
  const app = await build(t)
  const ask = (query: string) => call(app, people.erin, 'GET', `/api/notifications/me?${query}`)
  for (const query of ['limit=1', 'limit=200', 'unread=true', 'unread=false', 'limit=2&unread=true']) t.equal((await ask(query)).status, 200, query)
  for (const text of ['', '0x10', '0b1', '0o7', '1e1', '1.0', '1.5', '%2010', '10%20', '%2B5', '05', '-0', '1_0', 'Infinity', 'NaN', 'null', '9'.repeat(400), '%D9%A1']) {
    isProblem(t, await ask(`limit=${text}`), 'BLF_VALIDATION', `limit=${text}`)
  }
  for (const text of ['', '1', '0', 'True', 'TRUE', 'yes', 'null', 'true%20', '"true"']) isProblem(t, await ask(`unread=${text}`), 'BLF_VALIDATION', `unread=${text}`)
  for (const query of ['limit=1&limit=2', 'unread=true&unread=true', 'topic=a&topic=b', 'limit[]=1', 'limit']) isProblem(t, await ask(query), 'BLF_VALIDATION', query)
  const { body } = await ask('limit=ten')
  t.same(body.errors, [{ path: '/querystring/limit', message: 'must be a whole number' }])
})
