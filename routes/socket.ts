import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyValidationResult } from 'fastify/types/schema.js'
import { fieldErrors } from '../src/http/field-errors.ts'
import { bearerOf } from '../src/http/authorization.ts'
import { hasBody } from '../plugins/websocket.ts'
import { problem } from '../src/errors.ts'
import { assertOrigin } from '../src/http/origin.ts'
import type { Validate } from '../src/socket/incoming.ts'
import type { SessionDeps } from '../src/socket/opening.ts'
import { refused } from '../src/identity/refusal.ts'
import { isTicket } from '../src/protocol/credential.ts'
import { HEARTBEAT_SECONDS } from '../src/socket/session.ts'
import { SocketWire } from '../src/socket/wire.ts'
import { parseTopics } from '../src/hub/topics.ts'
import { addressGroup } from '../src/limits/address-group.ts'
import type { Seat } from '../src/limits/seats.ts'
import { closeCodes } from '../src/protocol/close-codes.ts'
import { SOCKET_PATH, SUBPROTOCOL } from '../src/protocol/endpoint.ts'
import { subjectOf, type Principal } from '../src/rights/principal.ts'
import { clientFrameRefs } from '../schemas/socket/client-frames.ts'
import type { Verb } from '../src/protocol/client-frames.ts'
import { SocketQuery } from '../schemas/socket/socket-query.ts'
import { SocketReporter } from '../src/socket/reporter.ts'
import { identityOf } from '../src/session/identity.ts'
import { beginSession } from '../src/socket/listeners.ts'

/** How long the response to an upgrade waits for the welcome, so that both are sent in one packet; milliseconds. */
const WELCOME_MS = 10

/** Close codes with a counter of their own. Clients may close with any of 3000 to 4999, which are counted together. */
const COUNTED = ['1000', ...Object.keys(closeCodes)]
const OTHER = 'other'
const CLOSES = { name: 'belfry_socket_closes_total', help: 'Closed sockets, by close code', label: 'code', values: [...COUNTED, OTHER] }

export interface SocketRoutesOptions {
  /** Bytes that may be buffered for a socket before it is closed as a slow consumer. */
  maxUnsent: number
  allowedOrigins: string[]
  /** Whether the rate of incoming frames is limited. */
  isFloodLimited: boolean
  /** Whether trusted proxies forward the client's address. */
  isProxied: boolean
}

declare module 'fastify' {
  interface FastifyRequest { seat: Seat }
}

