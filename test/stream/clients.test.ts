import { readFileSync } from 'node:fs'
import { EventSource } from 'eventsource'
import { test, type Test } from 'tap'
import { streamDescription } from '../../src/docs/stream.ts'
import { HandWheel } from '../hand-wheel.ts'
import { call, hello, mint, people, serve, type App } from '../helper.ts'
import { chromium } from '../services/chromium.ts'
import { Proxy } from '../services/proxy.ts'
import { until } from '../within.ts'

const { root, bob } = people
const send = (app: App, id: string) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id })
const names = (from: number, count: number) => Array.from({ length: count }, (_, number) => `n${from + number}`)

test('`eventsource` of npm comes back by itself, from the last id, and loses nothing', async t => {
  const { app, base } = await serve(t)
  const proxy = await Proxy.before(t, Number(new URL(base).port))
  const statuses: number[] = []
  const sinces: (string | null)[] = []
  const source = new EventSource(`${proxy.via(base).replace(/\/$/, '')}/sse/notifications`, {
    async fetch (url, options) {
      const headers = new Headers(options.headers)
      sinces.push(headers.get('last-event-id'))
      headers.set('authorization', `Bearer ${mint(bob)}`)
      const response = await fetch(url, { ...options, headers })
      statuses.push(response.status)
      return response
    }
  })
  t.teardown(() => source.close())
  const got: string[] = []
  const ids: string[] = []
  source.addEventListener('notification', ({ data, lastEventId }) => {
    got.push(JSON.parse(data).id)
    ids.push(lastEventId)
  })
  let welcomes = 0
  source.addEventListener('welcome', () => { welcomes += 1 })
  await until('the welcome', () => welcomes === 1)
  for (let cut = 0; cut < 3; cut++) {
    for (const id of names(cut * 10, 5)) await send(app, id)
    await until('the first half', () => got.length === cut * 10 + 5)
    proxy.cut()
    for (const id of names(cut * 10 + 5, 5)) await send(app, id)
    await until('the second half', () => got.length === cut * 10 + 10)
  }
  t.same(got, names(0, 30))
  t.same(statuses, [200, 200, 200, 200])
  t.same(sinces, [null, ids[4], ids[14], ids[24]])
  let end: unknown
  source.addEventListener('close', ({ data, lastEventId }) => { end = [JSON.parse(data).payload.code, lastEventId] })
  await app.close()
  await until('the end', () => end !== undefined)
  t.same(end, [1012, ids.at(-1)], 'the end has no id, and takes none away')
})

/** A page that runs the document's example, with waits that are 100 times shorter. */
async function example (t: Test, token: string, { isDirect = false, ...overrides } = {}) {
  const browser = await chromium(t)
  if (!browser) return
  const { app, base } = await serve(t, {}, overrides)
  const proxy = await Proxy.before(t, Number(new URL(base).port))
  const page = await (await browser.newContext()).newPage()
  await page.goto(isDirect ? base : proxy.via(base))
  const got: string[] = []
  const errors: string[] = []
  let failures = 0
  page.on('console', message => { for (const value of message.args()) value.jsonValue().then(payload => { if (payload?.id) got.push(payload.id) }, () => {}) })
  page.on('console', message => { if (message.type() === 'error' && !message.text().startsWith('Failed to load')) errors.push(message.text()) })
  page.on('requestfailed', () => { failures += 1 })
  const [, code] = /```\n(let cursor\n[^]*?)```/.exec(streamDescription)!
  await page.evaluate(`(() => {
    window.waits = window.welcomes = 0
    const setTimeout = (fn, ms) => window.setTimeout(fn, ms / 100, window.waits++)
    class EventSource extends window.EventSource {
      constructor (url) {
        super(url)
        this.addEventListener('welcome', () => window.welcomes++)
      }
    }
    const token = ${JSON.stringify(token)}
    ${code}
    listen()
  })()`)
  return { app, proxy, got, errors, failures: () => failures, waits: async () => await page.evaluate('window.waits'), isWelcome: async () => await page.evaluate<boolean>('window.welcomes > 0') }
}

test('an `EventSource` in a browser, as the document writes it, loses nothing', async t => {
  const all = await example(t, mint(bob))
  if (!all) return
  const { app, proxy, got, failures, isWelcome } = all
  await until('the welcome', isWelcome)
  // Before any notification came, too.
  proxy.cut()
  await send(app, 'n0')
  await until('what was sent meanwhile', () => got.length === 1)
  proxy.weather = 'refuse'
  proxy.cut()
  for (const id of names(1, 4)) await send(app, id)
  const before = failures()
  await until('attempts while the server is away', () => failures() >= before + 4)
  proxy.weather = 'fair'
  await until('what was sent meanwhile', () => got.length === 5)
  for (let cut = 1; cut < 3; cut++) {
    for (const id of names(cut * 5, 3)) await send(app, id)
    await until('the first half', () => got.length === cut * 5 + 3)
    proxy.cut()
    for (const id of names(cut * 5 + 3, 2)) await send(app, id)
    await until('the second half', () => got.length === cut * 5 + 5)
  }
  t.same(got, names(0, 15), 'in order, and each once')
})

test('as the document writes it, an `EventSource` ends with its token', async t => {
  const refused = await example(t, mint(bob, { exp: 1 }))
  if (!refused) return
  await until('why', () => refused.errors.length > 0)
  t.same([refused.errors, await refused.waits()], [['The token has ended: log in, then listen again'], 0])
  const wheel = new HandWheel()
  const ended = await example(t, mint(bob, { exp: Math.floor(Date.now() / 1000) + 90 }), { isDirect: true, wheel } as object)
  await until('the welcome', ended!.isWelcome)
  wheel.pass(91)
  await until('why', () => ended!.errors.length > 0)
  t.match([ended!.errors, await ended!.waits()], [[/^credentials missing.*: get a new token/], 0])
})

test('the document names every frame that has a cursor', t => {
  const source = readFileSync('src/protocol/server-frames.ts', 'utf8')
  const types = [...source.matchAll(/EventFrame<'([\w.]+)'|type: '([\w.]+)', cursor\?/g)].map(([, one, other]) => one ?? other!)
  t.ok(types.length > 15)
  const [, listed] = /const types = \[([^\]]*)\]/.exec(streamDescription)!
  // A stream asks for nothing that `ok` would answer.
  t.same(types.filter(type => type !== 'ok' && !listed!.includes(`'${type}'`)), [])
  t.end()
})
