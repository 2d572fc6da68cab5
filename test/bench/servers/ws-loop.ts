import { createServer } from 'node:http'
import { WebSocketServer, WebSocket } from 'ws'
import { listenBare, readBody } from './listen.ts'

/** What one writes first: every publish goes to every socket, one `send` each. */
const server = createServer(async (request, response) => {
  const body = await readBody(request)
  for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(body, { binary: false })
  response.end()
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
listenBare(server)
