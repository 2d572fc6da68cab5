import type { EffectiveChoice, EffectiveTopic, Preferences, PreferencesChange } from '../../protocol/preferences.ts'

const CHANNELS = ['inbox', 'push', 'mail'] as const

/** Fields that replace those before; null resets. */
function merge <T extends object> (before: T | undefined, change: object | null): T {
  return Object.fromEntries(Object.entries({ ...change && before, ...change }).filter(([, value]) => value !== null)) as T
}

/**
 * Preferences after a change, as far as it is known without the server: what holds of a topic whose choice is reset, only
 * the defaults say, and it stays as it is until they have answered.
 */
export function merged (before: Preferences, { topics: change = {}, channels: channelChange = {}, quiet_hours: quiet, digest_at: digestAt }: PreferencesChange): Preferences {
  const changed = Object.entries(change ?? {}).map(([name, choices]) => [name, merge(before.topics[name], choices)] as const)
  const topics = Object.fromEntries(Object.entries({ ...change && before.topics, ...Object.fromEntries(changed) }).filter(([, choices]) => Object.keys(choices).length > 0))
  const channels = merge(before.channels, channelChange)
  const effective = Object.entries({ ...before.effective.topics, ...topics }).map(([name]) => {
    // Of a name like `__proto__` an object without it has something too, but nothing of a channel.
    const known = before.effective.topics[name]
    return [name, {
      ...known,
      ...Object.fromEntries(CHANNELS.map(channel => {
        const was: EffectiveChoice<string> = known?.[channel] ?? { value: 'on', source: 'operator', locked: false }
        const value = topics[name]?.[channel] ?? (channel === 'inbox' ? undefined : channels[channel])
        return [channel, was.locked || value === undefined ? was : { value, source: 'user', locked: false }]
      }))
    } as EffectiveTopic]
  })
  return {
    ...before,
    topics,
    channels,
    quiet_hours: quiet === undefined ? before.quiet_hours : quiet && { ...before.quiet_hours, ...quiet } as Preferences['quiet_hours'],
    digest_at: digestAt === undefined ? before.digest_at : digestAt,
    effective: { topics: Object.fromEntries(effective) }
  }
}
