/** What a device of a user says it has: the events with `low < seq ≤ high` that were for the user. */
export interface Delivery {
  userId: string
  device: string
  low: number
  high: number
  /**
   * Of a connection that resumed: what it missed was replayed up to the event `upTo`, by the time `at` (milliseconds). A
   * replay leaves out what was recalled or had expired by then, and what came by a membership that had ended.
   */
  replayed?: { upTo: number, at: number } | undefined
  /** What a live connection was not sent, because it had been recalled by then. */
  unsent?: number[]
}

export interface Deliveries {
  /**
   * Records what devices have, in a bounded number of statements, however many. Intervals of a device that overlap or
   * touch become one; what is recorded already changes nothing. A user has 20 devices at most: one more retires the one
   * that has come least far, whose intervals are then the user's own, under the name ''.
   */
  recordDeliveries (deliveries: Delivery[]): Promise<void>
  /** What the devices of a user have, in the order of their names and then of the log. */
  deliveries (userId: string): Promise<{ device: string, low: number, high: number }[]>
}
