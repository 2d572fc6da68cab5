import fp from 'fastify-plugin'
import { ChannelReports } from '../../src/outbound/channels/report.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What channels besides the inbox did with notifications. */
    channelReports: ChannelReports
  }
}

export default fp(async (app) => {
  app.decorate('channelReports', new ChannelReports(app.store))
}, { name: 'channels', fastify: '5.x', dependencies: ['store'] })
