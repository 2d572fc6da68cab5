import type { CallState } from '../../protocol/outbound/webhook.ts'

/** What came of the last attempt to do what an event asks of a reader. Times in milliseconds since 1970. */
export interface CallRecord {
  seq: number
  state: CallState
  /** How many attempts there were. */
  n: number
  at: number
  /** The HTTP status of the answer; null if there was none. */
  status: number | null
  error: string | null
  /** When it is due again; null unless it is pending. */
  nextAt: number | null
  /** What is to be done, as JSON. */
  item: string
}

/** `nextIn`: in how many milliseconds it is due again, null if it is not pending. */
export type NewCall = Omit<CallRecord, 'at' | 'nextAt'> & { nextIn: number | null }

/** Where a reader is: everything up to `seq` is done, and of the next event that part that `inner` says, if it is set. */
export interface Place { seq: number, inner: string | null }

/** How far a reader has come, and who runs it. Times in milliseconds since 1970. */
export interface ReaderState extends Place {
  /** The time by the store's clock. */
  now: number
  /** The log's head and floor. */
  head: number
  floor: number
  /** For how many milliseconds the lease still holds; 0 if nobody has one. */
  leaseMs: number
  owner: string | null
  /** How old the first event after `seq` is by what is stamped on it, milliseconds; null if there is none. */
  lagMs: number | null
  /** How many calls are pending, and in how many milliseconds the next one is due: 0 if one is, null if there is none. */
  pending: number
  dueIn: number | null
  /** How many events retention removed before they were read. */
  missed: number
}

/** A lease: whoever gives its `token` may move the place. */
export interface ReaderLease { token: number, seq: number }

/** Where a reader that is new begins: with the next event, or with the oldest that the log has. */
export type ReaderStart = 'head' | 'floor'

export interface Move {
  /** Where the place moves to. */
  seq: number
  inner?: string | null
  /** What was not done at once, or what is known of it now. */
  calls: NewCall[]
  /** How many of what was delivered are kept; of the others nothing is. */
  keep?: number
  /** How many events retention removed before they were read. */
  missed?: number
}

/**
 * Readers that follow the log at a pace of their own, each with a place that survives restarts. Times are compared with
 * the store's own clock, so that all nodes agree.
 */
export interface Readers {
  /** The time by the store's own clock, milliseconds since 1970. */
  storeTime (): Promise<number>
  /** Undefined if nobody has ever run it. */
  reader (name: string): Promise<ReaderState | undefined>
  /**
   * Takes the lease of a reader for `leaseMs`; undefined if another owner has it. `isAlone`: there can be no other, so whoever had it is gone.
   * Who takes it anew gets another token, and with the old one nothing can be moved any more.
   */
  takeReader (name: string, owner: string, options: { leaseMs: number, start: ReaderStart, isAlone?: boolean }): Promise<ReaderLease | undefined>
  /** Makes all leases of an owner hold for `leaseMs` from now on; the names of the readers that it still has. */
  renewReaders (owner: string, leaseMs: number): Promise<string[]>
  /** Ends all leases of an owner. */
  releaseReaders (owner: string): Promise<void>
  /** Moves the place and writes down calls, in one commit; false, and nothing is done, if the lease was taken by somebody else. */
  moveReader (name: string, token: number, move: Move): Promise<boolean>
  /** Pending calls that are due, the longest due first. */
  dueCalls (name: string, limit: number): Promise<CallRecord[]>
  /** A reader's calls, the newest event first; `before`: only of events before this one. */
  calls (name: string, filter: { limit: number, state?: CallState, before?: number }): Promise<CallRecord[]>
}
