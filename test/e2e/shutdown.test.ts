import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { Subscriber } from '../helper.ts'
import { Client } from './client.ts'
import { Lines, newFolder, Process, PROJECT, serve, type Running } from './process.ts'

const env = { ADMIN_PASSWORD: 'admin-password', DATABASE_URL: 'sqlite::memory:' }
const BODY = JSON.stringify({ username: 'admin', password: env.ADMIN_PASSWORD })

async function start (t: Test, more: Record<string, string> = {}): Promise<{ server: Running, admin: Client }> {
  const server = await serve(t, { folder: await newFolder(t), env: { ...env, ...more } })
  return { server, admin: await Client.login(server.base, 'admin', env.ADMIN_PASSWORD) }
}

/** A plain connection, for doing what no client library does. */
async function connected (t: Test, { base }: Running, allowHalfOpen = false): Promise<{ socket: Socket, lines: Lines }> {
  const { hostname, port } = new URL(base)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen }).on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return { socket, lines: new Lines(socket) }
}

function upgradeOf ({ token }: Client): string {
  return `GET /ws/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
}

/** A login of which the server has the headers and half of the body. */
async function halfSent (t: Test, server: Running): Promise<{ finish: () => void, lines: Lines }> {
  const { socket, lines } = await connected(t, server)
  socket.write(`POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n\r\n`)
  await lines.match(/^HTTP\/1\.1 100 /)
  socket.write(BODY.slice(0, 10))
  return { finish: () => socket.write(BODY.slice(10)), lines }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal}: sockets are told to come back, what runs is finished`, async t => {
    const { server, admin } = await start(t)
    const subscriber = await admin.subscribe(t)
    const silent = new Subscriber(`${server.base}/ws/notifications`)
    await once(silent.socket, 'open')
    const request = await halfSent(t, server)

    server.kill(signal)
    t.same(await subscriber.closed, { code: 1012, reason: 'restart' })
    t.same(await silent.closed, { code: 1012, reason: 'restart' }, 'one that has not said who it is, too')
    request.finish()
    await request.lines.match(/^HTTP\/1\.1 200 /)
    await request.lines.match(/^connection: close$/i)
    await request.lines.match(/"access_token"/)
    t.same(await server.ended, { code: 0, signal: null })
    await server.out.match(new RegExp(`"msg":"${signal}: shutting down"`))
    t.same(server.err.all, [])
  })
}

for (const store of ['sqlite::memory:', 'sqlite:./belfry.db']) {
  test(`upgrades that are refused meanwhile do not hold it up (${store})`, async t => {
    const { server, admin } = await start(t, { DATABASE_URL: store, DRAIN_SECONDS: '4' })
    const reader = await admin.subscribe(t)
    // It does not answer the close frame, so the drain goes on for two seconds.
    reader.socket.pause()
    server.kill()
    await server.out.match(/"msg":"SIGTERM: shutting down"/)
    for (const leave of [(_socket: Socket) => {}, (socket: Socket) => socket.destroy()]) {
      let status
      while (status !== '503') {
        const { socket, lines } = await connected(t, server, true)
        socket.write(upgradeOf(admin));
        [, status] = await lines.match(/^HTTP\/1\.1 (101|503) /)
        if (status === '101') socket.destroy()
        else leave(socket)
      }
    }
    t.same(await server.ended, { code: 0, signal: null })
  })
}

test('a peer that ignores the close does not hold it up', async t => {
  const { server, admin } = await start(t, { DRAIN_SECONDS: '60' })
  const { socket, lines } = await connected(t, server)
  socket.write(upgradeOf(admin))
  await lines.match(/^HTTP\/1\.1 101 /)
  const begun = performance.now()
  t.same(await server.stop(), { code: 0, signal: null })
  t.ok(performance.now() - begun < 60_000, 'within DRAIN_SECONDS')
})

test('a request that never ends is cut at the deadline', async t => {
  const { server } = await start(t, { DRAIN_SECONDS: '1' })
  const { lines } = await halfSent(t, server)
  t.same(await server.stop(), { code: 0, signal: null })
  t.notOk((await lines.ended()).some(line => line.startsWith('HTTP/1.1 2')))
})

test('a second signal ends it at once', async t => {
  const { server } = await start(t, { DRAIN_SECONDS: '600' })
  await halfSent(t, server)
  server.kill()
  await server.out.match(/"msg":"SIGTERM: shutting down"/)
  // One that comes right after the first is taken for the same: npm and the terminal may both send it.
  const again = setInterval(() => server.kill(), 50)
  t.same(await server.ended, { code: 1, signal: null })
  clearInterval(again)
  await server.out.match(/"msg":"SIGTERM again: exiting at once"/)
})

test('a signal to npm reaches the server', async t => {
  const npm = new Process(t, { folder: PROJECT, command: ['npm', 'start'], env })
  await npm.url()
  npm.kill()
  await npm.out.match(/"msg":"SIGTERM: shutting down"/)
  // Only when the server has ended too: it writes to the same pipe.
  await npm.ended
})
