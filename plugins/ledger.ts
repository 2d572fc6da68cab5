import fp from 'fastify-plugin'
import { Ledger } from '../src/session/ledger.ts'

declare module 'fastify' {
  interface FastifyInstance { ledger: Ledger }
}

/** `isShared`: whether there is a Redis, over which there may be other nodes. `paceMs`: the shortest time between two writes of a device. */
export interface LedgerOptions { isShared: boolean, paceMs?: number | undefined }

/** Notes what devices say they got. */
export default fp<LedgerOptions>(async (app, { isShared, paceMs }) => {
  const { store, bus, hub, tail } = app
  const ledger = new Ledger({ hub, bus, isShared, paceMs, write: acks => store.recordDeliveries(acks) })
  tail.follow(events => ledger.follow(events))
  app.decorate('ledger', ledger)
  app.addHook('preClose', () => ledger.close())
}, { name: 'ledger', fastify: '5.x', dependencies: ['store', 'tail', 'bus', 'hub'] })
