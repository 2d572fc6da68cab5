import type { DeliveryChannel, FeedType } from '../../protocol/outbound/feed.ts'
import type { ActorRef } from '../../rights/principal.ts'

/** An event of the log as backends see it. Times in milliseconds since 1970. */
export interface FeedEvent {
  seq: number
  type: FeedType
  at: number
  userId?: string
  notificationIds?: string[]
  before?: string
  topic?: string
  webhookId?: string
  channel?: DeliveryChannel
}

export interface FeedFilter {
  /** The `seq` to begin after; null for the oldest event that is kept. */
  after: number | null
  limit: number
  /** Absent for all. */
  types?: FeedType[]
  /** What is read: what this actor may, or a company's events (null: everybody's). */
  of: { by: ActorRef } | { company: string | null }
}

export interface FeedView {
  events: FeedEvent[]
  /** Up to here there is no other event: where the next page begins. */
  upTo: number
  head: number
  floor: number
  /** Whether events after `after` were removed: then there is nothing else in the view. */
  isGone: boolean
}

export interface Feed {
  /**
   * Events of the log for backends, oldest first. A page looks at a bounded part of the log, so it may be empty although later ones are
   * not. A company's are: what was sent to it alone, and what its users did, or became, while they were its users. Rights are judged by
   * what is stored then: throws BLF_UNAUTHENTICATED if the actor's credentials have ended, BLF_FORBIDDEN if the actor may read no feed.
   */
  feed (filter: FeedFilter): Promise<FeedView>
}
