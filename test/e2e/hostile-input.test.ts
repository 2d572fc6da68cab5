import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { refusal, Subscriber } from '../helper.ts'
import { Client } from './client.ts'
import { newFolder, serve, type Running } from './process.ts'

const loud = { LOG_LEVEL: 'trace', DATABASE_URL: 'sqlite::memory:', ADMIN_PASSWORD: 'canary-password-admin' }

/** Sends bytes as they are; what was answered until the connection ends. */
async function raw ({ base }: Running, ...lines: string[]): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  let answer = ''
  socket.on('error', () => {}).setEncoding('latin1').on('data', (text: string) => { answer += text })
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  await once(socket, 'close')
  return answer
}

test('secrets that stand in wrong places get no further', async t => {
  const server = await serve(t, { folder: await newFolder(t), env: loud })
  const { base } = server
  const answers: string[] = []
  const anonymous = new Client(base)
  const { body: session } = await anonymous.call('POST', '/api/auth/login', { username: 'admin', password: loud.ADMIN_PASSWORD })
  const admin = new Client(base, session.access_token)
  const { body: { key, id: keyId } } = await admin.call('POST', '/api/keys', { name: 'k', scopes: ['send:all'] })
  const { body: { ticket } } = await admin.call('POST', '/api/auth/ticket')
  const message = { title: 'canary-title', message: 'canary-message', priority: 'info', topic: 'x', data: { note: 'canary-data' } }
  const secrets: Record<string, string> = { token: session.access_token, refresh: session.refresh_token, key, ticket, password: loud.ADMIN_PASSWORD }

  /** Keeps what a refusal says. */
  async function refused (client: Client, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<void> {
    const answer = await client.call(method, path, body, headers)
    t.ok(answer.status >= 400 && answer.status < 500, `${method} is refused: ${answer.status}`)
    answers.push(JSON.stringify(answer))
  }
  for (const secret of Object.values(secrets)) {
    const name = encodeURIComponent(secret)
    await refused(anonymous, 'GET', `/api/auth/me?access_token=${name}&token=${name}`)
    await refused(admin, 'GET', `/api/notifications/me?limit=${name}`)
    await refused(admin, 'GET', `/api/notifications/me?before=${name}`)
    await refused(anonymous, 'GET', '/api/auth/me', undefined, { authorization: `Basic ${secret}`, 'x-api-key': secret, cookie: `token=${secret}` })
    await refused(anonymous, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${secret} ${secret}` })
    await refused(anonymous, 'GET', '/api/auth/me', undefined, { authorization: `Bearer x${secret}` })
    await refused(anonymous, 'POST', '/api/auth/login', { username: 'admin', password: `${secret} ` })
    await refused(anonymous, 'POST', '/api/auth/login', { username: secret, password: secret })
    await refused(anonymous, 'POST', '/api/auth/login', { username: 'admin', password: { is: secret } })
    await refused(anonymous, 'POST', '/api/auth/login', [secret])
    await refused(anonymous, 'POST', '/api/auth/refresh', { refresh_token: [secret] })
    await refused(anonymous, 'POST', '/api/auth/refresh', { token: secret })
    await refused(admin, 'POST', '/api/users', { username: 'x', role: 'user', password: [secret] })
    await refused(admin, 'POST', '/api/notifications/send', { ...message, topic: `${secret}!` })
    answers.push(await raw(server, 'POST /api/auth/login HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Type: application/json', `Content-Length: ${secret.length + 1}`, '', `{${secret}`))
    answers.push(await raw(server, `GET / HTTP/1.1 ${secret}`, `Authorization: Bearer ${secret}`))
    answers.push(await raw(server, `${secret} / HTTP/1.1`, 'Host: x'))
    for (const query of [`?access_token=${name}`, `?topics=${name}!`, `?since=${'x'.repeat(257)}${name}`]) {
      answers.push(JSON.stringify(await refusal(`${base}/ws/notifications${query}`, { headers: { authorization: `Bearer ${session.access_token}` } })))
    }
    answers.push(JSON.stringify(await refusal(`${base}/ws/notifications`, { headers: { authorization: `Bearer x${secret}` } })))
    answers.push(JSON.stringify(await refusal(`${base}/ws/notifications`, { protocols: ['belfry.v1', `bearer.x${secret}`] })))
    const first = new Subscriber(`${base}/ws/notifications`)
    await once(first.socket, 'open')
    first.send({ type: 'auth', payload: { token: `x${secret}` } })
    await first.closed
    answers.push(JSON.stringify(first.frames))
    const live = await admin.subscribe(t)
    for (const frame of [{ type: secret }, { type: 'ping', [secret]: 1 }, { type: 'auth', payload: { token: [secret] } }, `{${secret}`]) {
      live.send(frame)
      const { payload } = await live.next('error')
      // The names of fields are said again to who sent them, and to nobody else.
      if (!JSON.stringify(payload.errors ?? '').includes(secret)) answers.push(JSON.stringify(payload))
    }
    live.close()
  }
  const sender = new Client(base, key)
  t.equal((await sender.call('POST', '/api/notifications/send', message)).status, 200)
  await refused(sender, 'POST', '/api/notifications/send', { ...message, priority: 'canary-priority' })
  const byTicket = new Subscriber(`${base}/ws/notifications?ticket=${ticket}`)
  await byTicket.next('welcome')
  t.equal((await admin.call('DELETE', `/api/keys/${keyId}`)).status, 204)
  await refused(sender, 'POST', '/api/notifications/send', message)
  const metrics = await (await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${session.access_token}` } })).text()
  t.equal((await admin.call('POST', '/api/auth/logout')).status, 204)
  await byTicket.closed
  await refused(admin, 'GET', '/api/auth/me')
  await server.stop()

  const said = { 'the log': (await server.out.ended()).join('\n'), stderr: (await server.err.ended()).join('\n'), metrics, refusals: answers.join('\n') }
  for (const [where, text] of Object.entries(said)) {
    for (const [name, secret] of Object.entries({ ...secrets, message: 'canary-' })) t.notOk(text.includes(secret), `no ${name} in ${where}`)
  }
  t.ok(answers.length > 100)
  t.match(metrics, 'belfry_')
})

test('whatever comes over the wire, a line of the log is a line of JSON', async t => {
  const server = await serve(t, { folder: await newFolder(t), env: loud })
  const hostile = ['\x1b[31mred', '\x9b31m', '\x85', '\x7f', '\x00', '\t', '\rx', '\nx', '"}{"level":60', '\\', '%0d%0a{"level":60}', '%1b[2J', '%c2%9b31m', '%e2%80%a8', '\xc2\x9b31m', '\xe2\x80\xa8', '\xff\xfe']
  for (const text of hostile) {
    await raw(server, `GET /${text} HTTP/1.1`, 'Host: x', 'Connection: close')
    await raw(server, `GET /api/users/${text} HTTP/1.1`, `Host: x${text}`, `X-Forwarded-For: ${text}`, `User-Agent: ${text}`, 'Connection: close')
    await raw(server, `DELETE /api/notifications/${text} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${text}`, 'Connection: close')
    await raw(server, `GET${text} / HTTP/1.1`, 'Host: x')
    await raw(server, `GET /ws/notifications?topics=${text} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Origin: ${text}`)
  }
  t.equal((await fetch(`${server.base}/healthz`)).status, 200, 'the process lives')
  await server.stop()
  const lines = await server.out.ended()
  t.ok(lines.length > hostile.length)
  for (const line of lines) {
    t.type(JSON.parse(line).msg, 'string')
    // A terminal that shows the log obeys C1 controls as it does escapes.
    t.notMatch(line, /\p{Cc}|[\u2028\u2029]/u, 'nothing for a terminal to obey')
  }
  t.ok(lines.every(line => JSON.parse(line).level < 50))
  t.same(await server.err.ended(), [])
})
