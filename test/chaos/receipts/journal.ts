/** A change of what somebody muted: by an event after one cursor, and not after another. `askedAt`, `doneAt`: milliseconds since 1970. */
export interface Mute { user: string, topic: string, inbox: 'on' | 'off', after: string, until: string, status: number, askedAt: number, doneAt: number }

/** What is asked of the readers of a publication. */
export interface Demand {
  /** Until when, milliseconds since 1970. */
  by: number
  isReminded: boolean
  /** When it was certainly sent. */
  answeredAt?: number
  /** The user who is told. */
  escalateTo: string
}

/** A try to acknowledge a notification, and what REST answered. */
export interface Acknowledging { user: string, id: string, status: number, late?: boolean, cursor?: string, /** When it was answered, milliseconds since 1970. */ at?: number }

/** What a device said that it has, whether that was taken, and when that was known; undefined while there was no answer. */
export interface DeviceAck { cursor: string, isTaken: boolean | undefined, at?: number }

export const COUNTED = ['recipients', 'delivered', 'acknowledged', 'muted', 'late'] as const
/** A report at the end: first who was listed, and then how many were counted. */
export interface ReportLog { id: string, /** When it was asked for. */ at: number, users: RecipientLog[], counts: Record<typeof COUNTED[number], number> }
export interface RecipientLog { user_id: string, delivered: boolean, muted: boolean, acknowledged_at: string | null, late: boolean }
