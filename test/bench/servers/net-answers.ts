import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { textFrame } from '../../../src/socket/frame.ts'
import { listenBare } from './listen.ts'

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const answer = textFrame(JSON.stringify({ id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d', type: 'ok', payload: { cursor: 'k3v9x0qa.2s1' }, reply_to: 'a' }))

/** What reading and writing alone costs: whatever comes is answered with the same bytes, unread. */
const server = createServer()
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + GUID).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  socket.on('data', () => { socket.write(answer) })
})
listenBare(server)
