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
  /** Of the reader: how to get from one notification to the next. */
  keys: string
}
