/** Counts the frames in a stream of server frames without looking at what they say. RFC 6455 §5.2. */
export class FrameCounter {
  /** Bytes of the current frame that are still to come. */
  #skip = 0
  /** A header cut by the end of a chunk. */
  #partial: number[] = []

  /** How many frames begin and have their header whole in these bytes. */
  feed (bytes: Uint8Array, length: number): number {
    let count = 0
    let at = 0
    while (at < length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, length - at)
        this.#skip -= step
        at += step
        continue
      }
      if (this.#partial.length === 0 && length - at >= 10) {
        const size = bytes[at + 1]!
        if (size < 126) {
          at += 2
          this.#skip = size
        } else if (size === 126) {
          this.#skip = bytes[at + 2]! * 256 + bytes[at + 3]!
          at += 4
        } else {
          this.#skip = readSize(bytes.subarray(at + 2, at + 10))
          at += 10
        }
        count += 1
        continue
      }
      this.#partial.push(bytes[at++]!)
      if (this.#completeHeader()) count += 1
    }
    return count
  }

  #completeHeader (): boolean {
    const header = this.#partial
    const size = header[1]
    if (size === undefined) return false
    const needed = size < 126 ? 2 : size === 126 ? 4 : 10
    if (header.length < needed) return false
    this.#skip = size < 126 ? size : readSize(header.slice(2))
    this.#partial = []
    return true
  }
}

function readSize (bytes: Iterable<number>): number {
  let size = 0
  for (const byte of bytes) size = size * 256 + byte
  return size
}

/** A text as the frame of a server. */
export function frameOf (text: string): Buffer {
  const payload = Buffer.from(text)
  const size = payload.length
  if (size > 65_535) throw new Error('no frame of the benchmark is that long')
  return Buffer.concat([size < 126 ? Buffer.from([0x81, size]) : Buffer.from([0x81, 126, size >> 8, size & 255]), payload])
}
