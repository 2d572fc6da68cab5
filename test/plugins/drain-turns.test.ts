import { test } from 'tap'
import { build, listen, mint, people, Subscriber } from '../helper.ts'

const SOCKETS = 620
const AT_ONCE = 500

test('many sockets are told to come back in turns, not all at once', async t => {
  const app = await build(t, { DRAIN_SECONDS: '2', MAX_CONNECTIONS_PER_USER: '1000' })
  const base = await listen(app)
  const headers = { authorization: `Bearer ${mint(people.bob)}` }
  const sockets: Subscriber[] = []
  // Some at a time: the system queues only so many new connections.
  while (sockets.length < SOCKETS) {
    const more = Array.from({ length: 62 }, () => new Subscriber(`${base}/ws/notifications`, { headers }))
    await Promise.all(more.map(socket => socket.next('welcome')))
    sockets.push(...more)
  }

  let told = 0
  const turns: number[] = []
  for (const socket of app.websocketServer.clients) {
    const close = socket.close.bind(socket)
    socket.close = (...args) => {
      // ws calls it again when the peer has answered.
      if (socket.readyState !== socket.OPEN) return close(...args)
      if (told === 0) setImmediate(() => { turns.push(told); told = 0 })
      told += 1
      close(...args)
    }
  }
  await app.close()
  t.same(turns, [AT_ONCE, SOCKETS - AT_ONCE])
  const codes = await Promise.all(sockets.map(async ({ closed }) => (await closed).code))
  t.same([...new Set(codes)], [1012])
})
