/** A webhook, and each call of it, in the order of their arrival. */
export interface HookLog {
  id: string
  /** Whose events; null for everybody's. */
  company: string | null
  isOrdered: boolean
  calls: CallLog[]
  /** Up to here it must have taken everything. */
  until?: string
}

export interface CallLog {
  /** The header `webhook-id`. */
  id: string
  /** Whether it was signed with the webhook's secret. */
  isSigned: boolean
  text: string
  type: string
  cursor: string
  notification: string
  user?: string
  /** Whether the receiver answered that it has it. */
  isTaken: boolean
}
