import { choose, levelsOf } from '../../preferences/effective.ts'
import { digestAfter, quietUntil } from '../../preferences/quiet.ts'
import type { ChannelSettings } from '../../preferences/records.ts'
import type { Choices, MailSwitch, PreferenceSource } from '../../protocol/preferences.ts'
import type { Store } from '../../store/store.ts'

/*
 * Whether, and when, a notification goes to a user by push or mail: what preferences, locks, mutes, quiet hours and urgency
 * say, in one place for all channels. A channel asks for many users of one notification at once, when it is about to send:
 *
 *     const verdicts = await verdictsOf(store, 'push', { seq, topic, urgency }, userIds, Date.now())
 *     verdicts.get('bob')    { is: 'now' }                                      send it
 *                            { is: 'quiet', until: 1769929200000 }              wait until then (milliseconds), and send one summary of what waited
 *                            { is: 'digest', at: 1769932800000 }                mail alone: collect it until then
 *                            { is: 'never', why: 'off', source: 'user', … }     send nothing
 *
 * Settings are those of the moment, so that a user who switches a channel off gets nothing from then on. A topic is muted if it
 * was when the notification was sent, or is now. Whether the user may see the notification, and has not read it, is not asked here.
 */

export type OutboundChannel = 'push' | 'mail'

/** What a verdict depends on besides the user: `urgency` as it was sent, `normal` if absent; `seq` is the notification's own. */
export interface Judged { seq: number, topic: string | null, urgency?: string | undefined }

export type Verdict =
  | { is: 'now' }
  | { is: 'quiet', /** Milliseconds since 1970. */ until: number }
  | { is: 'digest', /** Milliseconds since 1970. */ at: number }
  | { is: 'never', why: 'unknown' | 'muted' }
  | { is: 'never', why: 'off', /** Who decided so, and whether by a lock. */ source: PreferenceSource, locked: boolean }

/** The verdicts for each of these users (1,000 at most), by their ids; `now` in milliseconds since 1970. One statement. */
export async function verdictsOf (store: Pick<Store, 'channelSettings'>, channel: OutboundChannel, notification: Judged, userIds: string[], now: number): Promise<Map<string, Verdict>> {
  const settings = await store.channelSettings(userIds, notification)
  return new Map(userIds.map((id, place) => [id, verdictOf(channel, settings[place], notification, now)]))
}

/** The verdict for one user, whose settings are undefined if there is no such user. */
export function verdictOf (channel: OutboundChannel, settings: ChannelSettings | undefined, { topic, urgency }: Pick<Judged, 'topic' | 'urgency'>, now: number): Verdict {
  if (!settings) return { is: 'never', why: 'unknown' }
  const { own, wasMuted } = settings
  const levels = levelsOf(settings, topic)
  if (wasMuted || choose('inbox', levels).value === 'off') return { is: 'never', why: 'muted' }
  const { value, source, locked } = choose<MailSwitch>(channel, levels)
  if (value === 'off') return { is: 'never', why: 'off', source, locked }
  if (value === 'digest') return { is: 'digest', at: digestAfter(own, now) }
  // A sender alone cannot override a reader: the lock says that the operator, or the company, wants this topic to be heard.
  const until = urgency === 'high' && locked ? null : quietEnd(own, now)
  return until === null ? { is: 'now' } : { is: 'quiet', until }
}

/** When the user's quiet hours end, milliseconds since 1970; null outside of them. */
export function quietEnd ({ quiet_hours: quiet }: Pick<Choices, 'quiet_hours'>, now: number): number | null {
  return quiet && quietUntil(quiet, now)
}
