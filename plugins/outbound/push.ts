import fp from 'fastify-plugin'
import { newId } from '../../src/identity/ids.ts'
import { PushDesk } from '../../src/outbound/push/desk.ts'
import { pushReporter } from '../../src/outbound/push/report.ts'
import { PushReader } from '../../src/outbound/push/reader.ts'
import { PushSender } from '../../src/outbound/push/sender.ts'
import { Vapid } from '../../src/outbound/push/vapid.ts'
import { keepDoing, reportingTo } from '../operations/due-work.ts'
import { holding, releaseAtEnd, type HoldingOptions } from './holding.ts'

declare module 'fastify' {
  interface FastifyInstance { push: PushDesk }
}

export interface PushOptions extends HoldingOptions {
  /** By what push services know this server; undefined if it does not push. */
  vapid: { subject: string, privateKey: string } | undefined
  /** How long after it was sent a notification is pushed, milliseconds. */
  afterMs: number
}

const OUTCOMES = ['delivered', 'pending', 'failed', 'gone', 'skipped'] as const

/** Pushes notifications to browsers. */
export default fp<PushOptions>(async (app, { vapid: identity, afterMs, ...options }) => {
  const { store, metrics, tail, outbound: client } = app
  const vapid = identity && new Vapid(identity)
  app.decorate('push', new PushDesk({ store, client, newId, vapid }))
  let reader: PushReader | undefined
  const count = metrics.counterOf({ name: 'belfry_push_attempts_total', help: 'Messages to push services by this node', label: 'outcome', values: [...OUTCOMES] })
  const countMissed = metrics.totalOf('belfry_push_missed_events_total', 'Events that retention removed before they were pushed')
  metrics.watch('belfry_push_lag_seconds', 'How old the oldest event is that was not looked at for pushes yet, at the node that pushes', () => (reader?.lagMs ?? 0) / 1000)
  if (!vapid) return
  const held = holding(app, options)
  const pushing = reader = new PushReader({
    ...held,
    vapid,
    sender: new PushSender({ client, vapid }),
    behindMs: afterMs,
    onAttempt: (attempt, { state }) => count(attempt.isDone && attempt.status === null ? 'skipped' : 'isGone' in attempt && attempt.isGone ? 'gone' : state),
    onMissed: missed => {
      countMissed(missed)
      app.log.warn({ missed }, 'retention removed events before they were pushed: pushing goes on after them')
    },
    ...reportingTo(app, 'nothing can be pushed', 'notifications are pushed again')
  })
  app.channelReports.add('push', pushReporter(store, afterMs))
  tail.follow(events => pushing.wake(events.at(-1)?.seq))
  keepDoing(app, pushing)
  releaseAtEnd(app, held.owner)
}, { name: 'push', fastify: '5.x', dependencies: ['store', 'tail', 'metrics', 'webhooks', 'channels'] })
