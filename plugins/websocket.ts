import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { WebSocket } from 'ws'
import fp from 'fastify-plugin'
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
  /** Whether sockets may be compressed (permessage-deflate). */
  isCompressed: boolean
  wheel?: Wheel | undefined
}

const MAX_FRAME_BYTES = 65_536
/** No client needs more, and each fragment costs more memory than its bytes. */
const MAX_FRAGMENTS = 1_024
/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000

/** Without a compression context per socket, an event is compressed once for all of them. RFC 7692 §7.1.1. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 15 }

const serverOptions = (isCompressed: boolean) => ({
  // ws only instantiates it.
  WebSocket: LiveSocket as never,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  perMessageDeflate: isCompressed && DEFLATE,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // A token that the client sends beside it in the header is never echoed.
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

export default fp<WebsocketOptions>(async (app, { isCompressed, wheel = new Wheel() }) => {
  app.decorate('wheel', wheel)
  wheel.start()

  if (isCompressed) app.server.prependListener('upgrade', ({ headers }: IncomingMessage) => declineOffers(headers))
  await app.register(websocket, {
    options: serverOptions(isCompressed),
    // The hub closes them; the default would close all at once, without a code.
    preClose: done => done()
  })
  app.websocketServer.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    app.upgrades.accepted(request.socket)
    // Its upgrade was under way when the shutdown began.
    if (app.isDraining()) socket.close(1012)
  })
  // RFC 6455 §4.4: the answer names the version that would have been right.
  app.websocketServer.on('wsClientError', (error, socket) => refuse(socket, problem('BLF_BAD_REQUEST', error.message), ['sec-websocket-version: 13']))
  app.addHook('onClose', async () => wheel.stop())
}, { name: 'websocket', fastify: '5.x', dependencies: ['hub', 'drain'] })

/** Removes offers of compression that cannot be met from the headers. */
function declineOffers (headers: IncomingHttpHeaders): void {
  const offered = headers['sec-websocket-extensions']
  if (offered !== undefined) headers['sec-websocket-extensions'] = acceptableOffers(offered, DEFLATE)
}
