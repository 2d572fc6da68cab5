import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { folder } from '../../folder.ts'
import { call, hello, people, serve } from '../../helper.ts'
import { ALLOWING, Receiver, type Received } from '../../outbound/receiver.ts'
import { until } from '../../within.ts'
import { blocksOf } from '../client/blocks.ts'
import { build, buildVerifier, hasGo, isCompiled, isFormatted } from './go.ts'

const { root, bob } = people

/** The receivers of the page: by the language of their block, and how they are run from a folder that has them. */
const RECEIVERS = {
  js: { file: 'receiver.mjs', program: process.execPath },
  python: { file: 'receiver.py', program: 'python3' },
  go: { file: 'receiver.go', program: 'go' }
}
const blocks = blocksOf('docs/webhooks.md')
const textIn = (language: string) => blocks.find(block => block.language === language)!.text

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Why a receiver cannot be run here. */
function reason (language: string, program: string): string | false {
  if (language !== 'go') return spawnSync(program, ['--version']).status === 0 ? false : `${program} is not installed`
  if (!hasGo) return 'go is not installed'
  return isCompiled(textIn('go')) ? false : 'go has not compiled net/http here yet, which takes it 20 s of CPU (CGO_ENABLED=0 go build net/http): only its isGenuine is run'
}

for (const [language, { file, program }] of Object.entries(RECEIVERS)) {
  test(`the receiver of the page in ${language} takes what is signed, once, and nothing else`, { skip: reason(language, program) }, async t => {
    const home = folder(t)
    writeFileSync(join(home, file), textIn(language))
    const command = language === 'go' ? [build(home, file)] : [program, file]
    const { app } = await serve(t, ALLOWING)
    for (const person of [root, bob]) await call(app, person, 'GET', '/api/auth/me')
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const { id, secret } = (await call(app, root, 'POST', '/api/webhooks', { url, types: ['notification.read'] })).body
    const child = spawn(command[0]!, command.slice(1), { cwd: home, env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }, stdio: 'pipe' })
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', chunk => { output += chunk })
    child.stderr.setEncoding('utf8').on('data', chunk => { errors += chunk })
    await until('it to be ready', () => output.includes('ready\n'))
    await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'n' })
    await call(app, bob, 'PUT', '/api/notifications/n/read')
    await until('the event', () => output.includes('notification.read bob\n'))
    await call(app, root, 'POST', `/api/webhooks/${id}/replay`, { since: `${app.store.epoch}.0` })
    t.match((await call(app, root, 'POST', `/api/webhooks/${id}/test`)).body, { state: 'delivered', status: 204 })
    t.equal(output.split('notification.read bob').length, 2, 'what comes twice is done once')
    const forged = { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' }
    const changes = [{}, ...['', 'soon', '1e3', '-1', '²', '9'.repeat(5_000)].map(value => ({ 'webhook-timestamp': value })), ...['', 'v1,é', 'é v1,\u00ff'].map(value => ({ 'webhook-signature': value }))]
    for (const change of changes) t.equal((await fetch(url, { method: 'POST', body: '{}', headers: { ...forged, ...change } })).status, 401, JSON.stringify(change).slice(0, 99))
    t.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 401, 'no headers')
    // A body that ends before its length.
    const socket = connect(port, '127.0.0.1').resume().on('error', () => {})
    socket.end('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{')
    await once(socket, 'close')
    t.equal((await fetch(url, { method: 'POST', body: '{}', headers: forged })).status, 401, 'it goes on')
    t.equal(errors, '', 'nothing of it fills the log')
  })
}

test('the verification of the page in go takes what is signed, and nothing else', { skip: hasGo ? false : 'go is not installed' }, async t => {
  t.ok(isFormatted(textIn('go')), 'formatted')
  const verifier = buildVerifier(folder(t), textIn('go'))
  const { app } = await serve(t, ALLOWING)
  const receiver = await Receiver.open(t)
  const { id, secret } = (await call(app, root, 'POST', '/api/webhooks', { url: receiver.url, types: ['notification.read'] })).body
  await call(app, root, 'POST', `/api/webhooks/${id}/test`)
  const [{ headers, text }] = await receiver.received(1) as [Received]
  const key = secret.slice('whsec_'.length)
  const isGenuine = (changed: Record<string, string> = {}, body = text) => {
    const said = { ...headers, ...changed } as Record<string, string>
    return spawnSync(verifier, [key, ...['id', 'timestamp', 'signature'].map(name => said[`webhook-${name}`]!)], { input: body }).status === 0
  }
  t.ok(isGenuine())
  t.ok(isGenuine({ 'webhook-signature': `v1,AAAA ${headers['webhook-signature'] as string}` }), 'one of several signatures')
  t.notOk(isGenuine({}, `${text} `))
  const past = String(Math.floor(Date.now() / 1000) - 400)
  for (const [name, value] of [['id', 'x'], ['signature', 'v1,AAAA'], ['signature', ''], ['signature', 'v1,é'], ['timestamp', ''], ['timestamp', past], ['timestamp', 'soon'], ['timestamp', '9'.repeat(5_000)]]) t.notOk(isGenuine({ [`webhook-${name}`]: value! }), `${name} ${value}`)
})
