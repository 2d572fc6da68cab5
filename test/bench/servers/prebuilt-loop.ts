import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { textFrame } from '../../../src/socket/frame.ts'
import { listenBare, readBody } from './listen.ts'

/** The frame built once, one socket write each: the least a server can do that does not join frames. */
const streams = new Set<Duplex>()
const server = createServer(async (request, response) => {
  const frame = textFrame(String(await readBody(request)))
  for (const stream of streams) stream.write(frame)
  response.end()
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket, request) => {
  streams.add(request.socket)
  socket.on('close', () => streams.delete(request.socket))
})
listenBare(server)
