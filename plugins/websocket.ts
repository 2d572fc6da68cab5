import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { WebSocket } from 'ws'
import fp from 'fastify-plugin'
import { SOCKET_PATH, SUBPROTOCOL } from '../src/protocol/endpoint.ts'
import { problem } from '../src/errors.ts'
import { acceptableOffers } from '../src/socket/extensions.ts'
import { LiveSocket } from '../src/socket/live-socket.ts'
import { Wheel } from '../src/hub/wheel.ts'
import { isStream } from '../src/http/connections.ts'
import { endWithProblem } from '../src/http/problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The timer wheel that holds the deadlines of all sockets. */
    wheel: Wheel
  }
}

export interface WebsocketOptions {
  /** Whether sockets may be compressed (permessage-deflate). */
  isCompressed: boolean
  wheel?: Wheel | undefined
}

const MAX_FRAME_BYTES = 65_536
/** The most fragments of one message. No client needs more, and each costs more memory than its bytes. */
const MAX_FRAGMENTS = 1_024
/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000

/** No context takeover: an event is then compressed once for all sockets. RFC 7692 §7.1.1. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 15 }

const serverOptions = (isCompressed: boolean) => ({
  // The cast is safe: ws only instantiates the class.
  WebSocket: LiveSocket as never,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  perMessageDeflate: isCompressed && DEFLATE,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // Sessions answer pings: ws would cut the line, without a close frame, for 60 pings that come at once.
  autoPong: false,
  // The client may also send `bearer.<token>` as a subprotocol, which must never be echoed.
  handleProtocols: (offered: Set<string>) => offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false
})

/**
 * Whether to upgrade this request: a WebSocket request to the socket's path. Any other upgrade (h2c) is
 * ignored (RFC 9110 §7.8), and so is one pipelined behind a request whose response is not finished: that
 * response still uses the connection, and once detached from the HTTP parser nothing would close it.
 */
export function shouldUpgrade ({ method, headers, url, socket }: IncomingMessage): boolean {
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false
  // Node's private field for the response in progress on this connection.
  if ((socket as { _httpMessage?: object | null })._httpMessage || isStream(socket)) return false
  if (hasBody(headers)) return false
  return [SOCKET_PATH, `${SOCKET_PATH}/`].includes(url!.split('?', 1)[0]!)
}

/** Whether a request has a body. With one it is not upgraded, because the body's bytes would be read as frames. */
export function hasBody (headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

export default fp<WebsocketOptions>(async (app, { isCompressed, wheel = new Wheel() }) => {
  app.decorate('wheel', wheel)
  wheel.start()

  if (isCompressed) app.server.prependListener('upgrade', ({ headers }: IncomingMessage) => declineOffers(headers))
  await app.register(websocket, {
    options: serverOptions(isCompressed),
    // The hub closes the sockets; the default would close all at once, without a close code.
    preClose: done => done()
  })
  app.websocketServer.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    app.upgrades.accepted(request.socket)
    // The upgrade was in progress when the shutdown began.
    if (app.isDraining()) socket.close(1012)
  })
  // RFC 6455 §4.4: the response names the supported version.
  app.websocketServer.on('wsClientError', (error, socket) => endWithProblem(socket, problem('BLF_BAD_REQUEST', error.message), ['sec-websocket-version: 13']))
  app.addHook('onClose', async () => wheel.stop())
}, { name: 'websocket', fastify: '5.x', dependencies: ['hub', 'drain'] })

/** Removes offers of permessage-deflate that the server cannot accept from the headers. */
function declineOffers (headers: IncomingHttpHeaders): void {
  const offered = headers['sec-websocket-extensions']
  if (offered !== undefined) headers['sec-websocket-extensions'] = acceptableOffers(offered, DEFLATE)
}
