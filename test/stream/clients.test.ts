import { EventSource } from 'eventsource'
import { test } from 'tap'
import { streamDescription } from '../../src/docs/stream.ts'
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

test('an `EventSource` in a browser, as the document writes it, loses nothing', async t => {
  const browser = await chromium(t)
  if (!browser) return
  const { app, base } = await serve(t)
  const proxy = await Proxy.before(t, Number(new URL(base).port))
  const page = await browser.newPage()
  await page.goto(proxy.via(base))
  const got: string[] = []
  page.on('console', message => { for (const value of message.args()) value.jsonValue().then(payload => { if (payload?.id) got.push(payload.id) }, () => {}) })
  const [, code] = /```\n(let cursor\n[^]*?)```/.exec(streamDescription)!
  await page.evaluate(`const token = ${JSON.stringify(mint(bob))};\n${code!.replace('1000 + 4000 * Math.random()', '10')}\nlisten()`)
  await until('the stream', () => app.countStreams() === 1)
  for (let cut = 0; cut < 2; cut++) {
    for (const id of names(cut * 10, 5)) await send(app, id)
    await until('the first half', () => got.length === cut * 10 + 5)
    proxy.cut()
    for (const id of names(cut * 10 + 5, 5)) await send(app, id)
    await until('the second half', () => got.length === cut * 10 + 10)
  }
  t.same(got, names(0, 20), 'in order, and each once')
})
