import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import tap, { test } from 'tap'
import { folder } from '../../folder.ts'
import { call, hello, isProblem, listen, mint, people, populate, subscribe, type App, type Person } from '../../helper.ts'
import { install, missing } from '../../services/process.ts'

const run = promisify(execFile)
const LABEL = 'notif_1746245726.463395'

const envelope = (payload: object = {}) => ({ type: 'notification', payload: { id: 'weekly', title: 'a', message: 'b', type: 'info', ...payload } })
const broadcast = (app: App, sent: object, { person = people.root as Person, to = 'role/user', key }: { person?: Person, to?: string, key?: string } = {}) => {
  return call(app, person, 'POST', `/api/broadcast/${to}`, sent, key === undefined ? {} : { 'idempotency-key': key })
}
const titles = async (app: App, person: Person) => {
  const { body } = await call(app, person, 'GET', '/api/notifications/me?limit=200')
  return body.items.map(({ title }: { title: string }) => title).sort() as string[]
}

const hasCurl = await run('curl', ['--version']).catch(() => { install('curl'); return run('curl', ['--version']) }).catch(() => undefined)
if (!hasCurl) missing(tap, 'curl', 'PATH')

test('the three calls with one id, as they stand and twice, are three notifications', { skip: !hasCurl && 'without curl' }, async t => {
  const app = await populate(t)
  await listen(app)
  const home = folder(t)
  const { port } = app.server.address() as AddressInfo
  // What the calls leave to their surroundings: where the server is, and a token.
  writeFileSync(join(home, '.curlrc'), `silent\nwrite-out = " %{http_code}\\n"\nconnect-to = "localhost:8000:127.0.0.1:${port}"\nheader = "Authorization: Bearer ${mint(people.root)}"\n`)
  const calls = async () => {
    const { stdout } = await run('sh', [join(import.meta.dirname, 'broadcast-calls.sh')], { env: { ...process.env, HOME: home, CURL_HOME: home } })
    return stdout.trim().split('\n').map(line => ({ status: line.slice(-3), body: JSON.parse(line.slice(0, -4)) }))
  }
  const first = await calls()
  t.match(first, [
    { status: '200', body: { status: 'success', message: 'Message broadcasted to company company_a and role user', id: LABEL } },
    { status: '200', body: { status: 'success', message: 'Message broadcasted to role admin', id: /^[0-9a-f-]{36}$/ } },
    { status: '200', body: { status: 'success', message: 'Message broadcasted to company company_a', id: /^[0-9a-f-]{36}$/ } }
  ])
  t.equal(new Set(first.map(({ body }) => body.id)).size, 3)
  t.strictSame(await calls(), first, 'sent again they are retries')
  t.same(await titles(app, people.bob), ['Announcement for Company A', 'User Update'])
  t.same(await titles(app, people.alice), ['Admin Alert', 'Announcement for Company A'])
})

test('a frame carries the id that the answer tells, and the label of nobody', async t => {
  const app = await populate(t)
  const bob = await subscribe(t, await listen(app), people.bob)
  await broadcast(app, envelope())
  const { body: { id } } = await broadcast(app, envelope({ title: 'other' }))
  await bob.next('notification')
  t.match(await bob.next('notification'), { id, payload: { id, title: 'other' } })
})

test('anything else under a label is new: content, data, time, target, sender', async t => {
  const app = await populate(t)
  const first = await broadcast(app, envelope())
  const others = [{ title: 'x' }, { message: 'x' }, { type: 'error' }, { data: { x: 1 } }, { created_at: '2025-05-03T11:15:26' }, { expires_at: '2199-01-01T00:00:00Z' }]
  const answers = []
  for (const other of others) answers.push(await broadcast(app, envelope(other)))
  answers.push(await broadcast(app, envelope(), { to: 'role/admin' }), await broadcast(app, envelope(), { to: 'company/company_a', person: people.alice }))
  t.same(answers.map(({ status }) => status), answers.map(() => 200))
  t.equal(new Set([first, ...answers].map(({ body }) => body.id)).size, others.length + 3)
  for (const [index, other] of others.entries()) t.same((await broadcast(app, envelope(other))).body, answers[index]!.body, JSON.stringify(other))
  t.same((await broadcast(app, envelope())).body, first.body, 'and the first is still the first')
})

test('a send stays strict beside labels', async t => {
  const app = await populate(t)
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'order-7' })
  const labelled = await broadcast(app, envelope({ id: 'order-7' }))
  t.match(labelled, { status: 200, body: { id: /^[0-9a-f-]{36}$/ } }, 'the id of a send is taken')
  isProblem(t, await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, title: 'x', id: 'order-7' }), 'BLF_ID_CONFLICT')
  const first = await broadcast(app, envelope())
  t.equal(first.body.id, 'weekly')
  isProblem(t, await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'weekly' }), 'BLF_ID_CONFLICT')
})

test('an Idempotency-Key stays strict, whatever the label', async t => {
  const app = await populate(t)
  const first = await broadcast(app, envelope(), { key: 'key-7' })
  t.same((await broadcast(app, envelope(), { key: 'key-7' })).body, first.body)
  isProblem(t, await broadcast(app, envelope({ title: 'x' }), { key: 'key-7' }), 'BLF_ID_CONFLICT', 'other content')
  isProblem(t, await broadcast(app, envelope({ id: 'other' }), { key: 'key-7' }), 'BLF_ID_CONFLICT', 'another label')
  const second = await broadcast(app, envelope({ title: 'x' }), { key: 'key-8' })
  t.same((await broadcast(app, envelope({ title: 'x' }), { key: 'key-8' })).body, second.body)
  t.not(second.body.id, first.body.id)
})

test('what is recalled is recalled by the id of its answer, and its retry brings nothing back', async t => {
  const app = await populate(t)
  await broadcast(app, envelope())
  const { body } = await broadcast(app, envelope({ title: 'other' }))
  t.equal((await call(app, people.root, 'DELETE', `/api/broadcast/${body.id}`)).status, 200)
  t.same(await titles(app, people.bob), ['a'])
  t.same((await broadcast(app, envelope({ title: 'other' }))).body, body)
  t.same(await titles(app, people.bob), ['a'])
})

test('twenty at once under one label: the same are one, others are each their own', async t => {
  const app = await populate(t)
  const same = await Promise.all(Array.from({ length: 20 }, () => broadcast(app, envelope({ title: 'same' }))))
  for (const { status, body } of same) t.same({ status, body }, { status: 200, body: same[0]!.body })
  const others = await Promise.all(Array.from({ length: 20 }, (_, index) => broadcast(app, envelope({ title: `other ${index % 10}` }))))
  t.same(others.map(({ status }) => status), others.map(() => 200))
  t.equal(new Set(others.map(({ body }) => body.id)).size, 10)
  t.equal((await titles(app, people.bob)).length, 11)
})
