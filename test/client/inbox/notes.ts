import type { NotificationType } from '../../../src/protocol/notification.ts'
import type { ServerFrame } from '../../../src/protocol/server-frames.ts'

export const TOPICS = ['orders', 'billing', undefined]
export const TYPES: NotificationType[] = ['info', 'error']

export interface Note {
  id: string
  seq: number
  title: string
  type: NotificationType
  topic: string | undefined
  expires: number
  revision: number
  read: boolean
  archived: boolean
  deleted: boolean
  acted: string | undefined
  /** Not in the inbox: the user is not in the group that it was sent to. */
  isHidden: boolean
}

export interface Logged { seq: number, frame: ServerFrame }

export interface Dialect {
  /** Whether frames of marks say how many are unseen: those of early versions do not. */
  saysUnseen: boolean
}
