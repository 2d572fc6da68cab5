import { connect, type Socket } from 'node:net'
import { linesOf, shared, type UpgradeOptions } from './raw-socket.ts'

/** A field that every event has once, and that no event's data can hold: JSON has no line breaks. */
const MARK = '\nevent: '

/** Counts the events of a stream without looking at what they say. */
export class EventCounter {
  #tail = ''

  feed (bytes: Buffer): number {
    let count = 0
    // The mark may be cut by the end of a chunk.
    const seam = this.#tail + bytes.toString('latin1', 0, MARK.length - 1)
    if (seam.includes(MARK)) count += 1
    for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + MARK.length)) count += 1
    this.#tail = (this.#tail + bytes.toString('latin1', Math.max(0, bytes.length - MARK.length + 1))).slice(1 - MARK.length)
    return count
  }
}

/** Opens a stream on a bare TCP socket; resolves when its head has come. */
export function openStream ({ port, path, headers = {}, onFrames }: UpgradeOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const counter = new EventCounter()
  let isOpen = false
  const socket = connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: shared,
      callback (length, buffer) {
        const bytes = (buffer as Buffer).subarray(0, length)
        if (!isOpen) {
          const head = bytes.toString('latin1')
          if (!head.startsWith('HTTP/1.1 200')) reject(new Error(head))
          isOpen = true
          resolve(socket)
        }
        const count = counter.feed(bytes)
        if (count > 0) onFrames(count)
        return true
      }
    }
  })
  socket.setNoDelay(true)
  socket.on('error', reject)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${linesOf(headers)}\r\n`)
  return promise
}
