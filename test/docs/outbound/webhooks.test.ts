import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { folder } from '../../folder.ts'
import { call, hello, people, serve } from '../../helper.ts'
import { ALLOWING } from '../../outbound/receiver.ts'
import { until } from '../../within.ts'
import { blocksOf } from '../client/blocks.ts'

const { root, bob } = people

/** The receivers of the page: by the language of their block, and with what they run. */
const RECEIVERS = { js: [process.execPath, 'receiver.mjs'], python: ['python3', 'receiver.py'] } as const

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

for (const [language, [program, file]] of Object.entries(RECEIVERS)) {
  const isThere = spawnSync(program, ['--version']).status === 0
  test(`the receiver of the page in ${language} takes what is signed, once, and nothing else`, { skip: isThere ? false : `${program} is not installed` }, async t => {
    const { app } = await serve(t, ALLOWING)
    for (const person of [root, bob]) await call(app, person, 'GET', '/api/auth/me')
    const [block] = blocksOf('docs/webhooks.md').filter(block => block.language === language)
    const home = folder(t)
    writeFileSync(join(home, file), block!.text)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const { id, secret } = (await call(app, root, 'POST', '/api/webhooks', { url, types: ['notification.read'] })).body
    const child = spawn(program, [file], { cwd: home, env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.setEncoding('utf8').on('data', chunk => { output += chunk })
    await until('it to be ready', () => output.includes('ready\n'))
    await call(app, root, 'POST', '/api/notifications/send', { ...hello, id: 'n' })
    await call(app, bob, 'PUT', '/api/notifications/n/read')
    await until('the event', () => output.includes('notification.read bob\n'))
    await call(app, root, 'POST', `/api/webhooks/${id}/replay`, { since: `${app.store.epoch}.0` })
    t.match((await call(app, root, 'POST', `/api/webhooks/${id}/test`)).body, { state: 'delivered', status: 204 })
    t.equal(output.split('notification.read bob').length, 2, 'what comes twice is done once')
    const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' } })
    t.equal(forged.status, 401)
  })
}