const socketRoutes: FastifyPluginAsyncTypebox<SocketRoutesOptions> = async (app, { maxUnsent, allowedOrigins, isFloodLimited, isProxied }) => {
  const sessionDeps: SessionDeps = { hub: app.hub, services: app.hubServices, wheel: app.wheel, heartbeatSeconds: HEARTBEAT_SECONDS, beatSeconds: HEARTBEAT_SECONDS, validate: validatorOf(app), maxUnsent, isFloodLimited }

  const count = app.metrics.counterOf(CLOSES)
  const countClose = (code: number) => count(COUNTED.includes(String(code)) ? code : OTHER)
  const reporterDeps = { log: app.log, refundAddress: app.limits.refundAddress, countRefusal: app.countRefusal, countClose }

  app.decorateRequest('seat', null as never)
  app.addHook('onRequest', async (request, reply) => {
    if (!request.ws) {
      if (request.headers.upgrade !== undefined && hasBody(request.headers)) throw problem('BLF_BAD_REQUEST', 'An upgrade has no body.')
      await assertUpgradable(request)
      reply.headers({ upgrade: 'websocket', connection: 'upgrade' })
      throw problem('BLF_UPGRADE_REQUIRED')
    }
    assertOrigin(request, app.publicUrl.origin, allowedOrigins)
    if (app.isDraining()) throw problem('BLF_UNAVAILABLE')
  })

  // Also runs when a hook of another plugin refuses the upgrade.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (app.upgrades.has(request.raw.socket)) {
      reply.header('connection', 'close')
      app.upgrades.refuse(reply.raw)
    }
    done()
  })

  // In `preHandler`, after validation: an upgrade with an invalid query must not use up its ticket.
  app.addHook('preHandler', async (request) => {
    await authenticateUpgrade(request)
    await takeSeat(request)
  })

  app.addHook('preHandler', (request, reply, done) => {
    const { socket } = request.raw
    // No HTTP response follows, so the response object need not stay in memory with the socket.
    reply.raw.detachSocket(socket)
    // Sends the response to the upgrade and the first frames in one packet.
    socket.cork()
    done()
  })

  /**
   * Refuses a plain request as the upgrade with this token would be: a browser hides why an upgrade was refused, and its
   * client asks this way. A ticket is good once, so it is left for the upgrade.
   */
  async function assertUpgradable (request: FastifyRequest): Promise<void> {
    const credential = bearerOf(request.headers)
    if (credential === undefined || isTicket(credential)) return
    const { principal } = await app.identify(credential, request.ip)
    const seat = await app.limits.seats.take({ subject: subjectOf(principal) })
    seat.leave()
  }

  /** Counts the socket against the socket limits. Runs before the upgrade, so that a refusal is an HTTP response. */
  async function takeSeat (request: FastifyRequest): Promise<void> {
    const principal = request.principal as Principal | null
    // Counted against the address until the socket is authenticated.
    if (!principal) await app.limits.address(request.ip)
    const seat = await app.limits.seats.take(principal ? { subject: subjectOf(principal) } : { address: addressGroup(request.ip) })
    request.seat = seat
    const { socket } = request.raw
    if (socket.destroyed) seat.leave()
    else socket.on('close', () => seat.leave())
  }

  /** Authenticates the upgrade by the first credential that is present. Without one, the socket's first frame must be `auth`. */
  async function authenticateUpgrade (request: FastifyRequest): Promise<void> {
    const { authorization, origin } = request.headers
    const { ticket } = request.query as { ticket?: string }
    const offered = bearerOf(request.headers) ?? credentialOfProtocols(request.headers['sec-websocket-protocol'])
    if (offered === undefined && authorization !== undefined) {
      await app.limits.address(request.ip)
      throw refused('header Authorization', 'Bearer and a token or API key')
    }
    if (offered !== undefined) request.principal = await identifyOrRedeem(offered, origin, request.ip)
    else if (ticket !== undefined) request.principal = await app.redeemTicket(ticket, [origin], request.ip)
  }

  /** Identifies a token or API key, or redeems a ticket. */
  async function identifyOrRedeem (credential: string, origin: string | undefined, ip: string): Promise<Principal> {
    return isTicket(credential) ? await app.redeemTicket(credential, [origin], ip) : (await app.identify(credential, ip)).principal
  }

  app.get(SOCKET_PATH, { websocket: true, schema: { querystring: SocketQuery } }, (socket, request) => {
    const principal = request.principal as Principal | null
    const stream = request.raw.socket
    const { since, topics, device } = request.query
    const observer = new SocketReporter(reporterDeps, request.seat, stream, {
      id: request.id,
      // Without a proxy the reporter asks the stream for the peer's address.
      ip: isProxied ? request.ip : undefined,
      principal: principal ?? undefined,
      device
    })
    const wire = new SocketWire(socket, stream, observer)
    beginSession(socket, sessionDeps, {
      // The connection id is the request id, so that the log lines of both can be matched.
      id: request.id,
      wire,
      observer,
      identity: principal ? identityOf(principal) : undefined,
      since,
      device,
      topics: topics === undefined ? null : parseTopics(topics)
    })
    if (!principal) wire.uncork()
    // A slow store may delay the welcome, but not the response to the upgrade.
    else setTimeout(() => stream.uncork(), WELCOME_MS)
  })
}

/** Reads `Sec-WebSocket-Protocol: belfry.v1, bearer.<token>`, the only header that scripts in browsers can set on an upgrade. */
function credentialOfProtocols (header: string | undefined): string | undefined {
  const offered = header?.split(',').map(name => name.trim()) ?? []
  if (!offered.includes(SUBPROTOCOL)) return undefined
  return offered.find(name => name.startsWith('bearer.'))?.slice('bearer.'.length)
}

/** Validates client frames by the schemas of the API document. Each schema is compiled on first use. */
function validatorOf (app: FastifyInstance): Validate {
  const ready = new Map<Verb, FastifyValidationResult>()
  return (verb, frame) => {
    let validate = ready.get(verb)
    if (!validate) {
      validate = app.validatorCompiler!({ schema: clientFrameRefs[verb], method: 'GET', url: SOCKET_PATH })
      ready.set(verb, validate)
    }
    return validate(frame) ? undefined : fieldErrors(validate.errors as never)
  }
}

export default socketRoutes
