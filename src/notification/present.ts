import type { InboxEntry, MarkResult, UserRecord } from '../store/store.ts'
import { formatCursor } from '../protocol/cursor.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { InboxItem, Notification } from '../../schemas/notification.ts'
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
