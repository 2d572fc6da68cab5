import type { LogEvent } from '../log/event.ts'

/**
 * A connection's topic filter: null for everything, otherwise the wanted topics. Subscribing to topics
 * replaces "everything" by those topics; subscribing to `*` replaces topics by everything.
 */
export type TopicFilter = ReadonlySet<string> | null

export const EVERYTHING = '*'

/** Parses `?topics=`: what `listTopics` returns, separated by commas. */
export function parseTopics (text: string): TopicFilter {
  return subscribe(new Set(), text === '' ? [] : text.split(','))
}

/** The filter after subscribing to `topics`. */
export function subscribe (filter: TopicFilter, topics: string[]): TopicFilter {
  return topics.includes(EVERYTHING) ? null : new Set([...filter ?? [], ...topics])
}

/** The filter after unsubscribing from `topics`. Single topics cannot be removed from "everything". */
export function unsubscribe (filter: TopicFilter, topics: string[]): TopicFilter {
  if (topics.includes(EVERYTHING)) return new Set()
  if (filter === null) return null
  return new Set([...filter].filter(topic => !topics.includes(topic)))
}

/** The filter as clients are shown it, sorted. */
export function listTopics (filter: TopicFilter): string[] {
  return filter === null ? [EVERYTHING] : [...filter].sort()
}

/** Whether a filter lets an event through: always, if it has no topic. Only notifications, their edits and their recalls have one. */
export function passes (filter: TopicFilter, { topic }: Pick<LogEvent, 'topic'>): boolean {
  return filter === null || topic === null || filter.has(topic)
}
