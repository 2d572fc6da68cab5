import type { InboxEntry, MarkResult, UserRecord } from '../store/store.ts'
import type { SentRecord } from '../store/sent.ts'
import { audienceOf } from '../log/audience.ts'
import { formatCursor } from '../protocol/cursor.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { InboxItem, Notification } from '../../schemas/notification.ts'
import type { SentNotification } from '../../schemas/sending/sent.ts'
import type { User } from '../../schemas/identity/user.ts'

/** Converts a store's user to its API representation. */
export function toUser ({ id, username, role, company, createdAt }: Omit<UserRecord, 'tokensAfter'>): User {
  return {
    id,
    ...(username === null ? {} : { username }),
    role,
    ...(company === null ? {} : { company }),
    created_at: formatTimestamp(createdAt)
  }
}

/** Converts an inbox entry to its API representation. */
export function toItem (epoch: string, { seq, body, readAt }: InboxEntry): InboxItem {
  const notification = JSON.parse(body) as Notification
  return {
    ...notification,
    read: readAt !== null,
    ...(readAt === null ? {} : { read_at: formatTimestamp(readAt) }),
    cursor: formatCursor(epoch, seq)
  }
}

/** An unread count, and the cursor of the log at which it was counted. */
export function toCount (epoch: string, { unread, seq }: Pick<MarkResult, 'unread' | 'seq'>): { unread_count: number, cursor: string } {
  return { unread_count: unread, cursor: formatCursor(epoch, seq) }
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
