export type NotificationType = 'info' | 'success' | 'warning' | 'error'

/** The sender's own fields. `topic` is the one that Belfry reads: subscriptions and lists filter by it. */
export interface NotificationData {
  topic?: string
  [field: string]: unknown
}

/** A notification as its reader sees it. Times are RFC 3339 in UTC. */
export interface Notification {
  id: string
  title: string
  message: string
  type: NotificationType
  created_at: string
  read: boolean
  /** Present if `read` is true. */
  read_at?: string
  /** When it leaves the inbox. */
  expires_at?: string
  data: NotificationData
}

export interface User {
  id: string
  /** Absent for a user who is known from another backend's tokens only. */
  username?: string
  role: string
  /** Absent for a user of no company. */
  company?: string
  /** RFC 3339, UTC. */
  created_at: string
}
