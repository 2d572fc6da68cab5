import { randomBytes } from 'node:crypto'
import fp from 'fastify-plugin'
import { newId } from '../../src/identity/ids.ts'
import { PushDesk } from '../../src/outbound/push/desk.ts'
import { pushReporter } from '../../src/outbound/push/report.ts'
import { PushReader } from '../../src/outbound/push/reader.ts'
import { PushSender } from '../../src/outbound/push/sender.ts'
import { Vapid } from '../../src/outbound/push/vapid.ts'
import { keepDoing, reportingTo } from '../operations/due-work.ts'

declare module 'fastify' {
  interface FastifyInstance { push: PushDesk }
}

export interface PushOptions {
  /** By what push services know this server; undefined if it does not push. */
  vapid: { subject: string, privateKey: string } | undefined
  /** How long after it was sent a notification is pushed, milliseconds. */
  afterMs: number
  /** How long a shutdown may take, milliseconds. */
  drainMs: number
  /** For how long pushes wait for another node, if this one is killed, milliseconds. */
  leaseMs?: number | undefined
}

/** How long a shutdown waits for messages that are under way at the most, milliseconds. */
const MAX_GRACE_MS = 5_000
const OUTCOMES = ['delivered', 'pending', 'failed', 'gone', 'skipped'] as const

/** Pushes notifications to browsers. */
export default fp<PushOptions>(async (app, { vapid: identity, afterMs, drainMs, leaseMs }) => {
  const { store, metrics, tail, outbound: client } = app
  const vapid = identity && new Vapid(identity)
  app.decorate('push', new PushDesk({ store, client, newId, vapid }))
  let reader: PushReader | undefined
  const count = metrics.counterOf({ name: 'belfry_push_attempts_total', help: 'Messages to push services by this node', label: 'outcome', values: [...OUTCOMES] })
  const countMissed = metrics.totalOf('belfry_push_missed_events_total', 'Events that retention removed before they were pushed')
  metrics.watch('belfry_push_lag_seconds', 'How old the oldest event is that was not looked at for pushes yet, at the node that pushes', () => (reader?.lagMs ?? 0) / 1000)
  if (!vapid) return
  const owner = randomBytes(12).toString('hex')
  const pushing = reader = new PushReader({
    store,
    vapid,
    sender: new PushSender({ client, vapid }),
    owner,
    isAlone: store.engine === 'sqlite',
    behindMs: afterMs,
    graceMs: Math.min(MAX_GRACE_MS, drainMs / 2),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    onAttempt: (attempt, { state }) => count(attempt.isDone && attempt.status === null ? 'skipped' : 'isGone' in attempt && attempt.isGone ? 'gone' : state),
    onMissed: missed => {
      countMissed(missed)
      app.log.warn({ missed }, 'retention removed events before they were pushed: pushing goes on after them')
    },
    ...reportingTo(app, 'nothing can be pushed', 'notifications are pushed again')
  })
  app.channelReports.add('push', pushReporter(store, afterMs))
  tail.follow(() => pushing.wake())
  keepDoing(app, pushing)
  app.addHook('preClose', async () => await store.releaseReaders(owner).catch(() => {}))
}, { name: 'push', fastify: '5.x', dependencies: ['store', 'tail', 'metrics', 'webhooks', 'channels'] })
