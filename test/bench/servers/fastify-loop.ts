import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { announce } from './listen.ts'

/** @fastify/websocket as its README shows a broadcast, and the JSON echo that sends are compared with. */
const app = Fastify()
await app.register(websocket)
app.get('/ws', { websocket: true }, () => {})
app.post('/publish', async ({ body }) => {
  const text = JSON.stringify(body)
  for (const client of app.websocketServer.clients) client.send(text)
  return {}
})
app.post('/echo', async ({ body }) => body)
await app.listen({ host: '127.0.0.1', port: 0 })
announce((app.server.address() as { port: number }).port)
