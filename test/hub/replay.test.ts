import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { formatCursor, parseCursor } from '../../src/protocol/cursor.ts'
import { draftOf } from '../../src/notification/draft.ts'
import { bearer, build, listen, people, Subscriber, subscribe, type App } from '../helper.ts'

const { bob } = people
const CHUNK_BYTES = 65_536
const WORDS = 'all work and no play '.repeat(190)

/** Puts so many notifications into the log; the last one's place. */
async function fill (app: App, count: number, { message = 'Short', prefix = 'n' } = {}): Promise<number> {
  const receipts = await Promise.all(Array.from({ length: count }, async (_, index) => {
    const content = { id: `${prefix}${index}`, title: 'Filling', message, type: 'info' as const, data: {} }
    return await app.store.notify(draftOf(content, { keys: ['all'], sender: 'user:root', scope: null }))
  }))
  return receipts.at(-1)!.seq
}

const places = ({ frames }: Subscriber) => frames.filter(({ type }) => type === 'notification').map(({ cursor }) => parseCursor(cursor!)!.seq)
/** Reads until the notification at a place. */
async function read (socket: Subscriber, upTo: number): Promise<void> {
  while (parseCursor((await socket.next('notification')).cursor!)!.seq !== upTo);
}
const range = (after: number, upTo: number) => Array.from({ length: upTo - after }, (_, index) => after + 1 + index)

test('from memory, from the store, or both: a replay is whole, in order, and goes over into live', async t => {
  const app = await build(t)
  const base = await listen(app)
  const first = await subscribe(t, base, bob)
  const begin = parseCursor(first.frames[0]!.cursor!)!.seq
  first.close()
  // More than memory holds, so that its oldest place lies somewhere in between.
  const middle = await fill(app, 9_000)
  const flowing = fill(app, 500, { prefix: 'late' })
  const cursors = [begin, begin + 1, begin + 4_000, middle - 5_000, middle - 4_096, middle - 4_095, middle - 201, middle - 200, middle - 1, middle]
  const opened = await Promise.all(cursors.map(async since => ({ since, socket: await subscribe(t, base, bob, `?since=${formatCursor(app.store.epoch, since)}`) })))
  const end = await flowing
  for (const { since, socket } of opened) {
    await read(socket, end)
    t.same(places(socket), range(since, end), `from ${since}`)
    const caughtUp = socket.frames.findIndex(({ type }) => type === 'caught_up')
    t.equal(socket.frames[caughtUp]!.payload.count, caughtUp - 1, 'the count is what was sent')
  }
})

test('a long replay goes as fast as its reader takes it, and is not cut for that', async t => {
  const app = await build(t, { MAX_SOCKET_BUFFER: String(CHUNK_BYTES) })
  const base = await listen(app)
  const begin = await app.store.head() + 1
  const person = { ...bob, sub: 'reader' }
  ;(await subscribe(t, base, person)).close()
  const end = await fill(app, 4_000, { message: WORDS })

  let mostUnsent = 0
  let largestWrite = 0
  const { promise: full, resolve } = Promise.withResolvers<void>()
  app.server.on('connection', (socket: Socket) => {
    const write = socket.write.bind(socket)
    socket.write = (...args: unknown[]) => {
      largestWrite = Math.max(largestWrite, (args[0] as Buffer).length)
      const taken = (write as (...args: unknown[]) => boolean)(...args)
      mostUnsent = Math.max(mostUnsent, socket.writableLength)
      // Less than all of it: the system takes no more.
      if (socket.writableLength > 0) resolve()
      return taken
    }
  })
  const slow = new Subscriber(`${base}/ws/notifications?since=${formatCursor(app.store.epoch, begin)}`, { headers: bearer(person) })
  t.teardown(() => slow.close())
  await slow.next('welcome')
  slow.socket.pause()
  await full
  // What comes now waits in the log, not in memory.
  const last = await fill(app, 300, { prefix: 'late', message: WORDS })
  slow.socket.resume()
  await read(slow, last)
  t.same(places(slow), range(begin, last))
  t.ok(end < last)
  t.ok(mostUnsent > 0 && mostUnsent < CHUNK_BYTES + 10_000, `${mostUnsent} bytes unsent at the most`)
  t.ok(largestWrite < CHUNK_BYTES + 10_000, `${largestWrite} bytes at once at the most, where it goes over into live too`)
})

test('a reader that stalls while live is closed with 1013, and gets everything when it resumes', async t => {
  const app = await build(t, { MAX_SOCKET_BUFFER: String(CHUNK_BYTES) })
  const base = await listen(app)
  const [slow, quick] = [await subscribe(t, base, bob), await subscribe(t, base, bob)]
  const begin = parseCursor(slow.frames[0]!.cursor!)!.seq
  const [server] = [...app.websocketServer.clients]
  slow.socket.pause()
  let end = begin
  for (let round = 0; server!.readyState === server!.OPEN; round++) {
    end = await fill(app, 50, { prefix: `r${round}-`, message: WORDS })
    await nextTurn()
  }
  slow.socket.resume()
  t.same(await slow.closed, { code: 1013, reason: 'overload' })
  const got = places(slow)
  t.same(got, range(begin, got.at(-1)!), 'up to there nothing is missing')
  const resumed = await subscribe(t, base, bob, `?since=${formatCursor(app.store.epoch, got.at(-1)!)}`)
  await read(resumed, end)
  t.same(places(resumed), range(got.at(-1)!, end))
  await read(quick, end)
  t.same(places(quick), range(begin, end), 'who reads is not disturbed')
})
