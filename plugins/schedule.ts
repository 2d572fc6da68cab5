import fp from 'fastify-plugin'
import { Gauge, Histogram } from 'prom-client'
import { Schedule } from '../src/notification/schedule.ts'
import { Scheduler } from '../src/notification/scheduler.ts'
import { keepDoing, reportingTo } from './operations/due-work.ts'

declare module 'fastify' {
  interface FastifyInstance {
    schedule: Schedule
    /** Publishes all plans that are due; resolves when none is. */
    publishDue: () => Promise<void>
  }
}

export interface ScheduleOptions {
  maxDays: number
  maxPlans: number
  pollMs?: number | undefined
}

/** From a few milliseconds to a downtime of a day, seconds. */
const LATENESS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3600, 86_400]

/** Plans notifications, and publishes them when they are due. */
export default fp<ScheduleOptions>(async (app, { maxDays, maxPlans, pollMs }) => {
  const { store } = app
  const registers = [app.metrics.registry]
  const lateness = new Histogram({ name: 'belfry_schedule_lateness_seconds', help: 'From the time a notification was scheduled for to its commit, of those this node published', buckets: LATENESS, registers })
  const countUnsent = app.metrics.counterOf({ name: 'belfry_schedule_unsent_total', help: 'Scheduled notifications that were due and not sent, at this node', label: 'state', values: ['refused', 'expired'] })
  const waiting: Gauge = new Gauge({
    name: 'belfry_schedule_waiting',
    help: 'Scheduled notifications that wait for their time, of all nodes',
    registers,
    collect: async () => {
      const next = await store.nextPlan().catch(() => undefined)
      // Rather no value than an old one while the store is away.
      if (next) waiting.set(next.waiting)
      else waiting.reset()
    }
  })
  const scheduler = new Scheduler({
    store,
    pollMs,
    onPublished (published) {
      for (const ms of published.lateness) lateness.observe(ms / 1000)
      for (const state of ['refused', 'expired'] as const) for (let count = 0; count < published[state]; count++) countUnsent(state)
    },
    ...reportingTo(app, 'scheduled notifications cannot be published', 'scheduled notifications are published again')
  })
  app.decorate('schedule', new Schedule({ store, maxDays, maxPlans, onPlanned: sendAt => scheduler.planned(sendAt) }))
  app.decorate('publishDue', () => scheduler.run())
  keepDoing(app, scheduler)
}, { name: 'schedule', fastify: '5.x', dependencies: ['store', 'metrics', 'tail'] })
