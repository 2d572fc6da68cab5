import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import { assertOrigin } from '../src/http/origin.ts'
import { assertNotRevoked, currentPrincipal } from '../src/identity/current.ts'
import type { TopicFilter } from '../src/hub/topics.ts'
import type { Seat } from '../src/limits/seats.ts'
import { closeCodes } from '../src/protocol/close-codes.ts'
import { mayEver } from '../src/rights/rights.ts'
import { identityOf } from '../src/session/identity.ts'
import { streamEncoding } from '../src/stream/encoding.ts'
import type { OpeningRequest } from '../src/session/reporter.ts'
import { BEAT_SECONDS, HEARTBEAT_SECONDS, type StreamDeps } from '../src/stream/base.ts'
import { obeyEvent, OverviewSession, type OverviewDeps } from '../src/stream/overview.ts'
import { OverviewReporter, StreamReporter } from '../src/stream/reporter.ts'
import { StreamSession } from '../src/stream/session.ts'
import { hasBody } from './websocket.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers an authenticated request with a stream, which takes over its connection. Throws BLF_BAD_REQUEST if the connection carries other requests. */
    openStream: (request: FastifyRequest, reply: FastifyReply, subscription: Subscription) => void
    /** The same with a stream of overviews. */
    openOverview: (request: FastifyRequest, reply: FastifyReply, seat: Seat) => void
    /** How many streams of notifications of this node are open. */
    countStreams: () => number
  }
}

/** What a stream was asked for, and the seat that it has taken. */
export interface Subscription {
  seat: Seat
  since: string | undefined
  topics: TopicFilter
  device: string | undefined
}

export interface StreamPluginOptions {
  /** Bytes that may be buffered for a stream before it is closed as a slow consumer. */
  maxUnsent: number
  /** Whether trusted proxies forward the client's address. */
  isProxied: boolean
}

/** How long the head of the answer waits for the welcome, so that both are sent in one packet; milliseconds. */
const WELCOME_MS = 10

const HEAD = {
  'content-type': 'text/event-stream',
  // A proxy that compresses would wait for more to compress. RFC 9111 §5.2.2.6.
  'cache-control': 'no-store, no-transform',
  // nginx would collect events in a buffer.
  'x-accel-buffering': 'no',
  // The end of the connection is the end of the stream.
  connection: 'close'
}

const CLOSES = { name: 'belfry_stream_closes_total', help: 'Closed streams, by close code', label: 'code', values: Object.keys(closeCodes) }

/** Refuses requests of a scope that no stream is opened by: with a body, or from the page of an origin that may not. */
export function onlyStreams (scope: FastifyInstance, allowedOrigins: string[]): void {
  scope.addHook('onRequest', async (request) => {
    if (hasBody(request.headers)) throw problem('BLF_BAD_REQUEST', 'A stream is opened without a body.')
    assertOrigin(request, scope.publicUrl.origin, allowedOrigins)
  })
  scope.addHook('onRequest', scope.withSecurityHeaders)
}

/** Streams of Server-Sent Events: the same hub as that of the sockets, with another encoding and another wire. */
export default fp<StreamPluginOptions>(async (app, { maxUnsent, isProxied }) => {
  const { hub } = app
  const deps: StreamDeps = { hub, services: app.hubServices, wheel: app.wheel, heartbeatSeconds: HEARTBEAT_SECONDS, beatSeconds: BEAT_SECONDS, maxUnsent }
  const overviewDeps: OverviewDeps = {
    ...deps,
    sessions: new Set(),
    watch: watcher => app.overview.watch(watcher),
    async judge ({ principal: before }) {
      await assertNotRevoked(app.directory, before)
      return mayEver(await currentPrincipal(app.directory, before), 'overview.read')
    }
  }
  const reporterDeps = { log: app.log, countClose: app.metrics.counterOf(CLOSES) }

  app.decorate('openStream', (request, reply, { seat, since, topics, device }) => {
    const sink = begin(request, reply, seat)
    if (!sink) return
    const observer = new StreamReporter(reporterDeps, seat, sink, openingOf(request, device))
    const session = new StreamSession(deps, { id: request.id, sink, observer, identity: identityOf(request.principal), topics, device })
    session.begin(since)
    // The shutdown began while the credentials were checked.
    if (app.isDraining()) session.refuse(1012)
  })
  app.decorate('openOverview', (request, reply, seat) => {
    const sink = begin(request, reply, seat)
    if (!sink) return
    const observer = new OverviewReporter(reporterDeps, seat, sink, openingOf(request))
    const session = new OverviewSession(overviewDeps, { id: request.id, sink, observer, identity: identityOf(request.principal) })
    session.begin()
    if (app.isDraining()) session.refuse(1012)
  })
  // What ends or changes credentials is in the log.
  app.tail.follow(events => { if (overviewDeps.sessions.size > 0) for (const event of events) obeyEvent(overviewDeps.sessions, event) })

  /** Makes an answer that stays open of a request's connection; undefined if its client has left. Throws BLF_BAD_REQUEST. */
  function begin ({ raw: { socket } }: FastifyRequest, reply: FastifyReply, seat: Seat): Socket | undefined {
    if (!app.connections.handOver(socket)) {
      seat.leave()
      throw problem('BLF_BAD_REQUEST', 'A stream takes the whole connection: no other request may be pipelined with it.')
    }
    socket.on('close', () => seat.leave())
    reply.hijack()
    // The client left while its credentials were checked.
    if (socket.destroyed) {
      seat.leave()
      return undefined
    }
    socket.cork()
    reply.raw.useChunkedEncodingByDefault = false
    reply.raw.writeHead(200, { ...reply.getHeaders(), ...HEAD } as Record<string, string>).flushHeaders()
    // Nothing needs the response object any more, so it need not stay in memory with the stream.
    reply.raw.detachSocket(socket)
    // A slow store may delay the welcome, but not the head.
    setTimeout(() => socket.uncork(), WELCOME_MS)
    return socket
  }

  function openingOf ({ id, ip, principal }: FastifyRequest, device?: string): OpeningRequest {
    // Without a proxy the reporter asks the connection for the peer's address.
    return { id, ip: isProxied ? ip : undefined, principal, device }
  }

  app.decorate('countStreams', () => hub.wires.countOf(streamEncoding))
  app.metrics.watch('belfry_streams', 'Open streams of this node', app.countStreams)
}, { name: 'stream', fastify: '5.x', dependencies: ['hub', 'hub-services', 'overview', 'tail', 'directory', 'websocket', 'connections', 'drain', 'metrics'] })
