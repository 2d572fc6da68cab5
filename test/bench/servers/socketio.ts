import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listenBare, readBody } from './listen.ts'

const server = createServer()
const io = new Server(server, { transports: ['websocket'], serveClient: false })
server.on('request', async (request, response) => {
  if (request.url !== '/publish') return
  io.emit('notification', JSON.parse(String(await readBody(request))))
  response.end()
})
listenBare(server)
