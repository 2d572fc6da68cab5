/** How serious a notification is, the mildest first. */
export const notificationTypes = ['info', 'success', 'warning', 'error'] as const
export type NotificationType = typeof notificationTypes[number]

/**
 * The sender's own fields. `topic` is the one that Belfry reads: subscriptions and lists filter by it. `key` (a text) and
 * `args` (an object of texts and numbers) are for clients that translate.
 */
export interface NotificationData {
  topic?: string
  [field: string]: unknown
}

export type Urgency = 'low' | 'normal' | 'high'

/** A button to show with a notification. */
export interface NotificationAction {
  id: string
  label: string
  url?: string
}

/** How a notification is shown, and what can be done with it. */
export interface Shape {
  /** An `https`, `http` or `mailto` URL, or a path of the app that shows the notification. */
  url?: string
  /** An `https` URL of an image. */
  icon?: string
  /** At most three. */
  actions?: NotificationAction[]
  /** How much it may interrupt; absent is `normal`. */
  urgency?: Urgency
}

/** A notification as its reader sees it. Times are RFC 3339 in UTC. */
export interface Notification extends Shape {
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
  /** The notification that it replaces, which is recalled. */
  replaces?: string
  /** How many it and those before it have replaced. */
  replaced_count?: number
  /** There if it must be acknowledged; `by`: until when. Until it is, it can be neither archived nor deleted. */
  acknowledge?: { by?: string }
  /** Which revision this is; absent if it was never edited. */
  revision?: number
  /** When it was last edited. */
  updated_at?: string
}

/** A notification after an edit. Whether it is read stays as it was. */
export interface NotificationUpdate extends Omit<Notification, 'read' | 'read_at' | 'revision' | 'updated_at'> {
  revision: number
  updated_at: string
}

export interface User {
  id: string
  /** Absent for a user who is known from another backend's tokens only. */
  username?: string
  /** What people call the user. */
  name?: string
  role: string
  /** Absent for a user of no company. */
  company?: string
  /** Where mail for the user goes. */
  email?: string
  /** RFC 3339, UTC. */
  created_at: string
}
