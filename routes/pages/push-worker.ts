import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pushWorker } from '../../src/web/client.ts'

/** The service worker that shows pushes, for the inbox, and for workers of apps of any origin to import. Its own policy lets it send receipts. */
const pushWorkerRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.asPublicScript)
  app.serve('/push-worker.js', async (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; connect-src 'self'")
    return await pushWorker()
  })
}

export default pushWorkerRoutes
