import { uuidv7 } from 'uuidv7'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { fieldErrors } from '../plugins/error-handler.ts'
import { bearerOf } from '../plugins/auth.ts'
import { SOCKET_PATH, SUBPROTOCOL } from '../plugins/websocket.ts'
import { closeCodes, type CloseCode } from '../src/close-codes.ts'
import { isBelfryError, problem } from '../src/errors.ts'
import type { Validate } from '../src/hub/incoming.ts'
import { Session } from '../src/hub/session.ts'
import { KEY_PREFIX } from '../src/opaque.ts'
import { SocketWire } from '../src/hub/socket-wire.ts'
import { EVERYTHING, subscribe } from '../src/hub/topics.ts'
import { originOf } from '../src/limits/rate-limit.ts'
import type { Seat } from '../src/limits/seats.ts'
import { senderOf, type Principal } from '../src/principal.ts'
import { clientFrameRefs } from '../schemas/client-frames.ts'
import { SocketQuery } from '../schemas/socket-query.ts'

export interface SocketRoutesOptions {
  maxUnsent: number
  allowedOrigins: string[]
  isFloodLimited: boolean
}

declare module 'fastify' {
  interface FastifyRequest { seat: Seat }
}

const socketRoutes: FastifyPluginAsyncTypebox<SocketRoutesOptions> = async (app, { maxUnsent, allowedOrigins, isFloodLimited }) => {
  app.decorateRequest('seat', null as never)
  app.addHook('onRequest', async (request, reply) => {
    if (!request.ws) {
      reply.headers({ upgrade: 'websocket', connection: 'upgrade' })
      throw problem('BLF_UPGRADE_REQUIRED')
    }
    if (!isOriginAllowed(request, allowedOrigins)) throw problem('BLF_FORBIDDEN_ORIGIN')
    if (app.isDraining()) throw problem('BLF_UNAVAILABLE')
    await authenticateUpgrade(request).catch(async (error: unknown) => {
      if (isBelfryError(error) && error.statusCode === 401) await app.limits.address(request.ip)
      throw error
    })
    await takeSeat(request)
  })

  /** Before the upgrade, so that who finds no room hears it as an answer. */
  async function takeSeat (request: FastifyRequest): Promise<void> {
    const principal = request.principal as Principal | null
    if (principal) await app.limits.principal(senderOf(principal))
    else await app.limits.address(request.ip)
    const seat = await app.limits.seats.take(principal ? app.toIdentity(principal).subject : undefined, originOf(request.ip))
    request.seat = seat
    const { socket } = request.raw
    if (socket.destroyed) seat.leave()
    else socket.once('close', () => seat.leave())
  }

  /** The first credential that is present counts; none is fine, then the first message must bring one. */
  async function authenticateUpgrade (request: FastifyRequest): Promise<void> {
    const { authorization, origin } = request.headers
    const { ticket } = request.query as { ticket?: string }
    const offered = bearerOf(request) ?? credentialOfProtocols(request.headers['sec-websocket-protocol'])
    if (offered === undefined && authorization !== undefined) throw problem('BLF_UNAUTHENTICATED')
    if (offered !== undefined) request.principal = await identifyOrRedeem(offered, origin)
    else if (typeof ticket === 'string') request.principal = await app.redeemTicket(ticket, origin)
  }

  /** A subprotocol may carry a ticket too; tokens have dots, keys their prefix, tickets neither. */
  function identifyOrRedeem (credential: string, origin: string | undefined): Promise<Principal> {
    const isTicket = !credential.includes('.') && !credential.startsWith(KEY_PREFIX)
    return isTicket ? app.redeemTicket(credential, origin) : app.identify(credential)
  }

  app.get(SOCKET_PATH, { websocket: true, schema: { querystring: SocketQuery } }, (socket, request) => {
    const principal = request.principal as Principal | null
    const { since, topics } = request.query
    const session = new Session({
      id: uuidv7(),
      hub: app.hub,
      services: app.hubServices,
      wheel: app.wheel,
      wire: new SocketWire(socket, request.raw.socket, code => logClose(request, code)),
      validate: validatorOf(request),
      maxUnsent,
      identity: principal ? app.toIdentity(principal) : undefined,
      since,
      topics: subscribe(null, topics?.split(',') ?? [EVERYTHING]),
      claim: subject => request.seat.claim(subject),
      isFloodLimited,
      onDenied: (verb, { shown }) => {
        const { id } = 'user' in shown ? shown.user : shown.key
        request.log.warn({ req: request, verb, principal: id }, 'access denied')
      },
      onFault: error => request.log.error({ err: error }, 'socket failed')
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) return session.receiveBinary()
      session.receive(String(data))
      if (!session.isBusy) return
      socket.pause()
      session.settled().then(() => socket.resume(), error => request.log.error({ err: error }, 'socket failed'))
    })
    socket.on('ping', () => session.ping())
    socket.on('pong', () => session.pong())
    socket.on('close', code => {
      session.ended()
      request.log.debug({ code }, 'socket closed')
    })
  })
}

/** What the server closes a socket for is worth a line; who may not come in, the same as over REST. */
function logClose (request: FastifyRequest, code: CloseCode): void {
  const { log, principal } = request
  if (code === 4401 || code === 4403) log.warn({ req: request, code, principal: principal?.id }, 'access denied')
  else log.info({ code }, closeCodes[code].reason)
}

/** Browsers send an Origin, other clients none; it must be our own or one of the allowed. RFC 6455 §10.2. */
function isOriginAllowed ({ headers: { origin }, protocol, host }: FastifyRequest, allowed: string[]): boolean {
  return origin === undefined || origin === `${protocol}://${host}` || allowed.includes(origin)
}

/** `Sec-WebSocket-Protocol: belfry.v1, bearer.<token>`: the one header a browser lets its script set. */
function credentialOfProtocols (header: string | undefined): string | undefined {
  const offered = header?.split(',').map(name => name.trim()) ?? []
  if (!offered.includes(SUBPROTOCOL)) return undefined
  return offered.find(name => name.startsWith('bearer.'))?.slice('bearer.'.length)
}

/** Checks client frames by the schemas that the document shows. */
function validatorOf (request: FastifyRequest): Validate {
  return (verb, frame) => {
    const validate = request.getValidationFunction(clientFrameRefs[verb]) ?? request.compileValidationSchema(clientFrameRefs[verb])
    return validate(frame) ? undefined : fieldErrors(validate.errors as never)
  }
}

export default socketRoutes
