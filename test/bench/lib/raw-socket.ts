import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { FrameCounter } from './frames.ts'

export interface UpgradeOptions {
  port: number
  path: string
  headers?: Record<string, string>
  /** Masked text frames to send once open, as Socket.IO needs. */
  hello?: string
  /** Called with how many frames came. */
  onFrames: (count: number) => void
}

const BUFFER_BYTES = 262_144
/** Reads are done with when the callback returns, so all connections share one buffer. */
export const shared = Buffer.allocUnsafe(BUFFER_BYTES)

/** Headers as lines of a request. */
export function linesOf (headers: Record<string, string>): string {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

/** Upgrades a bare TCP socket; resolves when the server has switched protocols. */
export function openSocket ({ port, path, headers = {}, hello, onFrames }: UpgradeOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const counter = new FrameCounter()
  let head = ''
  let isOpen = false
  const feed = (length: number, bytes: Buffer) => {
    const count = counter.feed(bytes, length)
    if (count > 0) onFrames(count)
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: shared,
      callback (length, buffer) {
        if (isOpen) feed(length, buffer as Buffer)
        else upgrade(Buffer.from(buffer.subarray(0, length)))
        return true
      }
    }
  })
  function upgrade (bytes: Buffer): void {
    head += bytes.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(head.slice(0, end)))
    isOpen = true
    if (hello !== undefined) socket.write(maskedText(hello))
    resolve(socket)
    const rest = Buffer.from(head.slice(end + 4), 'latin1')
    if (rest.length > 0) feed(rest.length, rest)
  }
  socket.setNoDelay(true)
  socket.on('error', reject)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${linesOf(headers)}\r\n`)
  return promise
}

/** A client's text frame of less than 126 bytes. */
export function maskedText (text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}
