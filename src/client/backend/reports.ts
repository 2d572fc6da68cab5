import type { Session } from '../api.ts'
import { errorOf } from '../shared/answer.ts'
import { check } from '../shared/check.ts'
import { queryOf } from '../shared/query.ts'

/** An audience as reports say it: each name once. */
export interface ReportedAudience {
  all?: true
  users?: string[]
  companies?: string[]
  roles?: string[]
  groups?: string[]
  company?: string
  not?: { users: string[] }
}

/** What is said of a notification that must be acknowledged. Times are RFC 3339. */
export interface ReportedDemand {
  /** Until when; null for no end. */
  by: string | null
  /** Who has not acknowledged it: a reminder is for them. */
  outstanding?: number
  reminded: number
  reminded_at: string | null
  /** When the next planned reminder begins. */
  next_reminder_at: string | null
  /** From when on `remind` reminds again; null: it does now. */
  remind_from: string | null
  escalate_to: ReportedAudience | null
  /** What became of the escalation; null without one. */
  escalation: 'planned' | 'escalated' | 'not_needed' | 'refused' | 'ended' | null
}

/** How many got a notification, and what they made of it. Once the log no longer has it, only acknowledgements are counted. */
export interface Report {
  id: string
  /** Who was in its audience when it was sent. */
  recipients?: number
  /** Those in its audience now with an open socket or stream at the node that answers. */
  connected?: number
  /** Those of whom a device acknowledged it, or who saw, read, acknowledged or acted on it. */
  delivered?: number
  seen?: number
  read?: number
  /** Those who acknowledged it, late or not. */
  acknowledged: number
  /** Those of them who did after `acknowledge.by`. */
  late: number
  /** Those who chose one of its actions. */
  acted?: number
  /** Those who had its topic muted when it was sent. */
  muted?: number
  /** There if it must be acknowledged. */
  acknowledge?: ReportedDemand
  /** Everything up to this place of the log is counted. */
  cursor: string
  /** When it was counted (RFC 3339): up to ten seconds ago where there are many recipients. */
  as_of: string
}

/** Which recipients. `outstanding`: those who have to acknowledge it and have not. */
export type RecipientState = 'recipients' | 'delivered' | 'seen' | 'read' | 'acknowledged' | 'outstanding' | 'acted' | 'muted'

/** What is said of each recipient. */
interface States {
  delivered: boolean
  acted: boolean
  /** Whether it was acknowledged after `acknowledge.by`. */
  late: boolean
  /** RFC 3339; null if not. */
  acknowledged_at: string | null
}

/** One recipient of a notification. */
export interface Recipient extends States {
  user_id: string
  seen: boolean
  read: boolean
  muted: boolean
}

/** Recipients in an order that does not change. */
export interface RecipientPage {
  items: Recipient[]
  /** The `after` of the next page; null if there are no more. A page may have few items, or none, and a next one all the same. */
  next_after: string | null
  cursor: string
}

/**
 * Why a user did not get a notification, or does not have it any more. `not_in_audience`, `joined_later`, `left`, `excluded`
 * (by `not`), `muted`, `expired`, `recalled`; `not_connected`: not delivered so far, and the user is not there.
 */
export type NotDelivered = 'not_in_audience' | 'joined_later' | 'left' | 'excluded' | 'muted' | 'expired' | 'recalled' | 'not_connected'

/** What became of a notification at one user, and why. */
export interface UserReport extends States {
  user_id: string
  /** Whether the user was in its audience when it was sent or, with `late_joiners`, joined it before it ended. */
  matched: boolean
  reasons: NotDelivered[]
  /** If it was muted: whose setting of the topic it was, and whether it was a lock. */
  muted_by: { source: 'user' | 'company' | 'operator', locked: boolean } | null
  /** RFC 3339; null if not. */
  seen_at: string | null
  read_at: string | null
  /** What the channels besides the inbox did: those that the server has. `at`: when it was sent, or has failed, or until when it waits. */
  channels: {
    channel: 'push' | 'mail'
    state: 'sent' | 'failed' | 'waiting' | 'quiet' | 'digest' | 'off' | 'muted' | 'no_address' | 'not_needed' | 'joined_later'
    at: string | null
  }[]
  cursor: string
}

/** The reminder that has begun, or that of the last hour. Times are RFC 3339. */
export interface Reminded {
  message: string
  id: string
  /** When it began: now or, of one that is less than an hour old, then. */
  reminded_at: string
  /** From when on `remind` reminds again. */
  remind_from: string
}

type Client = Pick<Session, 'core'>

/** Counts who got a notification, and what they made of it. Throws a `BelfryError`, as all of these. */
export async function reportOf (client: Client, id: string): Promise<Report> {
  return await call(client, 'GET', id)
}

/** Lists recipients of a notification, or those of them in a `state`: `limit` at most (50), after the `next_after` of a page. */
export async function recipientsOf (client: Client, id: string, { state, limit, after }: { state?: RecipientState, limit?: number, after?: string } = {}): Promise<RecipientPage> {
  return await call(client, 'GET', id, '/users' + queryOf({ state, limit, after }))
}

/** Says what became of a notification at one user, and why it did not come. */
export async function recipientOf (client: Client, id: string, userId: string): Promise<UserReport> {
  return await call(client, 'GET', id, `/users/${segment(userId)}`)
}

/**
 * Reminds whoever has not acknowledged a notification, besides the reminders that are planned. Within an hour of a reminder nothing happens, and
 * the answer is of that one, so that calling it again is safe. For its sender and admins, not for `reports:read`. Throws `BLF_NOT_ACKNOWLEDGEABLE`
 * for what need not be acknowledged or has expired.
 */
export async function remind (client: Client, id: string): Promise<Reminded> {
  return await call(client, 'POST', id, '/remind')
}

async function call (client: Client, method: 'GET' | 'POST', id: string, rest = ''): Promise<any> {
  const answer = await client.core.call(method, `/api/reports/${segment(id)}${rest}`)
  if (answer.status !== 200) throw errorOf(answer)
  return answer.body
}

/** A part of a path. Throws a TypeError for what would be another path. */
function segment (name: string): string {
  check(typeof name === 'string' && !/^\.{0,2}$/.test(name), `${name} is not an id.`)
  return encodeURIComponent(name)
}
