import type { FastifyInstance } from 'fastify'
import { isOutage } from '../../src/errors.ts'
import type { DueWork, DueWorkDeps } from '../../src/log/due-work.ts'
import { OutageLog } from '../../src/process/outage-log.ts'

/** Logs that some work cannot be done, and that it is done again. That the store is away, its plugin says. */
export function reportingTo ({ log }: FastifyInstance, failing: string, recovered: string): Pick<DueWorkDeps, 'onError' | 'onSuccess'> {
  const outages = new OutageLog(reason => log.error({ reason }, failing), () => log.info(recovered))
  return { onError: error => { if (!isOutage(error)) outages.reportFailure(error) }, onSuccess: () => outages.reportRecovery() }
}

/** Work that goes on as long as the application runs. */
export function keepDoing (app: FastifyInstance, work: DueWork): void {
  app.addHook('onReady', async () => work.start())
  app.addHook('preClose', async () => await work.stop())
}
