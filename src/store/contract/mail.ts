/** A mail of what just came, or of what was collected for a day. */
export type MailKind = 'now' | 'digest'

/** That a notification is to be mailed to a user, `dueIn` milliseconds from now; `seq` is where it came into the inbox: for a late joiner, where they joined. */
export interface QueuedMail { userId: string, kind: MailKind, seq: number, dueIn: number }

/** A mail to make: of what is unread of what came into the inbox after `after` and up to `upTo`. */
export interface MailJob {
  userId: string
  kind: MailKind
  /** Where it goes; null if nothing can be sent there any more. */
  email: string | null
  /** What people call the user; null if nobody said. */
  name: string | null
  /** When the user was created, milliseconds: whoever has the id next is somebody else. */
  createdAt: number
  /** When it was begun, by the store's clock, milliseconds. */
  begunAt: number
  after: number
  upTo: number
  /** Counts the user's mails of this kind: another attempt at one has the same number. */
  number: number
  /** How many attempts at it there were before, also those of which nothing is known. */
  n: number
}

/** What came of a job. */
export interface MailOutcome extends Pick<MailJob, 'userId' | 'kind' | 'email'> {
  /** The notifications up to here are mailed, or need no mail. */
  through: number
  /** In how many milliseconds there is more to do; null if there is nothing, but what was queued meanwhile. */
  dueIn: number | null
  /** Whether the same mail, with the same number, is to be tried again then, or as soon as there is another address. */
  isAgain: boolean
  error?: string | undefined
  /** What it showed, and what it only counted, if it was sent, or has failed for good. */
  mailed?: { state: 'sent' | 'failed', seqs: number[], counted?: number[] }
  /** Whether the address has refused it, if that has said either. */
  hasBounced?: boolean
  /** What is for a mail of another kind after all. */
  queue?: QueuedMail[]
}

/** What is known of the mail of one notification to one user. */
export interface MailState {
  email: string | null
  mailed: { state: 'sent' | 'failed', at: number } | null
  /** When the mails that it may be in are due, milliseconds since 1970. */
  waiting: { kind: MailKind, at: number }[]
}

/** What a click on "unsubscribe" changed: topics, or (null) all that is not locked. */
export interface Unsubscribed { topics: string[] | null }

/** Mail: whose is due when, and what came of it. Times are compared with the store's own clock, so that all nodes agree. */
export interface Mails {
  /**
   * Who is to be asked whether they want a mail of the notification `seq`: those in its audience then and still (or since, if it is for late joiners), with an
   * address, who have neither read, archived nor deleted it; `seq` of each is where it came into their inbox. A page looks at a bounded number of users, so it may be empty although later ones are not. `next` is the `after` of the next page.
   */
  mailRecipients (notification: { seq: number, topic: string | null, keys: string[] }, after: string | null): Promise<{ recipients: { userId: string, seq: number }[], next: string | null }>
  /** Makes mails due, of one notification a user and kind; what is queued already, or was dealt with, changes nothing. */
  queueMails (mails: QueuedMail[]): Promise<void>
  /** In how many milliseconds the next mail is due; null if none is. */
  nextMail (): Promise<number | null>
  /** Takes mails that are due, the longest due first; nobody else takes them for `leaseMs`. */
  beginMails (owner: string, limit: number, leaseMs: number): Promise<MailJob[]>
  /** Writes down what came of jobs that the owner has taken. What has failed for good is an event `delivery.failed` of the log, with the ids of what it showed. */
  settleMails (owner: string, outcomes: MailOutcome[]): Promise<void>
  /** Gives back what an owner has taken, or what all others have. */
  releaseMails (owner: string, whose: 'own' | 'others'): Promise<void>
  /** Which of these notifications a mail to the user showed or counted. What failed counts until a mail is begun for another address. */
  mailedOf (userId: string, seqs: number[]): Promise<number[]>
  /** Notifications up to `upTo` that came into the user's inbox after them, and after `after`, because the user joined their audience then (`joined`): the newest 100. */
  lateArrivals (userId: string, after: number, upTo: number): Promise<{ seq: number, joined: number }[]>
  /** `came`: where the notification came into the inbox, if that was later. Undefined if there is no such user. */
  mailState (userId: string, seq: number, came?: number): Promise<MailState | undefined>
  /**
   * Switches mail off for the user: for those of these topics that are not locked or, if there are none, wherever the user said nothing of a topic.
   * `createdAt`: the user's own; undefined, and nothing changes, if that is no longer so.
   */
  unsubscribe (userId: string, createdAt: number, topics: string[] | null): Promise<Unsubscribed | undefined>
}
