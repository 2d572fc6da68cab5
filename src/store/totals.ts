/** How much there is in the store, in steps that are each short: a caller adds them up. */
export interface Totals {
  readonly engine: 'sqlite' | 'postgresql'
  /** How many notifications the log holds with `after < seq ≤ upTo`, recalled ones among them. The cost follows the range. */
  countNotifications (after: number, upTo: number): Promise<number>
  /** How many of the next `limit` users after the id `after` ('' for the first) there are; removed ones do not count. `last` is null after the last user. */
  countUsers (after: string, limit: number): Promise<{ count: number, last: string | null }>
  /** How large the database is, bytes. */
  bytes (): Promise<number>
}
