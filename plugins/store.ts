import fp from 'fastify-plugin'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/store.ts'

declare module 'fastify' {
  interface FastifyInstance { store: Store }
}

export interface StoreOptions { url: string }

export default fp<StoreOptions>(async (app, { url }) => {
  const store = await openStore(url)
  app.decorate('store', store)
  app.addHook('onClose', () => store.close())
}, { name: 'store', fastify: '5.x' })
