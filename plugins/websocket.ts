import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { WebSocket } from 'ws'
import fp from 'fastify-plugin'
import { closeCodes } from '../src/protocol/close-codes.ts'
import { SOCKET_PATH, SUBPROTOCOL } from '../src/protocol/endpoint.ts'
import { problem } from '../src/errors.ts'
import { acceptableOffers } from '../src/socket/extensions.ts'
import { LiveSocket } from '../src/socket/live-socket.ts'
import { Wheel } from '../src/hub/wheel.ts'
import { refuse } from '../src/http/problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The deadlines of all sockets. */
    wheel: Wheel
  }
}

export interface WebsocketOptions {
  /** The longest a shutdown waits for sockets to close, milliseconds. */
  drainMs: number
  /** Whether sockets may be compressed (permessage-deflate). */
  isCompressed: boolean
  wheel?: Wheel | undefined
}

const MAX_FRAME_BYTES = 65_536
/** No client has a reason for more, and each costs more than its bytes. */
const MAX_FRAGMENTS = 1_024
/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000
const STAGGER = 500

/** Without a context of its own for each socket, one compression serves all of them. RFC 7692 §7.1.1. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 15 }

const serverOptions = (isCompressed: boolean) => ({
  // All that is asked of it is to be made with `new`.
  WebSocket: LiveSocket as never,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  perMessageDeflate: isCompressed && DEFLATE,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // The token beside it in the header is never echoed.
  handleProtocols: (offered: Set<string>) => offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false
})

/**
 * Whether a request asks for a socket where there is one, and can have it; any other upgrade (h2c) is
 * ignored. RFC 9110 §7.8. One that is pipelined behind a request without an answer cannot: its
 * connection is still spoken on, and once taken from the parser nobody would ever close it.
 */
export function shouldUpgrade ({ method, headers, url, socket }: IncomingMessage): boolean {
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false
  // Node's own name for the response under way, by which it refuses to begin a second one.
  if ((socket as { _httpMessage?: object | null })._httpMessage) return false
  if (hasBody(headers)) return false
  return [SOCKET_PATH, `${SOCKET_PATH}/`].includes(url!.split('?', 1)[0]!)
}

/** A body would be read from the same bytes as the frames that follow an upgrade, so one that has a body is none. */
export function hasBody (headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

export default fp<WebsocketOptions>(async (app, { drainMs, isCompressed, wheel = new Wheel() }) => {
  app.decorate('wheel', wheel)
  wheel.start()

  if (isCompressed) app.server.prependListener('upgrade', ({ headers }: IncomingMessage) => declineOffers(headers))
  await app.register(websocket, {
    options: serverOptions(isCompressed),
    preClose: () => drain(app.websocketServer.clients, drainMs)
  })
  // Its upgrade was under way when the shutdown began.
  app.websocketServer.on('connection', (socket: WebSocket) => { if (app.isDraining()) restart(socket) })
  // RFC 6455 §4.4: the answer names the version that would have been right.
  app.websocketServer.on('wsClientError', (error, socket) => refuse(socket, problem('BLF_BAD_REQUEST', error.message), ['sec-websocket-version: 13']))
  app.addHook('onClose', async () => wheel.stop())
}, { name: 'websocket', fastify: '5.x', dependencies: ['hub', 'drain'] })

/** Takes out of the headers what of the compression offered cannot be met. */
function declineOffers (headers: IncomingHttpHeaders): void {
  const offered = headers['sec-websocket-extensions']
  if (offered !== undefined) headers['sec-websocket-extensions'] = acceptableOffers(offered, DEFLATE)
}

/**
 * Asks every socket to come back later (1012), some at a time so that they do not come back all at
 * once, and cuts what is still there at the deadline.
 */
async function drain (sockets: Set<WebSocket>, drainMs: number): Promise<void> {
  if (sockets.size === 0) return
  const all = [...sockets]
  const open = new Set(all)
  const { promise: empty, resolve } = Promise.withResolvers<void>()
  for (const socket of all) {
    socket.once('close', () => {
      open.delete(socket)
      if (open.size === 0) resolve()
    })
  }
  const step = drainMs / 2 / Math.ceil(all.length / STAGGER)
  const timers: NodeJS.Timeout[] = []
  for (let start = 0; start < all.length; start += STAGGER) {
    const close = () => all.slice(start, start + STAGGER).forEach(restart)
    if (start === 0) close()
    else timers.push(setTimeout(close, step * (start / STAGGER)))
  }
  timers.push(setTimeout(() => sockets.forEach(socket => socket.terminate()), drainMs))
  await empty
  timers.forEach(clearTimeout)
}

function restart (socket: WebSocket): void {
  socket.close(1012, closeCodes[1012].reason)
}
