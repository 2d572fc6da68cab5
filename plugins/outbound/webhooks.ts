import fp from 'fastify-plugin'
import { newId } from '../../src/identity/ids.ts'
import { OutboundClient, type OutboundOptions } from '../../src/outbound/client/client.ts'
import { WebhookDesk } from '../../src/outbound/webhooks/desk.ts'
import { WebhookRunner } from '../../src/outbound/webhooks/runner.ts'
import { reportingTo } from '../operations/due-work.ts'
import { holding, type HoldingOptions } from './holding.ts'

declare module 'fastify' {
  interface FastifyInstance {
    webhooks: WebhookDesk
    /** Calls what others chose, guarded. */
    outbound: OutboundClient
  }
}

export interface WebhookOptions extends HoldingOptions {
  outbound: OutboundOptions
}

/** Calls webhooks. */
export default fp<WebhookOptions>(async (app, { outbound, ...options }) => {
  const { store, metrics, tail } = app
  const client = new OutboundClient(outbound)
  const count = metrics.counterOf({ name: 'belfry_webhook_attempts_total', help: 'Calls of webhooks by this node', label: 'outcome', values: ['delivered', 'pending', 'failed'] })
  const countMissed = metrics.totalOf('belfry_webhook_missed_events_total', 'Events that retention removed before a webhook was called for them')
  const reporting = reportingTo(app, 'webhooks cannot be called', 'webhooks are called again')
  const runner = new WebhookRunner({
    ...holding(app, options),
    client,
    onAttempt: (_attempt, { state }) => count(state),
    onMissed: ({ id }, missed) => {
      countMissed(missed)
      app.log.warn({ webhook: id, missed }, 'retention removed events before a webhook was called for them: it goes on after them')
    },
    ...reporting
  })
  metrics.watch('belfry_webhook_lag_seconds', 'How old the oldest event is for which a webhook that this node calls was not called yet', () => runner.lagMs / 1000)
  tail.follow(events => runner.follow(events))
  app.decorate('outbound', client)
  app.decorate('webhooks', new WebhookDesk({ store, client, newId }))
  app.addHook('onReady', async () => runner.load())
  app.addHook('preClose', async () => await runner.stop())
  app.addHook('onClose', async () => client.close())
}, { name: 'webhooks', fastify: '5.x', dependencies: ['store', 'tail', 'metrics'] })
