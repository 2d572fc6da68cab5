import fp from 'fastify-plugin'
import { Reminders } from '../../src/notification/reminders.ts'
import { keepDoing, reportingTo } from './due-work.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes all steps of reminders and escalations that are due. */
    remindDue: () => Promise<void>
  }
}

export interface ReminderOptions { pollMs?: number | undefined }

/** Reminds of what must be acknowledged, and escalates it. */
export default fp<ReminderOptions>(async (app, { pollMs }) => {
  const reminders = new Reminders({
    store: app.store,
    pollMs,
    ...reportingTo(app, 'reminders cannot be sent', 'reminders are sent again')
  })
  app.decorate('remindDue', () => reminders.run())
  keepDoing(app, reminders)
}, { name: 'reminders', fastify: '5.x', dependencies: ['store', 'tail'] })
