import { PassThrough } from 'node:stream'
import { test } from 'tap'
import { loggerOptions } from '../../../src/process/logger.ts'
import { build, call, listen, mint, people, refusal, Subscriber } from '../../helper.ts'
import { as, bearing, enrol, login, makeKey } from '../../security/accounts.ts'
import { claims, forge } from './forge.ts'

const ORIGIN = 'https://app.example'

test('tickets', async t => {
  const log = new PassThrough().setEncoding('utf8')
  let lines = ''
  log.on('data', (chunk: string) => { lines += chunk })
  const app = await build(t, { ALLOWED_ORIGINS: `${ORIGIN},https://other.example`, LOG_LEVEL: 'trace' }, { logger: { ...loggerOptions('trace'), stream: log } })
  const base = await listen(app)
  await enrol(app, { id: 'bob', company: 'company_a' })
  const buy = async (token = mint(people.bob), headers = {}) => {
    return (await call(app, null, 'POST', '/api/auth/ticket', undefined, { ...bearing(token), ...headers })).body.ticket as string
  }
  const url = (ticket: string) => `${base}/ws/notifications?ticket=${ticket}`
  const connect = (ticket: string, options = {}) => {
    const subscriber = new Subscriber(url(ticket), options)
    t.teardown(() => subscriber.close())
    return subscriber
  }

  t.test('a ticket opens a socket as the user who bought it', async t => {
    const answer = await call(app, people.bob, 'POST', '/api/auth/ticket')
    t.match(answer, { status: 201, body: { ticket: /^[\w-]{43}$/, expires_in: 30 }, headers: { 'cache-control': 'no-store' } })
    t.match(await connect(answer.body.ticket).next('welcome'), { payload: { user: { id: 'bob', company: 'company_a' } } })
    t.match(await refusal(url(answer.body.ticket)), { status: 401, body: { code: 'BLF_UNAUTHENTICATED' } }, 'once')
  })

  t.test('of two upgrades at once one gets in', async t => {
    const ticket = await buy()
    const sockets = [connect(ticket), connect(ticket)]
    const outcomes = await Promise.all(sockets.map(({ socket }) => new Promise(resolve => {
      socket.on('upgrade', ({ statusCode }) => resolve(statusCode))
      socket.on('unexpected-response', (request, { statusCode }) => {
        request.destroy()
        resolve(statusCode)
      })
    })))
    t.same(outcomes.sort(), [101, 401])
  })

  t.test('it also comes as a subprotocol, which is not echoed', async t => {
    const ticket = await buy()
    const { socket } = connect(ticket, { protocols: ['belfry.v1', `bearer.${ticket}`] })
    await new Promise(resolve => socket.once('open', resolve))
    t.equal(socket.protocol, 'belfry.v1')
  })

  t.test('it is bound to the origin it was bought from', async t => {
    const [foreign, absent, right, free] = await Promise.all([
      buy(undefined, { origin: ORIGIN }), buy(undefined, { origin: ORIGIN }), buy(undefined, { origin: ORIGIN }), buy()
    ])
    t.equal((await refusal(url(foreign!), { origin: 'https://other.example' })).status, 401)
    t.equal((await refusal(url(absent!))).status, 401)
    t.equal((await refusal(url(foreign!), { origin: ORIGIN })).status, 401, 'and spent by whoever tried it')
    await connect(right!, { origin: ORIGIN }).next('welcome')
    await connect(free!, { origin: ORIGIN }).next('welcome')
  })

  t.test('it expires after 30 seconds, and with the token it was bought with', async t => {
    const { now } = Date
    t.teardown(() => { Date.now = now })
    Date.now = () => now() - 30_000
    const old = await buy()
    Date.now = now
    t.equal((await refusal(url(old))).status, 401)

    const exp = Math.ceil(now() / 1000) + 20
    const ticket = await buy(forge(claims({ exp: exp - 0.5 })))
    Date.now = () => exp * 1000
    t.equal((await refusal(url(ticket))).status, 401)
  })

  t.test('it ends with its session', async t => {
    const { access_token: token } = await login(app, 'bob')
    const ticket = await buy(token)
    await as(app, token, 'POST', '/api/auth/logout')
    t.equal((await refusal(url(ticket))).status, 401)
  })

  t.test('keys cannot buy one, and nothing else passes for one', async t => {
    const key = await makeKey(app, 'everything', ['send:all', 'inbox:read', 'users:write', 'metrics:read'])
    t.equal((await as(app, key, 'POST', '/api/auth/ticket')).status, 403)
    for (const credential of ['', 'x', 'x'.repeat(256), mint(people.bob), key]) {
      t.equal((await refusal(url(encodeURIComponent(credential)))).status, 401, credential.slice(0, 20))
    }
    t.equal((await refusal(`${url(await buy())}&ticket=again`)).status, 400, 'two are none')
  })

  t.test('no ticket and no token is in the log', async t => {
    const ticket = await buy()
    await connect(ticket).next('welcome')
    await refusal(url(ticket))
    await refusal(`${base}/ws/notifications`, { protocols: ['belfry.v1', `bearer.${ticket}`] })
    t.match(lines, '/ws/notifications')
    t.notMatch(lines, ticket)
    t.notMatch(lines, 'ticket=')
    t.notMatch(lines, 'bearer.')
  })
})
