import { connect, type Socket } from 'node:net'

/** A keep-alive connection that sends one request at a time and reads no more of an answer than it must. */
export class RawHttp {
  readonly #socket: Socket
  #settle: { resolve: (status: number) => void, reject: (error: Error) => void } | undefined
  #text = ''

  constructor (port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' })
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => this.#read(chunk))
    this.#socket.on('error', error => this.#settle?.reject(error))
    this.#socket.on('close', () => this.#settle?.reject(new Error('connection closed')))
  }

  /** Sends a whole request (see `request`); resolves with the status. */
  send (request: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#settle = { resolve, reject }
    this.#socket.write(request)
    return promise
  }

  close (): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #read (chunk: string): void {
    this.#text += chunk
    const end = this.#text.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = /content-length: (\d+)/i.exec(this.#text.slice(0, end))
    if (this.#text.length < end + 4 + Number(length?.[1] ?? 0)) return
    const status = Number(this.#text.slice(9, 12))
    this.#text = ''
    this.#settle?.resolve(status)
  }
}

/** A POST with a JSON body, as text that can be written as it is. */
export function post (path: string, headers: Record<string, string>, body: unknown): string {
  const json = JSON.stringify(body)
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n${extra}\r\n${json}`
}
