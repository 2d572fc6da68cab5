import type { Channels, Choices, PreferencesChange, Switch } from '../protocol/preferences.ts'
import type { Setting } from '../log/mutes.ts'
import type { ActorRef } from '../rights/principal.ts'

/** The most topics with settings of the operator, of one company, and of one user. */
export const MAX_TOPICS = 200

/** What the operator or a company says of a topic. A lock holds against what users choose. */
export interface TopicSettings {
  description: string | null
  /** Whether it is in the inboxes of those who chose nothing. */
  default: Switch
  isLocked: boolean
  channels: Channels
}

/** `company`: null for the operator's settings. */
export interface TopicRecord { topic: string, company: string | null, settings: TopicSettings }

/** What a user chose, and the settings that apply beside it, all as of the event `seq`. */
export interface PreferencesRecord {
  own: Choices
  operator: TopicRecord[]
  company: TopicRecord[]
  seq: number
}

/** What decides whether, and when, one notification goes to a user by push or mail. */
export interface ChannelSettings {
  own: Choices
  /** What the operator, and the user's company, say of its topic. */
  operator: TopicSettings | undefined
  company: TopicSettings | undefined
  /** Whether its topic was muted for the user when it was sent. */
  wasMuted: boolean
}

/** What hubs need to know of a user, as of the event `seq`: the user's own settings, and the companies that the user was in before, each for `after < seq ≤ upTo`. */
export interface UserMutes {
  seq: number
  settings: Setting[]
  formerCompanies: { company: string, after: number, upTo: number }[]
  quietHours: Choices['quiet_hours']
}

/** The operator's and all companies' settings, by the key of those whom they are for (`all`, `c:<company>`), as of the event `seq`. */
export interface SharedMutes { seq: number, settings: (Setting & { scope: string })[] }

/** The part of the store's contract about topics and preferences. Every change of a topic's `inbox` is an event, and holds from there on: the past stays as it was. */
export interface TopicPreferences {
  topic (topic: string, company: string | null): Promise<TopicRecord | undefined>
  /** Those of the operator (null) or of a company, by name. */
  topics (company: string | null): Promise<TopicRecord[]>
  /** How many users, of a company or of all, chose to have a topic's inbox off, counted up to `limit`: those whom a lock would overrule. */
  countMuting (topic: string, company: string | null, limit: number): Promise<number>
  /** Creates or changes a topic's settings. Throws BLF_TOPICS_FULL. */
  putTopic (topic: string, company: string | null, settings: TopicSettings, by?: ActorRef): Promise<{ created: boolean }>
  /** Throws BLF_TOPIC_NOT_FOUND. */
  removeTopic (topic: string, company: string | null, by?: ActorRef): Promise<void>
  /** Undefined for an unknown user. */
  preferences (userId: string): Promise<PreferencesRecord | undefined>
  /**
   * Merges a change into a user's preferences, or replaces them. Throws BLF_USER_NOT_FOUND, BLF_PREFERENCE_LOCKED for a
   * new choice that differs from a lock, BLF_TOPICS_FULL, BLF_VALIDATION for quiet hours that are not whole.
   */
  changePreferences (userId: string, change: PreferencesChange, how: 'merge' | 'replace', by?: ActorRef): Promise<PreferencesRecord>
  /**
   * What decides about the channels of the notification `seq`, for each of these users (1,000 at most), in their order: the settings as they are
   * now, mutes as they were at its own `seq`. Undefined for one who does not exist. One statement.
   */
  channelSettings (userIds: string[], notification: { seq: number, topic: string | null }): Promise<(ChannelSettings | undefined)[]>
  /** A notification as channels judge it; `at`: when it was sent, milliseconds. Undefined if the log no longer has it, or it was recalled. */
  channelSubject (id: string): Promise<{ seq: number, topic: string | null, urgency?: string | undefined, at: number } | undefined>
  /** What hubs need to know of a user. */
  userMutes (userId: string): Promise<UserMutes>
  sharedMutes (): Promise<SharedMutes>
}
