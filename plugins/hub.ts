import fp from 'fastify-plugin'
import { Hub } from '../src/hub/hub.ts'
import { Directory } from '../src/directory.ts'
import { Tail } from '../src/log/tail.ts'

declare module 'fastify' {
  interface FastifyInstance {
    hub: Hub
    tail: Tail
    directory: Directory
  }
}

const BEAT_MS = 1_000

/** What follows the log on this node: the tail reads it, the directory and the hub are told. */
export default fp(async (app) => {
  const { store } = app
  const position = await store.head()
  const hub = new Hub({ epoch: store.epoch, position, onFlush: flush => app.metrics.flushed(flush) })
  const directory = new Directory(store)
  const tail = new Tail({
    log: store,
    position,
    deliver: events => {
      directory.follow(events)
      hub.publish(events)
      app.metrics.delivered(events)
    },
    onError: error => app.log.error({ err: error }, 'the log could not be read')
  })
  store.onCommit((events, commit) => {
    app.metrics.committed(commit, events.length)
    tail.offer(events)
  })
  // Others may write to the same store, and a hint of it may be lost.
  const beat = setInterval(() => tail.catchUp(), BEAT_MS).unref()
  app.decorate('hub', hub)
  app.decorate('tail', tail)
  app.decorate('directory', directory)
  app.addHook('onClose', async () => {
    clearInterval(beat)
    hub.close()
    await tail.settled()
  })
}, { name: 'hub', fastify: '5.x', dependencies: ['store', 'metrics'] })
