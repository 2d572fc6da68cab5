import { Type, type Static } from '@sinclair/typebox'
import { degradations, meanings, type Degradation } from './health.ts'
import { Id, Timestamp } from './primitives.ts'
import { nullable, refTo } from './ref.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const ms = (description: string) => Type.Number({ minimum: 0, description: `${description}, milliseconds.` })
const p99 = (what: string, where = '') => nullable(ms(`What 99 of 100 ${what} of the last 30 to 60 seconds did not exceed${where}; null if there was none`))
const rate = (description: string) => Type.Number({ minimum: 0, description: `${description}, a second, at all nodes together.` })

const OverviewNode = Type.Object({
  id: Id({ description: 'The name of the node: that of its machine, and a few random characters, new at each start.', examples: ['web-1.4f9c2a'] }),
  started_at: Timestamp({ description: 'When the node started.' }),
  sockets: count('Open, authenticated sockets.'),
  streams: count('Open streams of notifications.'),
  lag_ms: ms('How late events were delivered: the longest time from an append to its delivery by this node, of the last second'),
  flush_ms_p99: p99('flushes to all sockets'),
  loop_ms_p99: ms('How late the event loop was: what 99 of 100 looks in the last second did not exceed')
})

const example = {
  version: '0.1.0',
  started_at: '2026-01-31T08:00:00.000Z',
  nodes: [{ id: 'web-1.4f9c2a', started_at: '2026-01-31T08:00:00.000Z', sockets: 812, streams: 14, lag_ms: 1.2, flush_ms_p99: 0.61, loop_ms_p99: 2.4 }],
  users: 1240,
  notifications: 58210,
  log: { head: 90412, floor: 1200 },
  store: { engine: 'sqlite' as const, commit_ms_p99: 3.1, bytes: 48_234_496 },
  bus: 'none' as const,
  degraded: [],
  rates: { sends: 4.2, deliveries: 1203, slow_closes: 0 }
}

/** What the whole installation may lack: the store, and what a node may lack. */
const lacks = ['store', ...degradations] as const

export const Overview = Type.Object({
  version: Type.String({ description: 'The version of Belfry of the node that answers.', examples: ['0.1.0'] }),
  started_at: Timestamp({ description: 'When the node that answers started.' }),
  nodes: Type.Array(OverviewNode, { description: 'Every node, the one that answers among them, in order of their ids. A node that says nothing for some seconds is left out, and so are all others while the bus is down.' }),
  users: nullable(count('How many users there are: a few seconds old, more with very many; null until they are counted.')),
  notifications: nullable(count('How many notifications the log holds, recalled ones among them; null until they are counted.')),
  log: Type.Object({
    head: count('The number of the newest event; they are numbered without gaps.'),
    floor: count('The number of the newest event that retention has removed; 0 if it has removed none.')
  }),
  store: Type.Object({
    engine: Type.Unsafe<'sqlite' | 'postgresql'>({ type: 'string', enum: ['sqlite', 'postgresql'] }),
    commit_ms_p99: p99('group commits', ', sync included, at the slowest node'),
    bytes: nullable(count('The size of the database; null until it is known.'))
  }),
  bus: Type.Unsafe<'none' | 'up' | 'down'>({ type: 'string', enum: ['none', 'up', 'down'], description: 'Whether this node reaches the others over Redis; `none` without `REDIS_URL`.' }),
  degraded: Type.Array(
    Type.Unsafe<'store' | Degradation>({ type: 'string', enum: lacks }),
    { description: `What does not work at the moment, at any node: \`store\` (the store does not answer); ${Object.entries(meanings).map(([name, meaning]) => `\`${name}\` (${meaning})`).join('; ')}.` }
  ),
  rates: Type.Object({ sends: rate('Notifications sent'), deliveries: rate('Frames written to sockets and streams'), slow_closes: rate('Sockets and streams closed with 1013, because their readers were too slow') })
}, { $id: 'Overview', description: 'How all nodes are, at one moment.', examples: [example] })
export const OverviewRef = refTo(Overview)
export type Overview = Static<typeof Overview>

export const OverviewFrame = Type.Object({
  type: Type.Literal('overview'),
  payload: OverviewRef
}, { $id: 'OverviewFrame', description: 'How all nodes are: one frame a second on a stream of overviews, and never one for each socket. It has no cursor.', examples: [{ type: 'overview', payload: example }] })
