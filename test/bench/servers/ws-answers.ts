import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { listenBare } from './listen.ts'

/** The least that a frame with an answer costs: it is read, parsed and answered, and nothing is kept. */
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', socket => {
  socket.on('message', data => {
    const { id, payload } = JSON.parse((data as Buffer).toString()) as { id: string, payload: unknown }
    socket.send(JSON.stringify({ id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d', type: 'ok', payload, reply_to: id }))
  })
})
listenBare(server)
