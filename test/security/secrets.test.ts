import { PassThrough } from 'node:stream'
import { test } from 'tap'
import { loggerOptions } from '../../src/process/logger.ts'
import { build, call, hello, listen, people, post, refusal, subscribe, Subscriber, SECRET, type Answer } from '../helper.ts'
import { as, bearing, enrol, login, makeKey, open, PASSWORD } from './accounts.ts'
import { claims, forge } from '../identity/tokens/forge.ts'

/** A logger that keeps its lines, and says as much as it ever can. */
function recording () {
  const stream = new PassThrough().setEncoding('utf8')
  const kept = { text: '' }
  stream.on('data', (chunk: string) => { kept.text += chunk })
  return { logger: { ...loggerOptions('trace'), stream }, kept }
}

const CANARY = 'canary-7f3e91'

test('no secret and no message is in a log, a metric or an error', async t => {
  const { logger, kept } = recording()
  const app = await build(t, {}, { logger })
  const base = await listen(app)
  await enrol(app, { id: 'frank', company: 'company_a' })
  const errors: Answer[] = []
  const ask = async (request: Promise<Answer>): Promise<Answer> => {
    const answer = await request
    if (answer.status >= 400) errors.push(answer)
    return answer
  }

  const session = await login(app, 'frank')
  const renewed = (await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: session.refresh_token })).body
  await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: renewed.refresh_token })
  await ask(call(app, null, 'POST', '/api/auth/refresh', { refresh_token: session.refresh_token }))
  await ask(call(app, null, 'POST', '/api/auth/login', { username: 'frank', password: `${CANARY} password` }))
  await ask(call(app, null, 'POST', '/api/auth/login', { username: 'frank', password: [`${CANARY} password`] }))
  const forged = forge(claims({ jti: CANARY }), {}, 'not the key')
  await ask(as(app, forged, 'GET', '/api/auth/me'))
  const key = await makeKey(app, 'k', ['send:company:company_b'])
  await ask(as(app, `${key}x`, 'GET', '/api/auth/me'))
  const { body: { key: shown } } = await call(app, people.root, 'POST', '/api/keys', { name: 'shown', scopes: ['send:all'] })
  const { body: { ticket } } = await call(app, people.bob, 'POST', '/api/auth/ticket')
  const socket = new Subscriber(`${base}/ws/notifications?ticket=${ticket}`)
  t.teardown(() => socket.close())
  await socket.next('welcome')
  await refusal(`${base}/ws/notifications?ticket=${ticket}`)
  await refusal(`${base}/ws/notifications`, { protocols: ['belfry.v1', `bearer.${forged}`] })
  await ask(call(app, people.root, 'POST', '/api/users', { username: 'grace', password: `${CANARY} password`, role: 'user', extra: CANARY }))

  const message = { ...hello, title: `${CANARY} title`, message: `${CANARY} message`, data: { secret: `${CANARY} data` } }
  await ask(call(app, people.root, 'POST', '/api/notifications/send', message))
  await ask(call(app, people.bob, 'POST', '/api/notifications/send', message))
  await ask(call(app, people.root, 'POST', '/api/notifications/send', { ...message, priority: CANARY }))
  await ask(call(app, people.root, 'POST', '/api/notifications/send', { ...message, id: 'n1' }))
  await ask(call(app, people.root, 'POST', '/api/notifications/send', { ...message, id: 'n1', title: `${CANARY} other` }))
  await ask(post(app, people.root, '/api/notifications/send', `{"title": ${CANARY}`))
  await ask(call(app, people.root, 'GET', `/api/notifications/me?topic=${CANARY}&limit=x${CANARY}`))
  socket.send(`${CANARY} no JSON`)
  socket.send({ type: 'send', payload: message })
  socket.send({ type: 'auth', payload: { token: forged } })
  for (let answer = 0; answer < 3; answer++) {
    const { payload } = await socket.next('error')
    t.notMatch(JSON.stringify(payload), CANARY)
  }

  // Faults of ours are logged whole, and their cause knows what was being stored.
  const { notify } = app.store
  app.store.notify = async () => { throw new Error('the disk is on fire') }
  await ask(call(app, people.root, 'POST', '/api/notifications/send', message))
  const sender = await subscribe(t, base, people.root)
  t.match(await sender.ask({ id: '1', type: 'send', payload: message }), { payload: { code: 'BLF_INTERNAL' } })
  app.store.notify = notify

  const metrics = (await app.inject({ url: '/metrics', headers: bearing(forge({ ...claims(), sub: 'root', role: 'admin', company: undefined })) })).body
  t.match(metrics, 'belfry_')
  t.match(kept.text, 'the disk is on fire')
  t.ok(errors.length >= 12)
  const secrets = {
    CANARY,
    PASSWORD,
    SECRET,
    ticket,
    forged,
    key,
    shown,
    access: session.access_token,
    refresh: session.refresh_token,
    renewed: renewed.access_token,
    again: renewed.refresh_token,
    signature: session.access_token.split('.')[2]!
  }
  for (const [name, secret] of Object.entries(secrets)) {
    t.notOk(kept.text.includes(secret), `${name}: in no line of the log`)
    t.notOk(metrics.includes(secret), `${name}: in no metric`)
    t.notOk(JSON.stringify(errors.map(({ body }) => body)).includes(secret), `${name}: in no error`)
  }
})

