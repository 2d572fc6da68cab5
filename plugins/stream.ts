import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import type { TopicFilter } from '../src/hub/topics.ts'
import type { Seat } from '../src/limits/seats.ts'
import { closeCodes } from '../src/protocol/close-codes.ts'
import { identityOf } from '../src/session/identity.ts'
import { streamEncoding } from '../src/stream/encoding.ts'
import { StreamReporter } from '../src/stream/reporter.ts'
import { BEAT_SECONDS, HEARTBEAT_SECONDS, StreamSession, type StreamDeps } from '../src/stream/session.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers an authenticated request with a stream, which takes over its connection. Throws BLF_BAD_REQUEST if the connection carries other requests. */
    openStream: (request: FastifyRequest, reply: FastifyReply, subscription: Subscription) => void
    /** How many streams of this node are open. */
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

/** Streams of Server-Sent Events: the same hub as that of the sockets, with another encoding and another wire. */
export default fp<StreamPluginOptions>(async (app, { maxUnsent, isProxied }) => {
  const { hub } = app
  const deps: StreamDeps = { hub, services: app.hubServices, wheel: app.wheel, heartbeatSeconds: HEARTBEAT_SECONDS, beatSeconds: BEAT_SECONDS, maxUnsent }
  const reporterDeps = { log: app.log, countClose: app.metrics.counterOf(CLOSES) }

  app.decorate('openStream', (request, reply, { seat, since, topics, device }) => {
    const { raw: { socket }, principal, id } = request
    if (!app.connections.handOver(socket)) {
      seat.leave()
      throw problem('BLF_BAD_REQUEST', 'A stream takes the whole connection: no other request may be pipelined with it.')
    }
    socket.on('close', () => seat.leave())
    reply.hijack()
    // The client left while its credentials were checked.
    if (socket.destroyed) return seat.leave()
    socket.cork()
    reply.raw.useChunkedEncodingByDefault = false
    reply.raw.writeHead(200, { ...reply.getHeaders(), ...HEAD } as Record<string, string>).flushHeaders()
    // Nothing needs the response object any more, so it need not stay in memory with the stream.
    reply.raw.detachSocket(socket)

    // Without a proxy the reporter asks the connection for the peer's address.
    const observer = new StreamReporter(reporterDeps, seat, socket, { id, ip: isProxied ? request.ip : undefined, principal, device })
    const session = new StreamSession(deps, { id, sink: socket, observer, identity: identityOf(principal), topics })
    session.begin(since)
    // The shutdown began while the credentials were checked.
    if (app.isDraining()) session.refuse(1012)
    // A slow store may delay the welcome, but not the head.
    setTimeout(() => socket.uncork(), WELCOME_MS)
  })
  app.decorate('countStreams', () => [...hub.connections()].filter(({ wire }) => wire.encoding === streamEncoding).length)
  app.metrics.watch('belfry_streams', 'Open streams of this node', app.countStreams)
}, { name: 'stream', fastify: '5.x', dependencies: ['hub', 'hub-services', 'websocket', 'connections', 'drain', 'metrics'] })
