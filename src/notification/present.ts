import type { DemandState } from '../store/contract/demands.ts'
import type { GroupRecord, MemberRecord, MembershipRecord } from '../store/groups.ts'
import type { InboxEntry, StateResult, UserRecord } from '../store/store.ts'
import { effectiveTopics } from '../preferences/effective.ts'
import type { PreferencesRecord, TopicRecord } from '../preferences/records.ts'
import type { Preferences } from '../protocol/preferences.ts'
import type { SentRecord } from '../store/sent.ts'
import { audienceOf, groupOfKey } from '../log/audience.ts'
import { formatCursor } from '../protocol/cursor.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { InboxItem, Notification, Reason } from '../../schemas/notification.ts'
import type { SentNotification } from '../../schemas/sending/sent.ts'
import type { User } from '../../schemas/identity/user.ts'

/** Converts a store's user to its API representation. */
export function toUser ({ id, username, name, role, company, email, createdAt }: Omit<UserRecord, 'tokensAfter'>): User {
  return {
    id,
    ...(username === null ? {} : { username }),
    ...(name === undefined ? {} : { name }),
    role,
    ...(company === null ? {} : { company }),
    ...(email === undefined ? {} : { email }),
    created_at: formatTimestamp(createdAt)
  }
}

/** Converts an inbox entry to its API representation. */
export function toItem (epoch: string, { seq, body, readAt, archived, acted, acknowledgedAt, key }: InboxEntry): InboxItem {
  const notification = JSON.parse(body) as Notification
  return {
    ...notification,
    read: readAt !== null,
    ...(readAt === null ? {} : { read_at: formatTimestamp(readAt) }),
    ...(archived ? { archived } : {}),
    ...(acted === null ? {} : { acted: { action: acted.action, at: formatTimestamp(acted.at) } }),
    ...(acknowledgedAt === null ? {} : { acknowledged_at: formatTimestamp(acknowledgedAt) }),
    ...(key === null ? {} : { reason: reasonOf(key) }),
    cursor: formatCursor(epoch, seq)
  }
}

const VIA: Record<string, Reason['via']> = { all: 'all', u: 'user', r: 'role', c: 'company', cr: 'company_role', g: 'group' }

/** Why a notification is in an inbox: by the audience key that is the user's too. */
function reasonOf (key: string): Reason {
  const via = VIA[key.split(':', 1)[0]!]!
  return via === 'group' ? { via, group: groupOfKey(key).group } : { via }
}

/** The counts of an inbox, and the cursor of the log at which they were counted. */
export function toCounts (epoch: string, { unread, unseen, seq }: Pick<StateResult, 'unread' | 'unseen' | 'seq'>): { unread_count: number, unseen_count: number, cursor: string } {
  return { unread_count: unread, unseen_count: unseen, cursor: formatCursor(epoch, seq) }
}

/** Converts what was sent to its API representation. */
export function toSent ({ id, type, topic, keys, sender, at, expiresAt, recalledAt, body }: SentRecord): SentNotification {
  const { title, message, created_at: createdAt, revision = 1 } = JSON.parse(body) as Pick<SentNotification, 'title' | 'message' | 'created_at'> & { revision?: number }
  return {
    id,
    title,
    message,
    type: type as SentNotification['type'],
    topic,
    audience: audienceOf(keys),
    sender,
    created_at: createdAt,
    sent_at: formatTimestamp(at),
    expires_at: expiresAt === null ? null : formatTimestamp(expiresAt),
    revision,
    recalled_at: recalledAt === null ? null : formatTimestamp(recalledAt)
  }
}

/** What a report says of a notification that must be acknowledged; `outstanding` is unknown once the log no longer has it. */
export function toDemandReport ({ by, escalate, outcome, reminded, remindedAt, nextAt, remindFrom }: DemandState, outstanding: number | undefined) {
  const time = (ms: number | null) => ms === null ? null : formatTimestamp(ms)
  return {
    by: time(by),
    ...(outstanding === undefined ? {} : { outstanding }),
    reminded,
    reminded_at: time(remindedAt),
    next_reminder_at: time(nextAt),
    remind_from: time(remindFrom),
    escalate_to: escalate && audienceOf(escalate),
    escalation: escalate && escalationOf(outcome)
  }
}

function escalationOf (outcome: string | null): 'planned' | 'not_needed' | 'escalated' | 'ended' | 'refused' {
  if (outcome === null) return 'planned'
  if (outcome === 'done') return 'not_needed'
  return outcome === 'escalated' || outcome === 'ended' ? outcome : 'refused'
}

/** Converts a store's group to its API representation. */
export function toGroup ({ group, company, name, isOpen: open, members }: GroupRecord) {
  return { group, company, name, open, members }
}

/** Converts the settings of a topic to their API representation. */
export function toTopic ({ topic, company, settings: { description, default: value, isLocked, channels } }: TopicRecord) {
  return { name: topic, company, ...(description === null ? {} : { description }), default: value, locked: isLocked, channels }
}

/** Converts a user's preferences, and the settings beside them, to their API representation. */
export function toPreferences (epoch: string, { own, operator, company, seq }: PreferencesRecord): Preferences {
  return { ...own, effective: { topics: effectiveTopics(own, { operator, company }) }, cursor: formatCursor(epoch, seq) }
}

export function toMember ({ userId, username, source, since }: MemberRecord) {
  return { user_id: userId, ...(username === null ? {} : { username }), source, since: formatTimestamp(since) }
}

export function toMembership (membership: MembershipRecord) {
  return { ...toGroup(membership), source: membership.source, since: formatTimestamp(membership.since) }
}
