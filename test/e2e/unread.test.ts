import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { test, type Test } from 'tap'
import { newFolder, PROJECT, serve, type Running } from './process.ts'

/** A connection that sends and never reads. */
function deaf (t: Test, { base }: Running, text: string): Socket {
  const socket = connect(Number(new URL(base).port), '127.0.0.1').on('error', () => {})
  t.teardown(() => socket.destroy())
  socket.pause()
  socket.write(text)
  return socket
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const of = (pid: number, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

test('answers that nobody reads cost the server neither its memory nor its files', { skip: process.platform !== 'linux' }, async t => {
  const server = await serve(t, {
    folder: await newFolder(t),
    command: [process.execPath, '--max-old-space-size=96', join(PROJECT, 'src/server.ts')]
  })
  const pid = server.child.pid!
  const script = /src="([^"]+\.js)"/.exec(await (await fetch(`${server.base}/docs`)).text())![1]!
  const asset = new URL(script, `${server.base}/docs`).pathname
  t.equal((await fetch(`${server.base}${asset}`)).status, 200)
  const before = of(pid, 'VmRSS')
  const files = readdirSync(`/proc/${pid}/fd`).length
  // Each in one read of the socket or a few, with and without as many as end the connection at once.
  for (const path of ['/openapi.json', asset]) for (const count of [1_700, 200]) for (let round = 0; round < 5; round++) deaf(t, server, get(path).repeat(count))
  while (server.out.all.filter(line => line.includes('"reason":"pipelined"')).length < 10) await fetch(`${server.base}/healthz`)
  t.equal((await fetch(`${server.base}/healthz`)).status, 200)
  const grown = (of(pid, 'VmRSS') - before) / 1024
  t.ok(grown < 150, `${grown.toFixed(0)} MiB more`)
  // Ten connections are still there, and what fetch keeps.
  t.ok(readdirSync(`/proc/${pid}/fd`).length < files + 20)
})
