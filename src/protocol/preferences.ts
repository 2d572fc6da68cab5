/** What users want of which topics, and when: `GET /api/preferences/{user_id}`. */
export type Switch = 'on' | 'off'
/** `digest`: collected, and sent once a day. */
export type MailSwitch = Switch | 'digest'
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = typeof weekdays[number]

/** What is said of the channels; what is absent is not said here. */
export interface Channels { push?: Switch, mail?: MailSwitch }
/** What a user chose of a topic; `inbox` off mutes it. */
export interface TopicChoices extends Channels { inbox?: Switch }

/** When push and mail wait, `HH:MM` in `timezone` (IANA); `days` are those of `from`, and `to` may be on the next day. */
export interface QuietHours { timezone: string, days: Weekday[], from: string, to: string }

/** What a user chose. `digest_at`: when a day's mail is sent, `HH:MM` in the time zone of the quiet hours, or else in UTC. */
export interface Choices {
  topics: Record<string, TopicChoices>
  channels: Channels
  quiet_hours: QuietHours | null
  digest_at: string | null
}

/** Who decides: the user, or the defaults or locks of the company or the operator. */
export type PreferenceSource = 'user' | 'company' | 'operator'
export interface EffectiveChoice<Value> { value: Value, source: PreferenceSource, locked: boolean }
/** `description`: what the topic is about, as the company says or else the operator; absent if neither does. */
export interface EffectiveTopic { inbox: EffectiveChoice<Switch>, push: EffectiveChoice<Switch>, mail: EffectiveChoice<MailSwitch>, description?: string }

/** `effective` has every topic that the operator, the company or the user says something of; any other is on, and not locked. */
export interface Preferences extends Choices {
  effective: { topics: Record<string, EffectiveTopic> }
  /** The cursor of the log at which this holds. */
  cursor: string
}

/** A change of preferences: what is absent stays, null resets. */
export interface PreferencesChange {
  topics?: Record<string, { inbox?: Switch | null, push?: Switch | null, mail?: MailSwitch | null } | null> | null
  channels?: { push?: Switch | null, mail?: MailSwitch | null } | null
  quiet_hours?: Partial<QuietHours> | null
  digest_at?: string | null
}
