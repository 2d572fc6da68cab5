import fp from 'fastify-plugin'
import { Hub } from '../src/hub/hub.ts'
import { Directory } from '../src/identity/directory.ts'
import { Tail } from '../src/log/tail.ts'

declare module 'fastify' {
  interface FastifyInstance {
    hub: Hub
    tail: Tail
    directory: Directory
  }
}

/** How often the log is looked at although nothing says that it has grown. */
const BEAT_MS = 1_000
/** The same while other nodes cannot say so. */
const BEAT_WITHOUT_BUS_MS = 150
/** How long another node's hint may take before the log is asked instead. */
const PATIENCE_MS = 25

/** What follows the log on this node: the tail reads it, the directory and the hub are told. */
export default fp(async (app) => {
  const { store, bus } = app
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
    onError: error => app.log.error({ err: error }, 'the log could not be read'),
    patience: () => bus.isUp ? PATIENCE_MS : 0
  })
  store.onCommit((events, commit) => {
    app.metrics.committed(commit, events.length)
    tail.offer(events)
    const [first, last] = [events[0], events.at(-1)]
    if (first && last) bus.publish({ epoch: store.epoch, from: first.seq, to: last.seq, events })
  })
  bus.onHint(({ epoch, to, events }) => {
    if (epoch !== store.epoch || to <= tail.position) return
    if (events) tail.offer(events)
    else tail.catchUp()
  })
  let beat: NodeJS.Timeout
  // Others write to the same store, and a hint of it may be lost.
  function look (): void {
    tail.catchUp()
    clearTimeout(beat)
    beat = setTimeout(look, bus.isUp ? BEAT_MS : BEAT_WITHOUT_BUS_MS).unref()
  }
  bus.onChange(look)
  look()
  app.decorate('hub', hub)
  app.decorate('tail', tail)
  app.decorate('directory', directory)
  app.addHook('onClose', async () => {
    clearTimeout(beat)
    hub.close()
    await tail.close()
  })
}, { name: 'hub', fastify: '5.x', dependencies: ['store', 'bus', 'metrics'] })
