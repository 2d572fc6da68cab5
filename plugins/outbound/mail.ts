import fp from 'fastify-plugin'
import { MAIL_READER } from '../../src/log/readers.ts'
import { Links } from '../../src/outbound/mail/links.ts'
import { MailReader } from '../../src/outbound/mail/reader.ts'
import { mailReporter } from '../../src/outbound/mail/report.ts'
import { MailSender } from '../../src/outbound/mail/sender.ts'
import { OutageLog } from '../../src/process/outage-log.ts'
import { keepDoing, reportingTo } from '../operations/due-work.ts'
import { holding, releaseAtEnd, type HoldingOptions } from './holding.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Signs, and reads, the links in mails. */
    mailLinks: Links
    /** What notes whom to mail, and what mails them; undefined where nothing is mailed. */
    mail: { reader: MailReader, sender: MailSender, /** Resolves when the log says whether the server can be used. */ verified: Promise<void> } | undefined
  }
}

export interface MailOptions extends HoldingOptions {
  /** Where to send; undefined: nothing is sent. */
  smtp: { url: string, from: string } | undefined
  /** How long a notification is left unread before it is mailed, seconds. */
  afterSeconds: number
  /** What signs links; the first one makes new ones. */
  secrets: string[]
  places: { base: string, hasInbox: boolean }
  /** How often the store is asked at least, milliseconds. */
  pollMs?: number | undefined
}

const LEASE_MS = 10_000

/** Mails what is not read. */
export default fp<MailOptions>(async (app, { smtp: to, afterSeconds, secrets, places, pollMs, ...options }) => {
  app.decorate('mailLinks', new Links(secrets))
  if (!to) {
    app.decorate('mail', undefined)
    return
  }
  const { store, metrics, tail } = app
  const count = metrics.counterOf({ name: 'belfry_mail_attempts_total', help: 'Mails that this node gave to the SMTP server', label: 'outcome', values: ['sent', 'pending', 'bounced', 'failed'] })
  const countMissed = metrics.totalOf('belfry_mail_missed_events_total', 'Events that retention removed before it was known whom to mail')
  const refusals = new OutageLog(reason => app.log.error({ reason }, 'the SMTP server takes no mail: it is tried again'), () => app.log.info('the SMTP server takes mail again'))
  // Only where something is mailed.
  const { Smtp } = await import('../../src/outbound/mail/smtp.ts')
  const smtp = new Smtp(to)
  const behindMs = afterSeconds * 1_000
  const common = {
    ...holding(app, options),
    ...(pollMs === undefined ? {} : { pollMs })
  }
  const sender = new MailSender({
    ...common,
    smtp,
    links: app.mailLinks,
    places,
    onAttempt (outcome, error) {
      count(outcome)
      if (outcome === 'sent') refusals.reportRecovery()
      else if (outcome === 'bounced') app.log.warn({ reason: error }, 'a mail bounced')
      else refusals.reportFailure(new Error(error))
    },
    ...reportingTo(app, 'mails cannot be sent', 'mails are sent again')
  })
  const reader = new MailReader({
    ...common,
    behindMs,
    onQueued: () => sender.wake(),
    onMissed (missed) {
      countMissed(missed)
      app.log.warn({ missed }, 'retention removed events before it was known whom to mail: it goes on after them')
    },
    ...reportingTo(app, 'it cannot be noted whom to mail', 'it is noted again whom to mail')
  })
  const verifying = Promise.withResolvers<void>()
  app.decorate('mail', { reader, sender, verified: verifying.promise })
  metrics.watch('belfry_mail_lag_seconds', 'By how much longer than MAIL_AFTER the oldest event is waiting for this node to note whom to mail', () => Math.max(0, reader.lagMs - behindMs) / 1000)
  tail.follow(events => reader.wake(events.at(-1)?.seq))
  app.channelReports.add('mail', mailReporter(store, behindMs))
  // From now on, and not from when the first step is taken.
  app.addHook('onReady', async () => {
    if (await store.reader(MAIL_READER) === undefined) await store.takeReader(MAIL_READER, common.owner, { leaseMs: options.leaseMs ?? LEASE_MS, start: 'head' })
  })
  keepDoing(app, reader)
  keepDoing(app, sender)
  releaseAtEnd(app, common.owner)
  app.addHook('onReady', async () => {
    smtp.verify().then(() => app.log.info('the SMTP server can be used'), (error: Error) => app.log.error({ reason: error.message }, 'the SMTP server cannot be used: check SMTP_URL; mails wait until it can'))
      .finally(() => verifying.resolve()).catch(() => {})
  })
  app.addHook('onClose', async () => smtp.close())
}, { name: 'mail', fastify: '5.x', dependencies: ['store', 'tail', 'metrics', 'channels'] })
