import { formatCursor } from '../../protocol/cursor.ts'
import { problem } from '../../errors.ts'
import { listTopics, subscribe as widen, unsubscribe as narrow, type TopicFilter } from '../../hub/topics.ts'
import type { SubscribedFrame } from '../../protocol/server-frames.ts'
import type { Context, Handler, Reply } from './context.ts'

const MAX_TOPICS = 100

function apply ({ hub, connection }: Context, topics: TopicFilter): Reply<SubscribedFrame> {
  if (topics !== null && topics.size > MAX_TOPICS) throw problem('BLF_VALIDATION', `A topic filter has at most ${MAX_TOPICS} topics.`)
  const seq = hub.setTopics(connection, topics)
  return { frame: { type: 'subscribed', cursor: formatCursor(hub.epoch, seq), payload: { topics: listTopics(topics) } } }
}

export const subscribe: Handler<'subscribe'> = (context, { topics }) => apply(context, widen(context.connection.topics, topics))
export const unsubscribe: Handler<'unsubscribe'> = (context, { topics }) => apply(context, narrow(context.connection.topics, topics))
