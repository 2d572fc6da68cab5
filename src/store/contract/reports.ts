/** A notification that can be reported on, as far as rights need it. */
export interface Reported {
  id: string
  seq: number
  /** The sender; '' if that user was removed, and somebody else has the id. */
  owner: string
  scope: string | null
  keys: string[]
  /** Whether the log no longer has it: only its acknowledgements are kept. */
  isGone: boolean
}

/** How many of the recipients of a notification are in each state. */
export interface ReportCounts {
  recipients: number
  delivered: number
  seen: number
  read: number
  acted: number
  muted: number
  acknowledged: number
  /** Those of them who acknowledged after it was due. */
  late: number
  /** If it must be acknowledged: those who have not, had it not muted, and are in its audience still. */
  outstanding: number
}

export interface Report extends ReportCounts {
  /** The log's head at the moment of this view. */
  seq: number
}

export type ReportState = 'recipients' | 'delivered' | 'seen' | 'read' | 'acknowledged' | 'outstanding' | 'acted' | 'muted'

/** What is known of one recipient. */
export interface Recipient {
  userId: string
  delivered: boolean
  seen: boolean
  read: boolean
  acted: boolean
  muted: boolean
  /** When it was acknowledged, milliseconds; null if it was not. */
  acknowledgedAt: number | null
  late: boolean
}

export interface RecipientPage {
  recipients: Recipient[]
  /** The `after` of the next page; null if there are no more. */
  next: string | null
  seq: number
}

export type Reason = 'not_in_audience' | 'joined_later' | 'left' | 'excluded' | 'muted' | 'expired' | 'recalled'

export interface MutedBy { source: 'user' | 'company' | 'operator', locked: boolean }

/** Where in the log, and when (milliseconds since 1970), a late joiner came into the audience. */
export interface Joined { seq: number, at: number }

export interface UserReport extends Omit<Recipient, 'seen' | 'read'> {
  /** Whether the user was in the audience when it was sent or, if it is for late joiners, before it ended. */
  matched: boolean
  /** Null for who was in it when it was sent, and for who does not match. */
  joined: Joined | null
  reasons: Reason[]
  /** If it was muted: who decided that, and whether by a lock. */
  mutedBy: MutedBy | null
  /** Milliseconds since 1970, null if never. */
  seenAt: number | null
  readAt: number | null
  seq: number
}

/**
 * Who got a notification, and what they made of it. Whoever was in its audience when it was sent is a recipient, also
 * who has left it since; who joined later is none, also if it is for late joiners: what those make of it is told of each alone. Each is one view of the store, read in short steps.
 */
export interface Reports {
  /** Undefined if it is unknown. */
  reported (id: string): Promise<Reported | undefined>
  /** Undefined if the log no longer has it. */
  report (id: string): Promise<Report | undefined>
  /**
   * Recipients in a state, in an order that does not change. A page looks at a bounded number of recipients: it may have fewer than `limit`, or none,
   * although there is a next one. Undefined if the log no longer has the notification. Throws BLF_BAD_CURSOR for an `after` that is none.
   */
  recipients (id: string, filter: { state: ReportState, limit: number, after?: string | undefined }): Promise<RecipientPage | undefined>
  /** One user, whether it is a recipient or not. Undefined if the log no longer has the notification, unless this user's acknowledgement is kept: then it has that. */
  userReport (id: string, userId: string): Promise<UserReport | undefined>
  /** Who acknowledged a notification, in the order of their ids, also when the log no longer has it. */
  acknowledgements (id: string, filter: { limit: number, after?: string | undefined }): Promise<{ userId: string, at: number, late: boolean }[]>
  countAcknowledgements (id: string): Promise<{ acknowledged: number, late: number, seq: number }>
}
