import fastify from 'fastify'
import fp from 'fastify-plugin'
import { test } from 'tap'
import hubPlugin from '../../plugins/hub.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { notification } from '../hub/recording.ts'

test('what the log tells while a node starts is not missing from its hub', async t => {
  const followers: ((events: LogEvent[]) => void)[] = []
  const tail = {
    seq: 0,
    follow: (follower: typeof followers[0]) => { followers.push(follower) },
    deliver (event: LogEvent) {
      tail.seq = event.seq
      for (const follower of followers) follower([event])
    }
  }
  const store = {
    epoch: 'epoch000',
    async sharedMutes () {
      tail.deliver(notification(1))
      await null
      tail.deliver(notification(2))
      return { seq: 2, settings: [] }
    }
  }
  const app = fastify()
  t.teardown(() => app.close())
  for (const [name, value] of Object.entries({ store, tail, drain: {}, directory: {}, metrics: { flushed () {} } })) {
    await app.register(fp(async app => { app.decorate(name as 'store', value as never) }, { name }))
  }
  await app.register(hubPlugin, { drainMs: 0 })
  t.equal(app.hub.seq, 2, 'it follows from where the tail is by then')
  tail.deliver(notification(3))
  t.equal(app.hub.seq, 3)
})
