import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { refusal, Subscriber } from '../helper.ts'
import { Client } from './client.ts'
import { newFolder, serve } from './process.ts'

interface Line { level: number, time: number, msg: string, reqId?: string, method?: string, path?: string, status?: number, ms?: number, remote_address?: string, origin?: string, reason?: string, code?: string | number, principal?: string }
const WARN = 40
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('the log is JSON, says who was denied, and holds no secret', async t => {
  const password = 'a-password-that-nobody-logs'
  const wrong = 'a-wrong-password'
  const server = await serve(t, {
    folder: await newFolder(t),
    // As much as it can ever say.
    env: { LOG_LEVEL: 'trace', ADMIN_PASSWORD: password, DATABASE_URL: 'sqlite::memory:' }
  })
  const { base } = server
  const anonymous = new Client(base)
  const login = async (username: string, password: string) => (await anonymous.call('POST', '/api/auth/login', { username, password })).body
  const session = await login('admin', password)
  const admin = new Client(base, session.access_token)
  const { body: bob } = await admin.call('POST', '/api/users', { username: 'bob', password: 'the-password-of-bob', role: 'user', company: 'company_a' })
  const user = await Client.login(base, 'bob', 'the-password-of-bob')
  const { body: ticket } = await user.call('POST', '/api/auth/ticket')
  const { body: renewed } = await anonymous.call('POST', '/api/auth/refresh', { refresh_token: session.refresh_token })

  await login('admin', wrong)
  await user.call('POST', '/api/notifications/send', { title: 'No', message: 'No', priority: 'info', topic: 'no' })
  await user.call('GET', '/api/notifications/me?topic=in_the_query')
  await anonymous.call('GET', '/no/such/route?token=in_the_query')
  await anonymous.call('GET', '/%zz?token=in_the_query')
  await refusal(`${base}/ws/notifications?topics=in_the_query`, { headers: { authorization: 'Bearer a-forged-token' } })
  await refusal(`${base}/ws/notifications`, { headers: { origin: 'https://elsewhere.example', authorization: `Bearer ${user.token}` } })
  await (await user.subscribe(t, '?since=in_the_query')).settled()
  for (const [query, protocols] of [['', ['belfry.v1', `bearer.${user.token}`]], [`?ticket=${ticket.ticket}`, []]] as const) {
    const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { protocols: [...protocols] })
    await subscriber.next('welcome')
    subscriber.close()
  }
  const first = new Subscriber(`${base}/ws/notifications`)
  await once(first.socket, 'open')
  first.send({ type: 'auth', payload: { token: 'a-forged-token' } })
  t.equal((await first.closed).code, 4401)
  const broken = connect(Number(new URL(base).port), '127.0.0.1').on('error', () => {}).resume()
  broken.write(`GET / HTTP/1.1\r\nAuthorization: Bearer ${user.token}\r\nno header\r\n\r\n`)
  await once(broken, 'close')
  await server.stop()

  const text = await server.out.ended()
  const lines = text.map(line => JSON.parse(line) as Line)
  t.ok(lines.every(({ level, time, msg }) => typeof level === 'number' && typeof time === 'number' && typeof msg === 'string'))

  const requests = lines.filter(({ method }) => method)
  t.ok(requests.length > 10)
  t.ok(requests.every(({ reqId, path }) => UUID.test(reqId!) && !path!.includes('?')), 'each request with an id, none with its query')
  t.equal(new Set(requests.map(({ reqId }) => reqId)).size, requests.length, 'one line each')
  t.same(requests.filter(({ status, ms, remote_address: from }) => !Number.isInteger(status) || !(ms! >= 0) || from !== '127.0.0.1'), [])
  t.match(requests.find(({ path }) => path === '/api/auth/ticket'), { method: 'POST', status: 201, principal: `user:${bob.id}`, msg: 'request' })
  t.match(requests.find(({ path }) => path === '/no/such/route'), { method: 'GET', status: 404, code: 'BLF_ROUTE_NOT_FOUND', principal: undefined })

  const opened = lines.filter(({ msg }) => msg === 'socket opened')
  t.equal(opened.length, 3)
  t.ok(opened.every(({ principal, remote_address: from }) => principal === `user:${bob.id}` && from === '127.0.0.1'))
  const closed = lines.filter(({ msg }) => msg === 'socket closed')
  t.same(new Set(closed.map(({ reqId }) => reqId)), new Set(opened.map(({ reqId }) => reqId)), 'each that was opened has closed')
  t.ok(closed.every(({ principal, code, ms }) => principal === `user:${bob.id}` && typeof code === 'number' && ms! >= 0))
  t.match(closed.find(({ code }) => code === 1012), { reason: 'restart' })
  t.match(lines.find(({ code }) => code === 4401), { reason: 'credentials missing, expired or revoked' })

  const denied = lines.filter(({ level, msg }) => level === WARN && msg === 'access denied').map(({ code, principal }) => ({ code, principal }))
  t.same(denied, [
    { code: 'BLF_BAD_CREDENTIALS', principal: undefined },
    { code: 'BLF_FORBIDDEN', principal: `user:${bob.id}` },
    { code: 'BLF_UNAUTHENTICATED', principal: undefined },
    { code: 'BLF_FORBIDDEN_ORIGIN', principal: undefined },
    { code: 4401, principal: undefined }
  ])
  t.match(lines.find(({ code }) => code === 'BLF_FORBIDDEN_ORIGIN'), { origin: 'https://elsewhere.example', needs: 'ALLOWED_ORIGINS' })

  const secrets = [
    password, wrong, 'the-password-of-bob', 'a-forged-token', 'in_the_query', ticket.ticket, session.access_token, user.token!,
    session.refresh_token, renewed.access_token, renewed.refresh_token, [...Buffer.from(user.token!)].join().slice(0, 100)
  ]
  for (const secret of secrets) t.notOk(text.some(line => line.includes(secret)), `no ${secret.slice(0, 16)}`)
  t.same(server.err.all, [])
})