test('who was denied what, and where from, is in one line', async t => {
  const { logger, kept } = recording()
  const app = await build(t, {}, { logger })
  const base = await listen(app)
  const key = await makeKey(app, 'reader', ['inbox:read'])
  await call(app, people.bob, 'GET', '/api/users?after=secret')
  await as(app, key, 'DELETE', '/api/broadcast/n1')
  await as(app, 'rubbish', 'GET', '/api/auth/me')
  const socket = await subscribe(t, base, people.bob)
  await socket.ask({ id: '1', type: 'send', payload: hello })
  const sender = await open(t, base, key)
  await sender.ask({ id: '1', type: 'read_all' })

  const denied = kept.text.trimEnd().split('\n').map(line => JSON.parse(line)).filter(({ msg }) => msg === 'access denied')
  const from = { remote_address: '127.0.0.1' }
  t.match(denied, [
    { level: 40, principal: 'user:bob', code: 'BLF_FORBIDDEN', method: 'GET', path: '/api/users', ...from },
    { level: 40, principal: 'key:reader', code: 'BLF_FORBIDDEN', method: 'DELETE', path: '/api/broadcast/n1', ...from },
    { level: 40, code: 'BLF_UNAUTHENTICATED', method: 'GET', path: '/api/auth/me', ...from },
    { level: 40, principal: 'user:bob', verb: 'send', path: '/ws/notifications', ...from },
    { level: 40, principal: 'key:reader', verb: 'read_all', path: '/ws/notifications', ...from }
  ])
  t.equal(denied.length, 5)
})

test('a line of the log is one line of JSON, whatever was asked', async t => {
  const { logger, kept } = recording()
  const app = await build(t, {}, { logger })
  const base = await listen(app)
  const nasty = ['a\r\nb', 'a\n{"level":60,"msg":"forged"}', '\u001b[2J\u001b[31mred', '\u0000', '\u2028\u2029', '"}{"', '\\', '\u009b31m', '\ud800']
  for (const text of nasty) {
    const encoded = encodeURIComponent(text.toWellFormed())
    for (const url of [`/${encoded}`, `/api/users/${encoded}`, `/api/notifications/${encoded}`, `/api/broadcast/${encoded}?x=${encoded}`]) {
      await app.inject({ method: 'GET', url, headers: bearing(forge({ ...claims(), sub: 'root', role: 'admin', company: undefined })) })
      await app.inject({ method: 'DELETE', url })
    }
    await call(app, null, 'POST', '/api/auth/login', { username: text, password: text })
    await call(app, people.root, 'POST', '/api/users', { username: text, role: text })
    await as(app, forge(claims({ sub: text, jti: text }), { kid: text }), 'GET', '/api/auth/me')
  }
  const socket = await subscribe(t, base, people.erin)
  for (const text of nasty) {
    socket.send({ id: text, type: text, payload: text })
    await socket.next('error')
  }
  const lines = kept.text.trimEnd().split('\n')
  t.ok(lines.length > 50)
  t.ok(lines.every(line => typeof JSON.parse(line).level === 'number'))
  t.notOk(lines.some(line => JSON.parse(line).msg === 'forged'))
  // eslint-disable-next-line no-control-regex
  t.notMatch(kept.text, /[\u0000-\u0009\u000b-\u001f\u007f]/, 'nothing for a terminal to obey')
})
