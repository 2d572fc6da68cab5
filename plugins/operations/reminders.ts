import fp from 'fastify-plugin'
import { isOutage } from '../../src/errors.ts'
import { Reminders } from '../../src/notification/reminders.ts'
import { OutageLog } from '../../src/process/outage-log.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes all steps of reminders and escalations that are due. */
    remindDue: () => Promise<void>
  }
}

export interface ReminderOptions { pollMs?: number | undefined }

/** Reminds of what must be acknowledged, and escalates it. */
export default fp<ReminderOptions>(async (app, { pollMs }) => {
  const outages = new OutageLog(
    reason => app.log.error({ reason }, 'reminders cannot be sent'),
    () => app.log.info('reminders are sent again')
  )
  const reminders = new Reminders({
    store: app.store,
    pollMs,
    // That the store is away, its plugin says.
    onError: error => { if (!isOutage(error)) outages.reportFailure(error) },
    onSuccess: () => outages.reportRecovery()
  })
  app.decorate('remindDue', () => reminders.run())
  app.addHook('onReady', async () => reminders.start())
  app.addHook('preClose', async () => await reminders.stop())
}, { name: 'reminders', fastify: '5.x', dependencies: ['store', 'tail'] })
