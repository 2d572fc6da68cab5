import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import process from 'node:process'
import { test, type Test } from 'tap'
import { LogDestination } from '../../src/process/log-destination.ts'
import { Client } from '../e2e/client.ts'
import { newFolder, Process } from '../e2e/process.ts'
import { mint, people, SECRET } from '../helper.ts'
import { eventually, freePort } from '../services/process.ts'

/** More than a pipe, its reader and the bound hold together. */
const LINES = 800

/** A server whose output goes somewhere bad; there is no line to say where it listens. */
async function serveInto (t: Test, stdout: number | 'pipe'): Promise<{ server: Process, root: Client, nobody: Client }> {
  const port = await freePort()
  const server = new Process(t, {
    folder: await newFolder(t), stdout, env: { PORT: String(port), DATABASE_URL: 'sqlite::memory:', JWT_SECRET: SECRET, RATE_LIMIT: '0' }
  })
  const base = `http://127.0.0.1:${port}`
  const nobody = new Client(base)
  await eventually(() => nobody.call('GET', '/healthz'))
  return { server, nobody, root: new Client(base, mint(people.root)) }
}

/** Requests with a line each. */
async function talk (client: Client): Promise<void> {
  for (let sent = 0; sent < LINES; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => client.call('GET', `/no-such-route/${'x'.repeat(6_000)}`)))
  }
}

async function dropped ({ base, token }: Client): Promise<number> {
  const response = await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  return Number(/^belfry_log_lines_dropped_total (\d+)$/m.exec(await response.text())![1])
}

test('a pipe that nobody reads costs lines, not the server; who reads on is told how many', async t => {
  const { server, root, nobody } = await serveInto(t, 'pipe')
  await talk(nobody)
  t.equal((await nobody.call('GET', '/healthz')).status, 200)
  const lost = await dropped(root)
  t.ok(lost > 0, `${lost} lines were dropped`)

  const lines = createInterface(server.child.stdout!)
  let read = 0
  for await (const line of lines) {
    const { msg, lines: told } = JSON.parse(line)
    if (msg !== 'log lines before this one were lost') {
      read += 1
      continue
    }
    t.ok(told >= lost, `told of ${told}`)
    t.ok(read > 50, `${read} lines from before are whole`)
    break
  }
  server.child.stdout!.resume()
  t.same(await server.stop(), { code: 0, signal: null })
})

test('SIGTERM ends a server whose output nobody reads', async t => {
  const { server, nobody } = await serveInto(t, 'pipe')
  await talk(nobody)
  server.kill()
  const [code, signal] = await once(server.child, 'exit')
  t.same({ code, signal }, { code: 0, signal: null })
})

test('a full disk', async t => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const { server, root, nobody } = await serveInto(t, full)
  await talk(nobody)
  t.ok(await dropped(root) > 0)
  t.same(await server.stop(), { code: 0, signal: null })
  t.same(server.err.all.filter(line => !line.startsWith('belfry: first start')), [])
})

test('a reader that goes away', async t => {
  const { server, nobody } = await serveInto(t, 'pipe')
  server.child.stdout!.destroy()
  for (let request = 0; request < 10; request++) t.equal((await nobody.call('GET', '/no-such-route')).status, 404)
  t.same(await server.stop(), { code: 0, signal: null })
})

test('what waits is bounded, and whole lines in order come out once there is room', { skip: process.platform !== 'linux' }, async t => {
  const file = join(await newFolder(t), 'log')
  const full = openSync('/dev/full', 'w')
  const destination = new LogDestination({ fd: full, maxWaitingBytes: 100 })
  for (let line = 0; line < 100; line++) destination.write(`line ${line}\n`)
  t.equal(destination.droppedLines, 87)
  t.equal(destination.waitingBytes, 94)
  destination.flush(0)
  t.equal(destination.waitingBytes, 94, 'a full disk takes none, and is not waited for')
  // The same descriptor, with room.
  closeSync(full)
  t.equal(openSync(file, 'w'), full)
  t.teardown(() => closeSync(full))
  const told = new Promise(resolve => destination.onRecovery(resolve))
  destination.write('\n')
  t.same(await told, { lines: 87, reason: 'ENOSPC' })
  t.equal(readFileSync(file, 'utf8'), `${Array.from({ length: 13 }, (_, line) => `line ${line}\n`).join('')}\n`)
})
