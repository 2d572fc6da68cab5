import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Connections whose upgrade is not accepted: still being judged, or refused. Node forgets a connection when it
 * emits `upgrade`: neither `closeAllConnections` nor the server's timeouts know it from then on, nothing reads it,
 * and `server.close` waits for it. So whoever refuses an upgrade has to close its connection.
 */
export class Upgrades {
  readonly #open = new Set<Socket>()
  readonly #onClose: (this: Socket) => void

  constructor (server: Server) {
    const open = this.#open
    this.#onClose = function () { open.delete(this) }
    server.prependListener('upgrade', (_request, socket) => {
      open.add(socket as Socket)
      socket.on('close', this.#onClose)
    })
  }

  has (socket: Socket): boolean {
    return this.#open.has(socket)
  }

  /** The connection is a WebSocket now, which its session closes. */
  accepted (socket: Socket): void {
    this.#open.delete(socket)
    socket.off('close', this.#onClose)
  }

  /** Closes the connection after the answer that `response` is about to send, also if its peer keeps its own end open or reads nothing. */
  refuse (response: ServerResponse): void {
    const socket = response.socket!
    response.once('finish', () => socket.destroySoon())
    // After as long without progress as on every connection of the server.
    socket.once('timeout', () => socket.destroy())
  }

  /** Cuts all of them. */
  cut (): void {
    for (const socket of this.#open) socket.destroy()
  }
}
