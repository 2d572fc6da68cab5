import { problem } from '../errors.ts'
import type { Choices, PreferencesChange, QuietHours, TopicChoices } from '../protocol/preferences.ts'
import { channels, effectiveTopics, type Defaults } from './effective.ts'
import { isTimeZone } from './quiet.ts'
import { MAX_TOPICS } from './records.ts'

/** The preferences of who chose nothing. */
export const NOTHING_CHOSEN: Choices = { topics: {}, channels: {}, quiet_hours: null, digest_at: null }

/** Checks what the schema of a change cannot express. Throws BLF_VALIDATION. */
export function checkChange ({ quiet_hours: quiet }: PreferencesChange): void {
  const { timezone, from, to } = quiet ?? {}
  if (timezone !== undefined && !isTimeZone(timezone)) throw invalid('/quiet_hours/timezone', 'must be the name of an IANA time zone, such as Europe/Berlin')
  if (from !== undefined && from === to) throw invalid('/quiet_hours/to', 'must differ from "from"')
}

function invalid (path: string, message: string): Error {
  return problem('BLF_VALIDATION', undefined, [{ path, message }])
}

/** The preferences after a change. Throws BLF_VALIDATION if the quiet hours lack a field then, BLF_TOPICS_FULL. */
export function merge (before: Choices, { topics, channels, quiet_hours: quiet, digest_at: digestAt }: PreferencesChange): Choices {
  const after = {
    topics: topics === null ? {} : mergeTopics(before.topics, topics),
    channels: channels === null ? {} : withoutNulls({ ...before.channels, ...channels }),
    quiet_hours: quiet === undefined ? before.quiet_hours : quiet === null ? null : whole({ ...before.quiet_hours, ...quiet }),
    digest_at: digestAt === undefined ? before.digest_at : digestAt
  }
  if (Object.keys(after.topics).length > MAX_TOPICS) throw problem('BLF_TOPICS_FULL', `Preferences have at most ${MAX_TOPICS} topics: reset some.`)
  return after
}

function mergeTopics (before: Choices['topics'], change: PreferencesChange['topics'] = {}): Choices['topics'] {
  const after = new Map(Object.entries(before))
  for (const [topic, choices] of Object.entries(change ?? {})) {
    const merged: TopicChoices = choices === null ? {} : withoutNulls({ ...after.get(topic), ...choices })
    if (Object.keys(merged).length > 0) after.set(topic, merged)
    else after.delete(topic)
  }
  return Object.fromEntries(after)
}

type WithoutNulls<T> = { [Name in keyof T]: Exclude<T[Name], null> }

function withoutNulls<T extends object> (fields: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as WithoutNulls<T>
}

function whole (quiet: Partial<QuietHours>): QuietHours {
  const { timezone, days, from, to } = quiet
  if (timezone === undefined || days === undefined || from === undefined || to === undefined) {
    throw problem('BLF_VALIDATION', 'Quiet hours have a "timezone", "days", "from" and "to": give all four, or null for none.')
  }
  if (from === to) throw problem('BLF_VALIDATION', 'Quiet hours whose "from" is their "to" never begin: give two times, or null for none.')
  return { timezone, days, from, to }
}

/** The topics of which something changed. */
export function changedTopics (before: Choices, after: Choices): string[] {
  const [old, now] = [new Map(Object.entries(before.topics)), new Map(Object.entries(after.topics))]
  const names = [...new Set([...old.keys(), ...now.keys()])]
  return names.filter(name => channels.some(channel => old.get(name)?.[channel] !== now.get(name)?.[channel]))
}

/** Throws BLF_PREFERENCE_LOCKED if a new choice differs from what a lock says. What was chosen before stays, and a reset is no choice. */
export function assertUnlocked (before: Choices, after: Choices, defaults: Defaults): void {
  const old = new Map(Object.entries(before.topics))
  const effective = new Map(Object.entries(effectiveTopics(after, defaults)))
  for (const [topic, choices] of Object.entries(after.topics)) {
    for (const channel of channels) {
      const [chosen, known] = [choices[channel], old.get(topic)?.[channel]]
      const { locked, value, source } = effective.get(topic)![channel]
      if (locked && chosen !== undefined && chosen !== known && chosen !== value) {
        throw problem('BLF_PREFERENCE_LOCKED', `The ${source} has locked the topic "${topic}": its ${channel} is ${value}.`)
      }
    }
  }
}
