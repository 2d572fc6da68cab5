import type { LogEvent } from '../log/event.ts'

/**
 * A subscriber's filter: null is everything, else the topics it wants. A filter is one or the other:
 * naming topics where it was everything makes it those topics, naming `*` makes it everything.
 */
export type TopicFilter = ReadonlySet<string> | null

export const EVERYTHING = '*'

/** The filter that `?topics=` names, which is what `listTopics` lists, comma-separated. */
export function parseTopics (text: string): TopicFilter {
  return subscribe(new Set(), text === '' ? [] : text.split(','))
}

/** What subscribing to `topics` makes of a filter. The first topics named replace "everything". */
export function subscribe (filter: TopicFilter, topics: string[]): TopicFilter {
  return topics.includes(EVERYTHING) ? null : new Set([...filter ?? [], ...topics])
}

/** What unsubscribing makes of a filter. From "everything" nothing but everything can be taken. */
export function unsubscribe (filter: TopicFilter, topics: string[]): TopicFilter {
  if (topics.includes(EVERYTHING)) return new Set()
  if (filter === null) return null
  return new Set([...filter].filter(topic => !topics.includes(topic)))
}

/** The filter as clients see it, sorted. */
export function listTopics (filter: TopicFilter): string[] {
  return filter === null ? [EVERYTHING] : [...filter].sort()
}

/** Notifications without a topic always come, and so does everything that is not a notification. */
export function passes (filter: TopicFilter, { kind, topic }: LogEvent): boolean {
  return filter === null || kind !== 'notification' || topic === null || filter.has(topic)
}
