import fp from 'fastify-plugin'
import { isOutage } from '../src/errors.ts'
import { Tail } from '../src/log/tail.ts'

declare module 'fastify' {
  interface FastifyInstance { tail: Tail }
}

export interface TailPluginOptions {
  /** How often to poll the log, milliseconds: while the bus is up, and while it is down. */
  beat?: { ms: number, withoutBusMs: number } | undefined
}

/** The log is polled even without hints, because one may be lost; more often while the bus is down. */
const BEAT = { ms: 1_000, withoutBusMs: 150 }
/** How long a gap in the events waits for another node's hint before the log is read instead, milliseconds. */
const PATIENCE_MS = 25

/** Creates this node's tail: it is fed by this node's commits and other nodes' hints, and polls the log regularly. */
export default fp<TailPluginOptions>(async (app, { beat = BEAT }) => {
  const { store, bus } = app
  const tail = new Tail({
    log: store,
    seq: await store.head(),
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
    if (epoch !== store.epoch || to <= tail.seq) return
    if (events) tail.offer(events)
    else tail.catchUp()
  })
  let timer: NodeJS.Timeout
  // Other nodes write to the same store, and a hint of theirs may be lost.
  function poll (): void {
    tail.catchUp()
    clearTimeout(timer)
    timer = setTimeout(poll, bus.isUp ? beat.ms : beat.withoutBusMs).unref()
  }
  bus.onChange(poll)
  poll()
  app.decorate('tail', tail)
  app.addHook('onClose', async () => {
    clearTimeout(timer)
    await tail.close()
  })
}, { name: 'tail', fastify: '5.x', dependencies: ['store', 'bus', 'metrics'] })
