import type { NotDelivered, UserReport as Reported } from '../../../client/backend/reports.ts'
import { audienceText, exact, type Audience } from '../parts/words.ts'

export type { NotDelivered as Reason } from '../../../client/backend/reports.ts'

/** What is told from of what the API says of one user. */
export type UserReport = Omit<Reported, 'channels' | 'cursor'> & Partial<Pick<Reported, 'channels'>>

/** What is known of the notification. */
export interface About { topic: string | null, audience: Audience, sent_at: string, expires_at: string | null, recalled_at: string | null }

/** Where one can do something about it. */
export type Place = 'user' | 'topic' | 'send'

/** Why somebody did or did not get it, as a sentence, and what one can do. */
export interface Why { text: string, advice: string, places: Place[] }
export interface Verdict { kind: 'success' | 'info' | 'warning', title: string, whys: Why[] }

/** What ends what somebody had, or keeps it from them. */
const ENDS: readonly NotDelivered[] = ['left', 'muted', 'expired', 'recalled']

/** The answer to "did they get it, and why not?" `name`: how the user is called; `isKnown`: whether anybody has the id. */
export function verdictOf (report: UserReport, about: About, name: string, isKnown: boolean): Verdict {
  const { matched, delivered, reasons } = report
  const isOver = reasons.some(reason => ENDS.includes(reason))
  // Where it does not wait any more, it does not matter who is connected.
  const whys = reasons.filter(reason => !isOver || reason !== 'not_connected').map(reason => whyOf(reason, report, about, name, isKnown))
  if (!matched) return { kind: 'warning', title: `It was not sent to ${name}`, whys }
  if (isOver) return { kind: 'warning', title: delivered ? `${name} got it, and does not have it any more` : `${name} did not get it`, whys }
  if (delivered) return { kind: 'success', title: `${name} got it`, whys: [whereIsIt(name)] }
  return { kind: 'info', title: `It is in the inbox of ${name}, and not delivered yet`, whys: whys.length > 0 ? whys : [unconfirmed(name)] }
}

function whyOf (reason: NotDelivered, { matched, delivered, muted_by: mutedBy }: UserReport, { topic, audience, sent_at: sentAt, expires_at: expiresAt, recalled_at: recalledAt }: About, name: string, isKnown: boolean): Why {
  const whom = audienceText(audience)
  switch (reason) {
    case 'not_in_audience': return isKnown
      ? { text: `${name} was never in its audience: ${whom}.`, advice: `Send it to ${name} too, or to an audience that ${name} is in.`, places: ['send', 'user'] }
      : { text: `Nobody you can see has the id ${name}, and it was sent to: ${whom}.`, advice: 'Check the id: it is the one that the list of users shows, in upper and lower case.', places: ['user'] }
    case 'joined_later': return {
      text: `${name} joined its audience (${whom}) after it was sent, at ${exact(Date.parse(sentAt))}. What was sent before somebody joins is not in their inbox.`,
      advice: `Send it to ${name}. An announcement for newcomers too is sent with late_joiners and an expiry, over the API.`,
      places: ['send', 'user']
    }
    case 'left': return {
      text: matched ? `${name} has left its audience (${whom}) since. Whoever leaves a company, role or group loses what was sent to it.` : `${name} had left its audience (${whom}) before it was sent.`,
      advice: `Look at the company, role and groups of ${name}, or send it to ${name} by id: that stays.`,
      places: ['user', 'send']
    }
    case 'excluded': return { text: `Whoever sent it left ${name} out by id.`, advice: `If that was a mistake, send it to ${name}.`, places: ['send'] }
    case 'muted': return { text: `The topic “${topic ?? ''}” was off for ${name} when it was sent: ${muter(mutedBy, name)}. It stays out of the inbox for good.`, advice: unmute(mutedBy, name), places: mutedBy?.source === 'user' ? ['topic', 'send'] : ['topic'] }
    case 'expired': return { text: `It expired at ${expiresAt ? exact(Date.parse(expiresAt)) : 'a time that is gone'}${delivered ? '' : `, before any app of ${name} came for it`}. Expired notifications leave every inbox.`, advice: 'Send it again with a later expiry, or with none.', places: ['send'] }
    case 'recalled': return { text: `It was recalled at ${recalledAt ? exact(Date.parse(recalledAt)) : 'a time that is gone'}, from every inbox.`, advice: 'What was recalled does not come back: write it again.', places: ['send'] }
    case 'not_connected': return {
      text: `No app of ${name} has been connected since, and none is now, at the node that answers.`,
      advice: `Nothing is lost: it comes with the next connection. The sessions of ${name} say when that may be.`,
      places: ['user']
    }
  }
}

/** What became of it on a channel besides the inbox, as words before the time that it has, if it has one. */
export const CHANNEL_STATES: Record<Reported['channels'][number]['state'], string> = {
  sent: 'sent',
  failed: 'failed: refused, or given up',
  waiting: 'waits until',
  quiet: 'held back by quiet hours until',
  digest: 'in the day’s mail at',
  off: 'off, by settings',
  muted: 'off, with its topic',
  no_address: 'nowhere to send it',
  not_needed: 'not needed: read, or over, before its turn',
  joined_later: 'joined its audience after its turn'
}
export const CHANNEL_NAMES: Record<Reported['channels'][number]['channel'], string> = { push: 'Push', mail: 'Mail' }

function muter (mutedBy: UserReport['muted_by'], name: string): string {
  if (!mutedBy) return 'by a setting that is gone'
  const { source, locked } = mutedBy
  if (source === 'user') return `${name} had switched it off`
  return `${source === 'company' ? 'the company' : 'the operator'} ${locked ? 'had locked it off' : `had it off for everybody who chose nothing, as ${name} had`}`
}

function unmute (mutedBy: UserReport['muted_by'], name: string): string {
  if (mutedBy?.source === 'user') return `${name} can switch it on again, for what is sent from then on. What nobody may miss goes to a topic that is locked on.`
  return 'Change the settings of the topic: they hold for what is sent from then on.'
}

function whereIsIt (name: string): Why {
  return { text: `An app of ${name} confirmed it, or ${name} saw, read or answered it.`, advice: `If ${name} cannot find it: it may be archived or deleted, or further down in the list.`, places: ['user'] }
}

function unconfirmed (name: string): Why {
  return { text: `An app of ${name} is connected, and has not confirmed it.`, advice: 'Apps confirm only if they name their device, and do not filter by topic. When the list is opened, it counts as seen.', places: ['user'] }
}
