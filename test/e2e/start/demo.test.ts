import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { Client } from '../client.ts'
import { newFolder, Process, PROJECT, run } from '../process.ts'

const DEMO = [process.execPath, join(PROJECT, 'src/demo.ts')]

async function demo (t: Test, env: Record<string, string> = {}) {
  const folder = await newFolder(t)
  const server = new Process(t, { folder, env, command: DEMO })
  const base = await server.url()
  await server.err.match(/^The API, to try: http/)
  return { folder, server, base, login: (id: string) => Client.login(base, id, `demo-${id}`) }
}

test('four users with ids like their names, each with something in the inbox', async t => {
  const { folder, server, login } = await demo(t, { DATABASE_URL: 'sqlite:./kept.db' })
  const admin = await login('admin')
  const { items: users } = (await admin.call('GET', '/api/users')).body
  t.match(users, [
    { id: 'admin', username: 'admin', role: 'admin', company: undefined },
    { id: 'alice', username: 'alice', role: 'admin', company: 'company_a' },
    { id: 'bob', username: 'bob', role: 'user', company: 'company_a' },
    { id: 'carol', username: 'carol', role: 'user', company: 'company_b' }
  ])
  t.equal(users.length, 4, 'no admin was made beside the one of the demo')
  t.notOk(server.err.all.some(line => line.startsWith('belfry:')), 'and no password generated')

  const inbox = async (id: string) => (await (await login(id)).call('GET', '/api/notifications/me')).body
  const bob = await inbox('bob')
  t.match(bob.items[0], { title: 'Alice mentioned you', type: 'info', read: false })
  t.match(bob, { unread_count: bob.items.length - 2 })
  t.same(new Set(bob.items.map(({ type }: { type: string }) => type)), new Set(['info', 'warning', 'success']))
  t.match((await (await login('bob')).call('GET', '/api/notifications/me?view=archived')).body, { items: [{ title: 'The office is closed on Friday' }] })
  t.match((await inbox('carol')).items[0], { title: 'Payment failed', type: 'error', data: { topic: 'billing', invoice: 'INV-1042' } })
  const titles = async (id: string) => (await inbox(id)).items.map(({ title }: { title: string }) => title)
  t.match(bob.items.find(({ title }: { title: string }) => title === 'Order 1742 shipped'), { url: '/orders/1742', actions: [{ id: 'track' }], reason: { via: 'group', group: 'order-1742' } })
  t.notOk((await titles('alice')).includes('Order 1742 shipped'), 'its author has none')
  t.ok((await titles('alice')).includes('Bob commented on order 1742') && !(await titles('bob')).includes('Bob commented on order 1742'))
  t.match((await (await login('carol')).call('GET', '/api/users/carol/groups')).body, { items: [{ group: 'beta' }] })
  t.ok((await inbox('admin')).items.length < bob.items.length)
  t.same(await server.stop(), { code: 0, signal: null })
  t.same(await readdir(folder), [], 'nothing is kept, whatever the settings say')
})

const hasCurl = spawnSync('curl', ['--version']).status === 0

test('what it says to paste works', { skip: hasCurl ? false : 'curl is not installed' }, async t => {
  const { server, base, login } = await demo(t)
  const bob = await (await login('bob')).subscribe(t)
  const addresses = server.err.all.flatMap(line => /^ {2}(http\S+) {2,}/.exec(line)?.[1] ?? [])
  t.same(addresses, ['/inbox', '/console', '/'].map(path => base + path))
  for (const address of addresses) t.match((await fetch(address, { headers: { accept: 'text/html' } })).headers.get('content-type'), 'text/html')
  t.match(await (await fetch(`${base}/inbox`)).text(), /<meta name="belfry-demo" content="[^"]*demo-bob/, 'the form offers its users')
  const text = server.err.all.join('\n')
  const pasted = /Send to everyone, in another terminal:\n([^]+?)\n\n/.exec(text)![1]!
  const shell = new Process(t, { folder: PROJECT, command: ['sh', '-c', pasted] })
  t.match(await shell.ended, { code: 0 })
  t.match(JSON.parse((await shell.out.ended()).join('')), { message: 'Notification sent successfully' })
  t.match(await bob.next('notification'), { payload: { title: 'Hello' } })

  const [, command = ''] = /\n( {2}TOKEN=[^]+?) {2}npx -y wscat -c (\S+)/.exec(text)!
  const token = new Process(t, { folder: PROJECT, command: ['sh', '-c', `${command}\nprintf %s "$TOKEN"`] })
  await token.ended
  t.match((await new Client(base, token.out.all[0]).call('GET', '/api/auth/me')).body, { id: 'bob' })
  t.ok(text.includes(`npx -y wscat -c ${base.replace('http', 'ws')}/ws/notifications -H "Authorization: Bearer $TOKEN"`))
})

test('a bad setting stops the demo like the server', async t => {
  const { code, err } = await run(t, { folder: await newFolder(t), env: { PORT: 'free' }, command: DEMO })
  t.same({ code, err }, { code: 1, err: ['belfry: PORT must be a port from 0 to 65535; 0 picks a free one'] })
})
