import fp from 'fastify-plugin'
import { isOutage } from '../src/errors.ts'
import { Tail } from '../src/log/tail.ts'

declare module 'fastify' {
  interface FastifyInstance { tail: Tail }
}

export interface TailPluginOptions {
  /** How often to look at the log, milliseconds: while hints come, and while they cannot. */
  beat?: { ms: number, withoutBusMs: number } | undefined
}

/** How often the log is looked at although nothing says that it has grown; more often while other nodes cannot say so. */
const BEAT = { ms: 1_000, withoutBusMs: 150 }
/** How long another node's hint may take before the log is asked instead. */
const PATIENCE_MS = 25

/** This node's reader of the log: it hears of this node's commits and of other nodes' hints, and looks by itself now and then. */
export default fp<TailPluginOptions>(async (app, { beat = BEAT }) => {
  const { store, bus } = app
  const tail = new Tail({
    log: store,
    position: await store.head(),
    // That the store is away, its plugin says.
    onError: error => { if (!isOutage(error)) app.log.error({ err: error }, 'the log could not be read or followed') },
    patience: () => bus.isUp ? PATIENCE_MS : 0
  })
  tail.follow(events => app.metrics.delivered(events))
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
  let timer: NodeJS.Timeout
  // Others write to the same store, and a hint of it may be lost.
  function look (): void {
    tail.catchUp()
    clearTimeout(timer)
    timer = setTimeout(look, bus.isUp ? beat.ms : beat.withoutBusMs).unref()
  }
  bus.onChange(look)
  look()
  app.decorate('tail', tail)
  app.addHook('onClose', async () => {
    clearTimeout(timer)
    await tail.close()
  })
}, { name: 'tail', fastify: '5.x', dependencies: ['store', 'bus', 'metrics'] })
