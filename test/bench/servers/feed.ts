import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import process from 'node:process'
import { WebSocketServer, type WebSocket } from 'ws'
import { frameOf } from '../lib/frames.ts'
import { dialects, type Dialect } from './dialects.ts'
import { announce } from './listen.ts'

/**
 * What the clients are measured with: speaks as much of each one's protocol as it needs to connect, keeps nothing, and sends
 * frames that were built before, so that it is never what is waited for. PORT names its port.
 *
 * `POST /build?count=` builds frames for the clients that are connected, `/feed` sends them, `/cut` loses every connection.
 */
const CHUNK = 65_536
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: protocols => [...protocols][0] ?? false })
const sockets = new Map<WebSocket, { raw: Socket, dialect: Dialect }>()
let number = 0
let built: { raw: Socket, frames: Buffer }[] = []

const commands: Record<string, (count: number) => void> = {
  '/build' (count) {
    built = [...sockets.values()].map(({ raw, dialect }) => ({
      raw, frames: Buffer.concat(Array.from({ length: count }, (_, index) => frameOf(dialect.push(number + index))))
    }))
    number += count
  },
  '/feed' () {
    for (const { raw, frames } of built) send(raw, frames)
  },
  '/cut' () {
    for (const { raw } of sockets.values()) raw.destroy()
  }
}

function send (raw: Socket, frames: Buffer): void {
  for (let at = 0; at < frames.length; at += CHUNK) {
    if (raw.write(frames.subarray(at, at + CHUNK))) continue
    raw.once('drain', () => send(raw, frames.subarray(at + CHUNK)))
    return
  }
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
  const answer = Object.values(dialects).find(({ answers }) => answers?.[pathname])?.answers![pathname]
  commands[pathname]?.(Number(searchParams.get('count')))
  response.writeHead(answer || commands[pathname] ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
})

server.on('upgrade', (request, raw: Socket, head) => {
  const { pathname } = new URL(request.url!, 'http://localhost')
  const dialect = dialects[pathname]
  if (!dialect) return raw.destroy()
  raw.setNoDelay()
  wss.handleUpgrade(request, raw, head, socket => {
    sockets.set(socket, { raw, dialect })
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    for (const text of dialect.hello ?? []) socket.send(text)
    socket.on('message', data => { for (const text of dialect.reply?.(String(data)) ?? []) socket.send(text) })
  })
})

server.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1', backlog: 4096 }, () => announce((server.address() as { port: number }).port))
process.on('SIGTERM', () => process.exit())
