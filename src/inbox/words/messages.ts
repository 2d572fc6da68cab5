/** A text for each plural form of a language (`Intl.PluralRules`); `{count}` stands for the number. */
export type Forms = { [form in 'zero' | 'one' | 'two' | 'few' | 'many']?: string } & { other: string }

/** Everything that the elements say. `{name}` stands for what is put in. */
export interface Messages {
  /** The name of the bell, the popover and the list. */
  title: string
  /** Of a number of unread ones. */
  unreadCount: Forms
  all: string
  unread: string
  archived: string
  markAllAsRead: string
  markAsRead: string
  markAsUnread: string
  archive: string
  unarchive: string
  delete: string
  undo: string
  close: string
  /** After a mark, beside "Undo". */
  didArchive: string
  didUnarchive: string
  didDelete: string
  didReadAll: string
  /** A mark that the server did not take. */
  refused: string
  /** Waits above a list that was scrolled. */
  newCount: Forms
  /** Read out when one arrives, and when several do. */
  arrived: string
  arrivedCount: Forms
  empty: string
  emptyUnread: string
  emptyArchived: string
  error: string
  retry: string
  loading: string
  /** With `{time}`, when it was last known to be whole; and without one. */
  offline: string
  offlineKept: string
  catchingUp: string
  signedOut: string
  older: string
  olderError: string
  end: string
  more: string
  less: string
  edited: string
  /** How many replaced it, by the ordinal forms of the language. */
  update: Forms
  /** Of a chosen action: `{label}`. */
  chosen: string
  /** Said before the title. */
  info: string
  success: string
  warning: string
  failure: string
  /** A link to the full inbox. */
  full: string
  /** Of what must be acknowledged: the button, and until when, with `{time}`; after that; and without an end. */
  acknowledge: string
  acknowledgeBy: string
  acknowledgeDue: string
  acknowledgeOpen: string
  /** When it was, with `{time}`, also after it was due. */
  acknowledged: string
  acknowledgedLate: string
  didAcknowledge: string
  /** Said where it would be archived or deleted before. */
  acknowledgeFirst: string
  /** How many of them there are. */
  outstanding: Forms
  /** With `{title}`, and for one that is further down than what was loaded. */
  reminder: string
  reminderUnknown: string
  show: string
  preferences: string
  preferencesError: string
  preferencesOffline: string
  topics: string
  topicsHint: string
  /** What holds for topics of which the reader chose nothing: where there are no others, and where there are. */
  allTopics: string
  otherTopics: string
  inbox: string
  push: string
  mail: string
  on: string
  off: string
  digest: string
  lockedByOperator: string
  lockedByCompany: string
  lockedNow: string
  saved: string
  notSaved: string
  /** The switch for pushes in this browser. */
  pushHere: string
  pushHint: string
  pushBlocked: string
  /** Why it could not be turned on or off. */
  pushNoWorker: string
  pushNoService: string
  pushNoServer: string
  quietHours: string
  quietHint: string
  useQuietHours: string
  quietFrom: string
  quietTo: string
  /** Beside an end that is earlier in the day than the beginning. */
  nextDay: string
  quietDays: string
  timeZone: string
  /** When what is collected for a day is mailed; with `{zone}`, the time zone. */
  dailyMail: string
  dailyMailHint: string
  save: string
  daysMissing: string
  timesEqual: string
  /** Of the reader: how to get from one notification to the next. */
  keys: string
}
