import fp from 'fastify-plugin'
import { logDestination } from '../../src/process/log-destination.ts'

/** Logs and counts the log lines that were lost because standard output did not accept them. */
export default fp(async (app) => {
  const destination = logDestination()
  destination.onRecovery(({ lines, reason }) => app.log.warn({ lines, reason }, 'log lines before this one were lost'))
  app.metrics.watchTotal('belfry_log_lines_dropped_total', 'Lines of the log that standard output did not take', () => destination.droppedLines)
}, { name: 'log', fastify: '5.x', dependencies: ['metrics'] })
