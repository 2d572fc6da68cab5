/** A browser's subscription, and each push to it, in the order of their arrival at the push service. */
export interface PushLog {
  user: string
  pushes: PushedLog[]
  /** Up to here it must have got everything. */
  until?: string
}

export interface PushedLog {
  id: string
  title: string
  /** The header `Topic`. */
  topic: string
  /** When it came, milliseconds since 1970. */
  at: number
  /** Whether the push service answered that it has it. */
  isTaken: boolean
}

/** A try to read a notification, what REST answered, and when, milliseconds since 1970; a place after it, where that is known. */
export interface Reading { user: string, id: string, status: number, at: number, until?: string }
