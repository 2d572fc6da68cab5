import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { createSigner } from 'fast-jwt'
import { pathTo, Server } from './child.ts'
import { hasNchan, startNchan } from './nchan.ts'
import { post } from './raw-http.ts'

/** A server to compare: how to start it, subscribe to it and publish on it. */
export interface Peer {
  name: string
  start: (env?: Record<string, string>) => Promise<Server>
  path: string
  /** Whether subscribers get a stream of Server-Sent Events, not a WebSocket. */
  isStream?: boolean
  /** The headers of the subscriber with this number. */
  headers: (index: number) => Record<string, string>
  /** A masked frame each subscriber sends first. */
  hello?: string
  /** Frames each subscriber gets before the first event. */
  greetings: number
  /** A publish to everyone as a whole HTTP request. */
  request: string
}

export const SECRET = 'a-secret-of-the-benchmark-of-32-bytes'
const sign = createSigner({ key: SECRET, algorithm: 'HS256', iss: 'belfry', aud: 'belfry' })

/** A token as another backend mints it. */
export function mint (claims: { sub: string, role: string, company?: string }): string {
  const now = Math.floor(Date.now() / 1000)
  return sign({ ...claims, iat: now, exp: now + 86_400 })
}

export function bearer (claims: { sub: string, role: string, company?: string }): { authorization: string } {
  return { authorization: `Bearer ${mint(claims)}` }
}

export const ROOT = bearer({ sub: 'root', role: 'admin' })

export const body = { title: 'A benchmark', message: 'x'.repeat(57), priority: 'info', topic: 'bench' }

/** The event of about 310 bytes as Belfry's own frames are, for peers that build none. */
const event = {
  id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
  type: 'notification',
  cursor: 'k3v9x0qa.2s1',
  payload: {
    id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
    title: body.title,
    message: body.message,
    type: body.priority,
    created_at: '2026-01-31T12:00:00.000Z',
    read: false,
    data: { topic: body.topic }
  }
}

const node = (module: string) => (env?: Record<string, string>) => Server.startNode(module, env)

export const belfry: Peer = {
  name: 'Belfry',
  start: env => Server.startNode('belfry.ts', { JWT_SECRET: SECRET, ...env }),
  path: '/ws/notifications',
  headers: index => bearer({ sub: `user-${index}`, role: 'user', company: `company-${index % 50}` }),
  greetings: 1,
  request: post('/api/notifications/send', ROOT, body)
}

const bare = { path: '/ws', headers: () => ({}), greetings: 0, request: post('/publish', {}, event) }

export const wsLoop: Peer = { name: '`ws` loop', start: node('ws-loop.ts'), ...bare }
export const wsAnswers: Peer = { name: '`ws` that only answers', start: node('ws-answers.ts'), ...bare }
export const netAnswers: Peer = { name: 'bytes that are only answered (`node:net`)', start: node('net-answers.ts'), ...bare }
export const fastifyLoop: Peer = { name: '@fastify/websocket loop', start: node('fastify-loop.ts'), ...bare }
export const prebuiltLoop: Peer = { name: 'prebuilt frame, one write each', start: node('prebuilt-loop.ts'), ...bare }
// 40 joins the default namespace; the two frames before events are its open and its answer.
export const socketIo: Peer = { name: 'Socket.IO `io.emit`', start: node('socketio.ts'), ...bare, path: '/socket.io/?EIO=4&transport=websocket', hello: '40', greetings: 2 }

/** nchan, where nginx has it. */
export const nchan: Peer | undefined = hasNchan ? { name: 'nchan (nginx)', start: startNchan, ...bare } : undefined

const BUN = process.env['BUN'] ?? 'bun'

/** Bun, where there is one (on the PATH, or named by BUN). */
export const bun: Peer | undefined = spawnSync(BUN, ['--version']).status === 0
  ? { name: 'Bun, native publish', start: () => Server.start(BUN, [pathTo('servers/bun-publish.js')]), ...bare }
  : undefined

export const fanOutPeers: Peer[] = [belfry, wsLoop, fastifyLoop, prebuiltLoop, socketIo, ...[nchan, bun].filter(peer => peer !== undefined)]
