/** Whose notifications a list has: those of a sender, and those addressed to a company and nothing else; null: everybody's. */
export type SentReach = { owner: string, company: string | null } | null

export interface SentFilter {
  limit: number
  reach: SentReach
  /** Only notifications with a smaller `seq`. */
  before?: number | undefined
  /** The start of the title, in any case. */
  q?: string | undefined
  topic?: string | undefined
  type?: string | undefined
  sender?: string | undefined
  /** When it was sent, milliseconds, both inclusive. */
  from?: number | undefined
  to?: number | undefined
}

export interface SentRecord {
  id: string
  seq: number
  /** '' if that user was removed, and somebody else has the id. */
  owner: string
  sender: string
  scope: string | null
  type: string
  topic: string | null
  keys: string[]
  /** Milliseconds since 1970, as the next two. */
  at: number
  expiresAt: number | null
  recalledAt: number | null
  /** The Notification as JSON; without its text once it is recalled. */
  body: string
}

export interface SentView {
  records: SentRecord[]
  /** The `before` of the next page; null if there are no more. */
  nextBefore: number | null
}

export interface SentNotifications {
  /**
   * Notifications that were sent, newest first. A page looks at a bounded number of notifications: one with filters
   * that match few may have fewer than `limit`, or none, although there is a next one.
   */
  sent (filter: SentFilter): Promise<SentView>
  /** One of them, recalled or not; undefined if it is unknown. */
  sentNotification (id: string): Promise<SentRecord | undefined>
}
